"""Write the functions that take a baton through a plan.

1. `run` is all ways through the plan, written out: one call after the other, the tree of those that
   come of a step before its next sibling. A step that can be reached in two ways is there twice.
2. `at` counts the calls. What a position means is in a table beside the text: the step, and what
   is on the stack there, with the variables that hold the batons (see `piped.processing.rest`).
3. A variable is used again, unless its baton is still needed: by siblings, or by error consumers.
4. A choice is asked, and each consumer that it may name alone is a branch of an `if`.
5. Once an output comes later, `later` goes on: a coroutine that is the same text again, in which
   all that came before `at` is passed over.
6. A loop that comes back to the only source, with nothing on the stack, is a loop of the text. If
   it comes back to another step, `loop` goes on, with the functions of a plan that begins there.
7. What is not regular leaves both, and `piped.processing.rest` does it: by `leave` at the back edge
   of other loops, at a choice of several, and when the text gets too long; by `rescue` when a step
   has failed.

For `a: b`, where `b` has an error consumer, `run` begins like this, and `later` like that::

    v1 = None
    at = 0
    try:
        while True:
            v0 = p0(v0)  # 'a'
            if type(v0) not in ordinary and waits(v0): return later(0, v0, v0, v1)
            at = 1
            v1 = p1(v0)  # 'b'

            if at < 0: at = 0; out = p0(v0)  # 'a'
            if at == 0:
                if type(out) not in ordinary and waits(out): (wait)
                v0 = out
            if at < 1: at = 1; out = p1(v0)  # 'b'
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from piped.processing.plan import Plan

__all__ = ["Pending", "Position", "Written", "called_names", "written"]

# Calls in one function. Python's compiler has its limits, and each takes its time.
LONGEST = 200
DEEPEST = 12

# How long a loop may keep others from their turn, in seconds, and how often it looks at the clock.
PATIENCE = 0.004
TURNS = 8

# What is on the stack besides, the next thing last: indices and marks, with variables.
Pending = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Position:
    """A call in the text: of which step, and what is on the stack."""

    step: int
    pending: Pending


@dataclass(frozen=True, slots=True)
class Written:
    """The text of `run` or of `later`, and what its positions mean."""

    text: str
    positions: Sequence[Position]


def written(plan: Plan, *, later: bool = False, loops: bool = True) -> Written:
    """The function `run` for `plan`, or `later`. The positions are the same in both.

    Without `loops`, there are none that begin elsewhere: they could lead to each other for ever.
    """
    text = (_Later if later else _Run)(plan, loops=loops)
    if plan.sources:
        text.give(plan.sources, _Spot())
    lines = [*text.head(), *text.lines, *text.tail()]
    return Written("\n".join(lines).replace(_ALL, text.all()), text.positions)


def called_names(plan: Plan) -> Iterable[tuple[str, object]]:
    """What the text calls of the plan, under the names it has there."""
    for at, step in enumerate(plan.steps):
        yield f"p{at}", step.process
        yield f"c{at}", step.choose


# Stands for all variables, until it is known how many there are.
_ALL = "<all>"


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where the writing is: after which call, which variable has the baton, what comes after."""

    at: int = -1
    variable: int = 0
    needed: bool = False  # whether the variable is needed after this
    pending: Pending = ()
    path: frozenset[int] = frozenset()
    depth: int = 3


@dataclass
class _Run:
    """Writes `run`."""

    plan: Plan
    loops: bool
    lines: list[str] = field(default_factory=list)
    positions: list[Position] = field(default_factory=list)
    variables: int = 1

    @property
    def forks(self) -> bool:
        """Whether there may be several results."""
        plan = self.plan
        forks = any(not step.choose and len(step.consumers) > 1 for step in plan.steps)
        return forks or len(plan.sources) != 1

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
        results = "results" if self.forks else "[]"
        return [
            *(["            return results"] if self.forks else []),
            "    except Exception as failure:",
            f"        rest = rescue(at, ({_ALL},), {results}, failure)",
            "    try:",
            f"        {end}",
            "    finally:",
            "        del rest",
            "",
        ]

    def give(self, consumers: Sequence[int], spot: _Spot) -> None:
        """The baton goes to each of `consumers`, in order; to none, and it is a result."""
        if not consumers:
            self.result(spot, f"v{spot.variable}")
        for at, each in enumerate(consumers):
            others = consumers[at + 1 :]
            behind = tuple((other, spot.variable) for other in reversed(others))
            needed = spot.needed or bool(others)
            self._branch(each, replace(spot, needed=needed, pending=(*spot.pending, *behind)))

    def _branch(self, step: int, spot: _Spot) -> None:
        """A step, and all that comes of it."""
        while step not in spot.path and len(self.positions) < LONGEST:
            this = self.plan.steps[step]
            after = self._after(step, spot)
            self.call(f"p{step}(v{spot.variable})  # {this.name!r}", after)
            if this.choose:
                self._choice(step, after)
                return
            if len(this.consumers) != 1:
                self.give(this.consumers, after)
                return
            [step], spot = this.consumers, after
        if spot.pending or step not in spot.path:
            self._leave(f"({step},)", spot)
        elif self.plan.sources == (step,):
            self._turn(spot)
        elif self.forks or not self.loops:
            self._leave(f"({step},)", spot)
        else:
            self.line(spot, f"rest = loop({step}, v{spot.variable})")
            self.line(spot, "break")

    def _after(self, step: int, spot: _Spot) -> _Spot:
        rescues = bool(self.plan.steps[step].error_consumers)
        mark = ((~step, spot.variable),) if rescues else ()
        variable = spot.variable + (spot.needed or rescues)
        self.variables = max(self.variables, variable + 1)
        pending = (*spot.pending, *mark)
        at = self._position(step, pending)
        return _Spot(at, variable, False, pending, spot.path | {step}, spot.depth)

    def _choice(self, step: int, spot: _Spot) -> None:
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

    def _turn(self, spot: _Spot) -> None:
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

    def _leave(self, consumers: str, spot: _Spot) -> None:
        at = self._position(-1, spot.pending)
        results = "results" if self.forks else "[]"
        left = f"leave({at}, ({_ALL},), {results}, {consumers}, v{spot.variable})"
        self.line(spot, f"rest = {left}")
        self.line(spot, "break")

    def _position(self, step: int, pending: Pending) -> int:
        self.positions.append(Position(step, pending))
        return len(self.positions) - 1

    def line(self, spot: _Spot, text: str) -> None:
        self.lines.append("    " * spot.depth + text)

    # What is different in `later`

    before = 0  # where a loop begins

    def pause(self) -> str:
        held = f"{_ALL}, results" if self.forks else _ALL
        return f"if running_loop() is not None: return later(-1, v0, {held})"

    def call(self, call: str, after: _Spot) -> None:
        at, output = after.at, f"v{after.variable}"
        if at:
            self.line(after, f"at = {at}")
        self.line(after, f"{output} = {call}")
        held = f"{_ALL}, results" if self.forks else _ALL
        later = f"return later({at}, {output}, {held})"
        self.line(after, f"if type({output}) not in ordinary and waits({output}): {later}")

    def result(self, spot: _Spot, baton: str) -> None:
        self.line(spot, f"results.append({baton})" if self.forks else f"return [{baton}]")

    def choose(self, choice: str, spot: _Spot) -> None:
        self.line(spot, f"chosen = {choice}")

    def within(self, first: int, last: int) -> str:
        """When a branch is taken, besides."""
        del first, last
        return ""


class _Later(_Run):
    """Writes `later`: each line asks whether it is passed over."""

    before = -1

    def pause(self) -> str:
        return "await sleep(0)"

    def head(self) -> list[str]:
        held = f"{_ALL}, results" if self.forks else _ALL
        first = f"async def later(at, out, {held}):"
        # It begins in the place of a turn that took too long.
        return [
            first,
            "    turns = 0",
            "    if at < 0: await sleep(0)",
            "    try:",
            "        while True:",
        ]

    def tail(self, end: str = "return await arrive(rest)") -> list[str]:
        return super().tail(end)

    def call(self, call: str, after: _Spot) -> None:
        at = after.at
        self.line(after, f"if at < {at}: at = {at}; out = {call}")
        self.line(after, f"if at == {at}:")
        self.line(after, "    if type(out) not in ordinary and waits(out):")
        # As `settled` has it. A call less is much here.
        self.line(after, "        try: out = await (Begun(out, out.send(None))")
        self.line(after, "            if type(out) is Coroutine else settled(out))")
        self.line(after, "        except StopIteration as ended: out = ended.value")
        self.line(after, "        if type(out) not in ordinary: raise_failure_in(out)")
        self.line(after, f"    v{after.variable} = out")

    def result(self, spot: _Spot, baton: str) -> None:
        result = f"results.append({baton})" if self.forks else f"return [{baton}]"
        self.line(spot, f"if at == {spot.at}: {result}")

    def choose(self, choice: str, spot: _Spot) -> None:
        self.line(spot, f"chosen = {choice} if at == {spot.at} else None")

    def within(self, first: int, last: int) -> str:
        return f" or {first} <= at <= {last}"
