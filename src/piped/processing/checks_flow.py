"""Where batons cannot go: steps that are never reached, and loops that are never left.

1. A step that nothing leads to is never reached. Behind a step that always fails is nothing but
   its error consumers.
2. A loop is never left if each of its steps gives its baton to all of its consumers.
3. An error consumer never runs if neither the step on which it hangs, nor any behind it, can fail.
4. A step that does nothing but decide, and has no consumers, does nothing.

What is not known of a step, it may do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from piped.problems import Kind, Problem, Severity
from piped.processing.graph import Graph, Vertex
from piped.processing.traits import Traits

__all__ = ["Flow"]


@dataclass(frozen=True)
class Flow:
    """One pipeline, and what is known of each of its steps."""

    graph: Graph
    traits: Sequence[Traits]

    def unreachable(self) -> Iterator[Problem]:
        """Each step that is the first of those that are never reached."""
        vertices = self.graph.vertices
        reached = self._reached(self.graph.sources)
        if len(reached) == len(vertices):
            return
        before: dict[int, list[int]] = {at: [] for at in range(len(vertices))}
        for at, vertex in enumerate(vertices):
            for to in (*vertex.consumers, *vertex.errors):
                before[to].append(at)
        for at, vertex in enumerate(vertices):
            others = [each for each in before[at] if each in reached]
            if at not in reached and (others or not before[at]):
                yield _unreachable(vertex, [vertices[each] for each in others])

    def endless_loops(self) -> Iterator[Problem]:
        """Each loop that no decision ends."""
        left = self._circling(self._reached(self.graph.sources))
        while left:
            loop = self._loop(left)
            yield _endless([self.graph.vertices[at] for at in loop])
            left = self._circling(left - set(loop))

    def idle_error_consumers(self) -> Iterator[Problem]:
        """Each error consumer for which there is never a failure."""
        vertices = self.graph.vertices
        idle: dict[int, int] = {}
        needed: set[int] = set(self.graph.sources)
        for at, vertex in enumerate(vertices):
            needed |= set(vertex.consumers)
            if vertex.errors and self._can_fail(at):
                needed |= set(vertex.errors)
            else:
                idle |= dict.fromkeys(vertex.errors, at)
        for at, on in idle.items():
            if at not in needed:
                yield _idle(vertices[at], vertices[on])

    def idle_deciders(self) -> Iterator[Problem]:
        """Each step that could do nothing but decide, if there were someone to decide about."""
        for vertex, traits in zip(self.graph.vertices, self.traits, strict=True):
            if traits.decides and not traits.has_effect and not vertex.consumers:
                message = f"{vertex.step.name} has nobody behind it to decide about"
                hint = "Add consumers, or leave it out."
                yield _warning(vertex, message, hint)

    def _next(self, at: int) -> tuple[int, ...]:
        return () if self.traits[at].always_fails else self.graph.vertices[at].consumers

    def _reached(self, sources: Sequence[int]) -> set[int]:
        seen, stack = set(sources), list(sources)
        while stack:
            at = stack.pop()
            new = {*self._next(at), *self.graph.vertices[at].errors} - seen
            seen |= new
            stack += new
        return seen

    def _can_fail(self, at: int) -> bool:
        """Whether a step, or any behind it, may fail."""
        seen, stack = {at}, [at]
        while stack:
            here = stack.pop()
            if self.traits[here].may_fail:
                return True
            own = () if here == at else self.graph.vertices[here].errors
            new = {*self._next(here), *own} - seen
            seen |= new
            stack += new
        return False

    def _circling(self, among: set[int]) -> set[int]:
        """Those of `among` that are in a loop without a decision, or between two of them."""
        left = {at for at in among if not self.traits[at].decides}
        before: dict[int, list[int]] = {at: [] for at in left}
        onward = {at: [to for to in self._next(at) if to in left] for at in left}
        for at, consumers in onward.items():
            for to in consumers:
                before[to].append(at)
        counts = {at: len(consumers) for at, consumers in onward.items()}
        ends = [at for at, count in counts.items() if not count]
        while ends:
            at = ends.pop()
            left.discard(at)
            for each in before[at]:
                counts[each] -= 1
                if not counts[each]:
                    ends.append(each)
        return left

    def _loop(self, circling: set[int]) -> list[int]:
        """A loop among steps of which each has another behind it."""
        way, at = dict[int, None](), min(circling)
        while at not in way:
            way[at] = None
            at = next(to for to in self._next(at) if to in circling)
        steps = list(way)
        return steps[steps.index(at) :]


def _unreachable(vertex: Vertex, failing: list[Vertex]) -> Problem:
    name = vertex.step.name
    if failing:
        message = f"{name} is never reached: {failing[0].step.name} before it always fails"
        return _warning(vertex, message, "What is to run when it fails is an error consumer.")
    message = f"{name} is never reached: nothing leads to it"
    return _warning(vertex, message, "Leave it out, or put it behind a step that is run.")


def _endless(loop: list[Vertex]) -> Problem:
    # It is told where it begins in the file, whichever step was met first.
    first = min(range(len(loop)), key=lambda at: _where(loop[at]))
    steps = [each.step for each in [*loop[first:], *loop[:first]]]
    way = " -> ".join(each.id or each.name for each in [*steps, steps[0]])
    message = f"the loop {way} is never left: each of its steps hands on to all of its consumers"
    hint = "Let one of them decide who is next: `lambda-decider`, or `stop`."
    return Problem(Kind.BAD_PIPELINE, steps[0].place, message, hint)


def _where(vertex: Vertex) -> tuple[str, int, int]:
    place = vertex.step.place
    return place.file, place.line, place.column


def _idle(vertex: Vertex, on: Vertex) -> Problem:
    message = f"{vertex.step.name} never runs: neither {on.step.name} nor any step behind it fails"
    return _warning(vertex, message, "Leave it out, or hang it on a step that may fail.")


def _warning(vertex: Vertex, message: str, hint: str) -> Problem:
    place = vertex.step.place
    return Problem(Kind.BAD_PIPELINE, place, message, hint, severity=Severity.WARNING)
