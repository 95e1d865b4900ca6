"""Which steps batons came to, and by which hand-overs and error branches.

What is written once and copied into several pipelines counts as taken in all of them when it was
taken in one: a step is known by the place where it is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from piped.observe.trace import Entry
from piped.problems import Place
from piped.processing.graph import Graph

__all__ = ["Edge", "EdgeKind", "Taken", "edges_of"]


class EdgeKind(Enum):
    """What a baton may pass. The value is what several of them are called."""

    STEP = "steps"
    HAND_OVER = "hand-overs"
    ERROR_BRANCH = "error branches"


@dataclass(frozen=True, slots=True)
class Edge:
    """A step, or a way from one to another. Ends are indices of the graph."""

    kind: EdgeKind
    source: int
    target: int
    places: tuple[Place, ...]  # by which it is known, wherever it is copied to

    def text(self, graph: Graph) -> str:
        """What it is called, and where it is written."""
        ids = graph.ids()
        arrows = {EdgeKind.HAND_OVER: " → ", EdgeKind.ERROR_BRANCH: " ⇒ "}
        arrow = arrows.get(self.kind)
        name = ids[self.source] + (f"{arrow}{ids[self.target]}" if arrow else "")
        place = self.places[-1]
        return f"{name} ({place.file}:{place.line})"


def edges_of(graph: Graph) -> Iterator[Edge]:
    """All steps of a pipeline, and all ways between them."""
    places = [vertex.step.place for vertex in graph.vertices]
    for at, vertex in enumerate(graph.vertices):
        yield Edge(EdgeKind.STEP, at, at, (places[at],))
        for kind, targets in (
            (EdgeKind.HAND_OVER, vertex.consumers),
            (EdgeKind.ERROR_BRANCH, vertex.errors),
        ):
            for target in targets:
                yield Edge(kind, at, target, (places[at], places[target]))


class Taken:
    """What was taken so far."""

    def __init__(self, graphs: Iterable[Graph]) -> None:
        self.graphs = list(graphs)
        self._places = {
            (graph.name, id_): vertex.step.place
            for graph in self.graphs
            for id_, vertex in zip(graph.ids(), graph.vertices, strict=True)
        }
        self._taken: set[tuple[Any, ...]] = set()

    def add(self, entries: Iterable[Entry]) -> None:
        """Note the ways of one baton."""
        for entry in entries:
            if entry.destination is None or (entry.failure and not entry.is_error_consumer):
                continue  # a result; a failure on its way back
            target = self._place_of(entry.destination)
            self._taken.add((EdgeKind.STEP, (target,)))
            if entry.source is not None and entry.source.pipeline == entry.destination.pipeline:
                kind = EdgeKind.ERROR_BRANCH if entry.is_error_consumer else EdgeKind.HAND_OVER
                self._taken.add((kind, (self._place_of(entry.source), target)))

    def has(self, edge: Edge) -> bool:
        return (edge.kind, edge.places) in self._taken

    def count(self, edges: Iterable[Edge]) -> tuple[int, int]:
        """How many of them were taken, and how many there are."""
        taken = [self.has(each) for each in edges]
        return sum(taken), len(taken)

    def untaken(self, graph: Graph) -> Sequence[Edge]:
        """What was never taken. Of a step that was not come to, nothing more is said."""
        edges = list(edges_of(graph))
        missed = {
            each.source for each in edges if each.kind is EdgeKind.STEP and not self.has(each)
        }
        return [
            each
            for each in edges
            if not self.has(each)
            and (each.kind is EdgeKind.STEP or not missed & {each.source, each.target})
        ]

    def percent(self) -> float:
        """How much of everything was taken. All of nothing is all."""
        taken, there = self.count(
            {
                (each.kind, each.places): each for graph in self.graphs for each in edges_of(graph)
            }.values()
        )
        return 100.0 * taken / there if there else 100.0

    def _place_of(self, place: Any) -> Place | None:
        return self._places.get((place.pipeline, place.step))
