"""Make graphs of definitions: the second stage, in which names of pipelines are followed.

The order: chains are linked (`wiring`), pipelines are inlined (`inlining`), and those that inherit
get the steps of others (`inheritance`). A pipeline is made after all those that it names.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from piped.problems import Kind, Place, Problem, did_you_mean
from piped.processing.definitions import Definitions, Does
from piped.processing.graph import Graph
from piped.processing.inheritance import inherited
from piped.processing.inlining import inlined
from piped.processing.names import absolute
from piped.processing.parameters import told
from piped.processing.wiring import wired

__all__ = ["Graphs", "rewritten"]

Graphs = dict[str, Graph]


@dataclass(frozen=True, slots=True)
class _Need:
    """A mention of another pipeline, of which the graph is needed."""

    target: str
    verb: str
    place: Place | None
    at: int = 0  # the step that mentions it


def rewritten(definitions: Definitions, problems: list[Problem]) -> Graphs:
    """The graph of each pipeline by its name, in the order of the file."""
    return _Rewriting(definitions, problems).graphs()


class _Rewriting:
    def __init__(self, definitions: Definitions, problems: list[Problem]) -> None:
        self._definitions = definitions.by_name
        self._problems = problems
        self._wired = {each.name: wired(each, problems) for each in definitions}
        self._needs = {each: list(self._needs_of(each)) for each in self._definitions}

    def graphs(self) -> Graphs:
        made: Graphs = {}
        for name in self._in_order():
            made[name] = self._made(name, made)
        return {name: made[name] for name in self._definitions}

    def _needs_of(self, name: str) -> Iterator[_Need]:
        definition = self._definitions[name]
        if definition.inherits:
            yield from self._need(name, definition.inherits, "inherits", definition.inherits_place)
        for at, vertex in enumerate(self._wired[name].vertices):
            step = vertex.step
            if step.does is Does.INLINE:
                yield from self._need(name, step.name, "inlines", step.place, at)

    def _need(
        self, name: str, written: str, verb: str, place: Place | None, at: int = 0
    ) -> Iterator[_Need]:
        target = absolute(written, name)
        if target in self._definitions:
            yield _Need(target, verb, place, at)
        else:
            self._problems.append(self._unknown(name, written, target, verb, place))

    def _unknown(
        self, name: str, written: str, target: str | None, verb: str, place: Place | None
    ) -> Problem:
        if target is None:
            message = f"{name} {verb} {written!r}, which goes up further than there are namespaces"
        elif target != written:
            meant = did_you_mean(target, self._definitions)
            message = f"{name} {verb} {written!r}, but there is no pipeline {target}{meant}"
        else:
            meant = did_you_mean(target, self._definitions)
            message = f"{name} {verb} {written!r}, which is no pipeline{meant}"
        return Problem(Kind.UNKNOWN_REFERENCE, place, message)

    def _in_order(self) -> list[str]:
        """All pipelines, each behind those that it needs. Circles are broken, and are problems."""
        while True:
            needed = {name: [each.target for each in needs] for name, needs in self._needs.items()}
            try:
                return list(TopologicalSorter(needed).static_order())
            except CycleError as error:
                # Each is needed by the one behind it.
                self._break(error.args[1][::-1])

    def _break(self, circle: list[str]) -> None:
        first, second = circle[:2]
        [need, *_] = [each for each in self._needs[first] if each.target == second]
        way = " -> ".join(circle)
        message = f"{first} {need.verb} itself: {way}"
        hint = "`run-pipeline` may run a pipeline that runs this one, or this one itself."
        self._problems.append(Problem(Kind.BAD_PIPELINE, need.place, message, hint))
        self._needs[first] = [each for each in self._needs[first] if each.target != second]

    def _made(self, name: str, made: Graphs) -> Graph:
        graph, needs = self._wired[name], self._needs[name]
        if self._definitions[name].inherits:
            parents = [made[need.target] for need in needs]
            definition = self._definitions[name]
            return inherited(definition, parents[0], self._problems) if parents else graph
        targets: dict[int, Graph | None] = {
            at: None for at, each in enumerate(graph.vertices) if each.step.does is Does.INLINE
        }
        for need in needs:
            step = graph.vertices[need.at].step
            targets[need.at] = told(made[need.target], step, self._problems)
        return inlined(graph, targets, self._problems) if targets else graph
