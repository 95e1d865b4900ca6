"""Write the functions that take a baton through a plan.

1. `run` is all ways through the plan, written out: one call after the other, the tree of those that
   come of a step before its next sibling. A step that can be reached in two ways is there twice.
2. `at` counts the calls. What a position means is in a table beside the text: the step, and what
   is on the stack there, with the variables that hold the batons (see `piped.processing.rest`).
3. A variable is used again, unless its baton is still needed: by siblings, or by error consumers.
   What a step gives is looked at, whether it comes later; but not what it was given itself.
4. A choice is asked, and each consumer that it may name alone is a branch of an `if`.
5. Once an output comes later, `later` goes on: a coroutine that is the same text again, in which
   all that came before `at` is passed over.
6. A loop that comes back to the only source, with nothing on the stack, is a loop of the text. If
   it comes back to another step, `loop` goes on, with the functions of a plan that begins there.
7. A step with error consumers, and all that comes of it, stands in a `try`; what the error
   consumers do stands in its `except` clause.
8. What is not regular leaves both, and `piped.processing.rest` does it: by `leave` at the back edge
   of other loops, at a choice of several, at a step that repeats, and when the text gets too long;
   by `hold` when what comes of a failure has to be waited for, as `run` cannot take `later` into
   an `except` clause; by `rescue` when a step has failed whose error consumers are chosen.

For `a: b`, where `b` has an error consumer, `run` begins like this, and `later` like that::

    v1 = None
    at = 0
    try:
        while True:
            v0 = p0(v0)  # 'a'
            if type(v0) not in ordinary and waits(v0): return later(0, v0, v0, v1)
            try:
                at = 1
                v1 = p1(v0)  # 'b'

            if at < 0: at = 0; out = p0(v0)  # 'a'
            if at == 0:
                if type(out) not in ordinary and waits(out): (wait)
                v0 = out
            try:
                if at < 1: at = 1; out = p1(v0)  # 'b'
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from piped.processing.patience import PATIENCE, TURNS
from piped.processing.plan import Plan

__all__ = ["ALL", "Pending", "Position", "Run", "Spot", "Written", "called_names", "written"]

# Calls in one function. Python's compiler has its limits, and each takes its time.
LONGEST = 200
DEEPEST = 12
# Loops, `try` and `except` within one another. Python allows for 20, and a wait takes some.
BLOCKS = 14

# What is on the stack besides, the next thing last: indices and marks, with variables, and with
# which failure is being handled then: the first, the second within it, ...; 0 is none.
Pending = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class Position:
    """A call in the text: of which step, what is on the stack, how many failures are handled.

    If the call fails, the text has who takes it, unless it is `irregular`.
    """

    step: int
    pending: Pending
    failures: int
    irregular: bool


@dataclass(frozen=True, slots=True)
class Written:
    """The text of `run` or of `later`, and what its positions mean."""

    text: str
    positions: Sequence[Position]


def written(plan: Plan, *, loops: bool = True) -> Written:
    """The function `run` for `plan`.

    Without `loops`, there are none that begin elsewhere: they could lead to each other for ever.
    """
    return Run(plan, loops=loops).written()


def called_names(plan: Plan) -> Iterable[tuple[str, object]]:
    """What the text calls of the plan, under the names it has there."""
    for at, step in enumerate(plan.steps):
        yield f"p{at}", step.process
        yield f"c{at}", step.choose


# Stands for all variables, until it is known how many there are.
ALL = "<all>"


@dataclass(frozen=True, slots=True)
class Spot:
    """Where the writing is: after which call, which variable has the baton, what comes after."""

    at: int = -1
    variable: int = 0
    needed: bool = False  # whether the variable is needed after this
    pending: Pending = ()
    path: frozenset[int] = frozenset()
    depth: int = 3
    blocks: int = 2
    failures: int = 0  # how many are being handled
    irregular: bool = False  # whether the nearest error consumers are not in the text


@dataclass
class Run:
    """Writes `run`."""

    plan: Plan
    loops: bool
    lines: list[str] = field(default_factory=list)
    positions: list[Position] = field(default_factory=list)
    variables: int = 1

    def written(self) -> Written:
        """The text, and its positions."""
        if self.plan.sources:
            self.give(self.plan.sources, Spot())
        lines = [*self.head(), *self.lines, *self.tail()]
        return Written("\n".join(lines).replace(ALL, self.all()), self.positions)

    @property
    def forks(self) -> bool:
        """Whether there may be several results."""
        plan = self.plan
        forks = any(not step.choose and len(step.consumers) > 1 for step in plan.steps)
        errors = any(len(step.error_consumers) > 1 for step in plan.steps)
        return forks or errors or len(plan.sources) != 1

    def all(self) -> str:
        return ", ".join(f"v{each}" for each in range(self.variables))

    def head(self) -> list[str]:
        unset = "".join(f"v{each} = " for each in range(1, self.variables))
        return [
            "def run(v0):",
            *([f"    {unset}None"] if unset else []),
            *(["    results = []"] if self.forks else []),
            "    at = turns = 0",
            "    try:",
            "        while True:",
        ]

    def tail(self, end: str = "return go_on(rest)") -> list[str]:
        return [
            # Where there is but one result, the text has returned it.
            "            return results" if self.forks else "            raise AssertionError(at)",
            *self._except(self.positions, Spot(depth=1)),
            *self._untaken(),
            "    try:",
            f"        {end}",
            "    finally:",
            "        del rest",
            "",
        ]

    def _untaken(self) -> list[str]:
        if not any(each.irregular for each in self.positions):
            return ["        blame(at, failure1)", "        raise"]
        return [
            "        if at not in irregular: blame(at, failure1); raise",
            f"        rest = {self.exit('rescue', 'at', 'failure1', Spot())}",
        ]

    def give(self, consumers: Sequence[int], spot: Spot) -> None:
        """The baton goes to each of `consumers`, in order; to none, and it is a result."""
        if not consumers:
            self.result(spot, f"v{spot.variable}")
        for at, each in enumerate(consumers):
            others = consumers[at + 1 :]
            behind = tuple((other, spot.variable, spot.failures) for other in reversed(others))
            needed = spot.needed or bool(others)
            self._branch(each, replace(spot, needed=needed, pending=(*spot.pending, *behind)))

    def _branch(self, step: int, spot: Spot) -> None:
        """A step, and all that comes of it."""
        while step not in spot.path and len(self.positions) < LONGEST:
            this = self.plan.steps[step]
            if this.repeats:
                break
            if this.error_consumers:
                mark = (~step, spot.variable, spot.failures)
                inner = replace(spot, needed=True, pending=(*spot.pending, mark))
                if not this.choose_on_error and spot.blocks < BLOCKS:
                    self._in_try(step, spot, inner)
                    return
                if spot.failures:
                    break
                spot = replace(inner, irregular=True)
            after = self._called(step, spot)
            if this.choose or len(this.consumers) != 1:
                self._handed_on(step, after)
                return
            [step], spot = this.consumers, after
        if spot.pending or spot.failures or step not in spot.path:
            self._leave(f"({step},)", spot)
        elif self.plan.sources == (step,):
            self._turn(spot)
        elif self.forks or not self.loops:
            self._leave(f"({step},)", spot)
        else:
            self.line(spot, f"rest = loop({step}, v{spot.variable})")
            self.line(spot, "break")

    def _in_try(self, step: int, spot: Spot, inner: Spot) -> None:
        """A step with error consumers and all that comes of it, and what they do at `spot`."""
        depth, first = spot.depth + 1, len(self.positions)
        inner = replace(inner, depth=depth, blocks=spot.blocks + 1, irregular=False)
        handling = replace(
            spot,
            depth=depth,
            blocks=spot.blocks + 2,
            failures=spot.failures + 1,
            path=spot.path | {step},
        )
        self.line(spot, "try:")
        self._handed_on(step, self._called(step, inner))
        behind = self.positions[first:]
        self.lines += self._except(behind, spot)
        if any(each.irregular for each in behind):
            rescue = self.exit("rescue", "at", "failure1", Spot())
            self.line(handling, f"if at in irregular: rest = {rescue}; break")
        self.give(self.plan.steps[step].error_consumers, handling)

    def _except(self, behind: Sequence[Position], spot: Spot) -> list[str]:
        """The head of an `except` clause for the failures of the positions `behind`."""
        failure, margin = f"failure{spot.failures + 1}", "    " * spot.depth
        lines = [f"{margin}except Exception as {failure}:"]
        if any(each.failures for each in behind):
            lines.append(f"{margin}    shorten(at, {failure})")
        return lines

    def _called(self, step: int, spot: Spot) -> Spot:
        """Write the call. Gives where the writing is then."""
        variable = spot.variable + spot.needed
        self.variables = max(self.variables, variable + 1)
        at = self._position(step, spot)
        path = spot.path | {step}
        after = replace(spot, at=at, variable=variable, needed=False, path=path)
        self.call(step, spot, after)
        return after

    def _handed_on(self, step: int, spot: Spot) -> None:
        if self.plan.steps[step].choose:
            self._choice(step, spot)
        else:
            self.give(self.plan.steps[step].consumers, spot)

    def _choice(self, step: int, spot: Spot) -> None:
        self.choose(f"tuple(c{step}(v{spot.variable}))", spot)
        inner = replace(spot, depth=spot.depth + 1)
        word = "if"
        if spot.depth < DEEPEST:
            for each in dict.fromkeys(self.plan.steps[step].consumers):
                line, first = len(self.lines), len(self.positions)
                self.line(spot, "")
                self._branch(each, inner)
                within = self.within(first, len(self.positions) - 1)
                self.lines[line] += f"{word} chosen == ({each},){within}:"
                word = "elif"
        self.line(spot, f"{word} chosen == ():")
        self.give((), inner)
        self.line(spot, "elif chosen:")
        self._leave("chosen", inner)

    def _turn(self, spot: Spot) -> None:
        if spot.variable:
            self.line(spot, f"v0 = v{spot.variable}")
        self.line(spot, "turns += 1")
        self.line(spot, f"if turns % {TURNS} == 0:")
        self.line(spot, f"    if turns == {TURNS}: since = monotonic()")
        self.line(spot, f"    elif monotonic() - since > {PATIENCE}:")
        self.line(spot, "        since = monotonic()")
        self.line(spot, f"        {self.pause()}")
        self.line(spot, f"at = {self.before}")
        self.line(spot, "continue")

    def _leave(self, consumers: str, spot: Spot) -> None:
        at = self._position(-1, spot)
        exit_ = self.exit("leave", at, f"{consumers}, v{spot.variable}", spot)
        self.line(spot, f"{self.unless_past(at)}rest = {exit_}; break")

    def exit(self, way: str, at: int | str, what: str, spot: Spot) -> str:
        """A call of one of the ways out, with all that is held there."""
        results = "results" if self.forks else "[]"
        failures = "".join(f", failure{each + 1}" for each in range(spot.failures))
        return f"{way}({at}, ({ALL},), {results}, {what}{failures})"

    def _position(self, step: int, spot: Spot) -> int:
        self.positions.append(Position(step, spot.pending, spot.failures, spot.irregular))
        return len(self.positions) - 1

    def line(self, spot: Spot, text: str) -> None:
        self.lines.append("    " * spot.depth + text)

    # What is different in `later`

    before = 0  # where a loop begins

    def pause(self) -> str:
        return f"if running_loop() is not None: return later(-1, v0, {self.held()})"

    def call(self, step: int, before: Spot, after: Spot) -> None:
        """Call `step` with the baton of `before`, and keep what it gives in that of `after`."""
        at, baton, kept = after.at, f"v{before.variable}", f"v{after.variable}"
        # Of what is still the same, it is known whether it comes later; but not of what came in.
        known = before.at >= 0
        output = "out" if known and kept == baton else kept
        if at:
            self.line(after, f"at = {at}")
        self.line(after, f"{output} = {self.text_of(step, baton)}")
        if after.failures:
            later = f"rest = {self.exit('hold', at, output, after)}; break"
        else:
            later = f"return later({at}, {output}, {self.held()})"
        changed = f"{output} is not {baton} and " if known else ""
        self.line(after, f"if {changed}type({output}) not in ordinary and waits({output}): {later}")
        if output != kept:
            self.line(after, f"{kept} = {output}")

    def text_of(self, step: int, baton: str) -> str:
        return f"p{step}({baton})  # {self.plan.steps[step].name!r}"

    def held(self) -> str:
        return f"{ALL}, results" if self.forks else ALL

    def result(self, spot: Spot, baton: str) -> None:
        self.line(spot, f"results.append({baton})" if self.forks else f"return [{baton}]")

    def choose(self, choice: str, spot: Spot) -> None:
        self.line(spot, f"chosen = {choice}")

    def within(self, first: int, last: int) -> str:
        """When a branch is taken, besides."""
        del first, last
        return ""

    def unless_past(self, at: int) -> str:
        """What stands before something that is done when a position is passed."""
        del at
        return ""
