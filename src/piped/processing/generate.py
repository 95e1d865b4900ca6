"""Write the function that takes a baton through a plan.

1. It is all ways through the plan, written out: one call after the other, the tree of those that
   come of a step before its next sibling. A step that can be reached in two ways is there twice.
2. `at` counts the calls. What a position means is in a table beside the text: the step, and what
   is on the stack there, with the variables that hold the batons (see `piped.processing.rest`).
3. A variable is used again, unless its baton is still needed: by siblings, or by error consumers.
4. A choice is asked, and each consumer it may name alone is a branch of an `if`.
5. Whatever is not regular leaves the function: by `wait` with a value that comes later, by `leave`
   at the back edge of a loop, at a choice of several, and when the text gets too long; by
   `rescue`, when a step has failed. `go_on` does the rest, outside of the `except` clause.

For `a: b c`, where `b` has an error consumer, the text begins like this::

    def run(v0):
        v1 = v2 = None
        at = 0
        results = []
        try:
            while True:
                v1 = p0(v0)  # a
                if type(v1) not in ordinary and waits(v1): return wait(0, (v0, v1), results, v1)
                at = 1
                v2 = p1(v1)  # b
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from piped.processing.plan import Plan

__all__ = ["Pending", "Position", "Written", "called_names", "written"]

# Calls in one function. Python's compiler has its limits, and each takes its time.
LONGEST = 200
DEEPEST = 12

# What is on the stack besides, the next thing last: indices and marks, with variables.
Pending = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Position:
    """A call in the text: of which step, and what is on the stack: indices and variables."""

    step: int
    pending: Pending


@dataclass(frozen=True, slots=True)
class Written:
    """The text of a function `run`, and what its positions mean."""

    text: str
    positions: Sequence[Position]


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where the writing is: which variable has the baton, and what comes after it."""

    variable: int = 0
    needed: bool = False  # whether the variable is needed after this
    pending: Pending = ()
    path: frozenset[int] = frozenset()
    depth: int = 3


def written(plan: Plan) -> Written:
    """The function for `plan`."""
    text = _Text(plan)
    if plan.sources:
        text.give(plan.sources, _Spot())
    return Written("\n".join([*text.head(), *text.lines, *text.tail()]), text.positions)


@dataclass
class _Text:
    plan: Plan
    lines: list[str] = field(default_factory=list)
    positions: list[Position] = field(default_factory=list)
    variables: int = 1

    @property
    def forks(self) -> bool:
        """Whether there may be several results."""
        plan = self.plan
        forks = any(not step.choose and len(step.consumers) > 1 for step in plan.steps)
        return forks or len(plan.sources) != 1

    def head(self) -> list[str]:
        unset = "".join(f"v{each} = " for each in range(1, self.variables))
        return [
            "def run(v0):",
            *([f"    {unset}None"] if unset else []),
            "    at = 0",
            *(["    results = []"] if self.forks else []),
            "    try:",
            "        while True:",
        ]

    def tail(self) -> list[str]:
        return [
            *(["            return results"] if self.forks else []),
            "    except Exception as failure:",
            f"        rest = rescue(at, {self._held(self.variables)}, failure)",
            "    try:",
            "        return go_on(rest)",
            "    finally:",
            "        del rest",
            "",
        ]

    def give(self, consumers: Sequence[int], spot: _Spot) -> None:
        """The baton goes to each of `consumers`, in order; to none, and it is a result."""
        if not consumers:
            result = f"v{spot.variable}"
            self._line(spot, f"results.append({result})" if self.forks else f"return [{result}]")
        for at, each in enumerate(consumers):
            others = consumers[at + 1 :]
            behind = tuple((other, spot.variable) for other in reversed(others))
            needed = spot.needed or bool(others)
            self._branch(each, replace(spot, needed=needed, pending=(*spot.pending, *behind)))

    def _branch(self, step: int, spot: _Spot) -> None:
        """A step, and all that comes of it."""
        while step not in spot.path and len(self.positions) < LONGEST:
            spot = self._call(step, spot)
            this = self.plan.steps[step]
            if this.choose:
                self._choice(step, spot)
                return
            if len(this.consumers) != 1:
                self.give(this.consumers, spot)
                return
            [step] = this.consumers
        self._leave(f"({step},)", spot)

    def _call(self, step: int, spot: _Spot) -> _Spot:
        this = self.plan.steps[step]
        rescues = bool(this.error_consumers)
        mark = ((~step, spot.variable),) if rescues else ()
        after = replace(
            spot,
            variable=self._variable(spot.variable + (spot.needed or rescues)),
            needed=False,
            pending=(*spot.pending, *mark),
            path=spot.path | {step},
        )
        at, output = self._position(step, after.pending), f"v{after.variable}"
        if at:
            self._line(spot, f"at = {at}")
        self._line(spot, f"{output} = p{step}(v{spot.variable})  # {this.name!r}")
        held = self._held(after.variable + 1 if after.pending else 0)
        waiting = f"wait({at}, {held}, {output})"
        self._line(spot, f"if type({output}) not in ordinary and waits({output}): return {waiting}")
        return after

    def _choice(self, step: int, spot: _Spot) -> None:
        self._line(spot, f"chosen = tuple(c{step}(v{spot.variable}))")
        inner = replace(spot, depth=spot.depth + 1)
        word = "if"
        if spot.depth < DEEPEST:
            for each in dict.fromkeys(self.plan.steps[step].consumers):
                self._line(spot, f"{word} chosen == ({each},):")
                self._branch(each, inner)
                word = "elif"
        self._line(spot, f"{word} not chosen:")
        self.give((), inner)
        self._line(spot, "else:")
        self._leave("chosen", inner)

    def _leave(self, consumers: str, spot: _Spot) -> None:
        at = self._position(-1, spot.pending)
        held = self._held(spot.variable + 1)
        self._line(spot, f"rest = leave({at}, {held}, {consumers}, v{spot.variable})")
        self._line(spot, "break")

    def _position(self, step: int, pending: Pending) -> int:
        self.positions.append(Position(step, pending))
        return len(self.positions) - 1

    def _variable(self, number: int) -> int:
        self.variables = max(self.variables, number + 1)
        return number

    def _held(self, variables: int) -> str:
        batons = "".join(f"v{each}, " for each in range(variables))
        return f"({batons}), {'results' if self.forks else '[]'}"

    def _line(self, spot: _Spot, text: str) -> None:
        self.lines.append("    " * spot.depth + text)


def called_names(plan: Plan) -> Iterable[tuple[str, object]]:
    """What the text calls of the plan, under the names it has there."""
    for at, step in enumerate(plan.steps):
        yield f"p{at}", step.process
        yield f"c{at}", step.choose
