"""Pipelines that run themselves, straight or through others, though their capacity is limited.

1. A run that comes of a run of the same pipeline needs a turn of its own. With `concurrency: 1` it
   never gets one: a problem.
2. With a higher concurrency it gets one as long as few are under way: a warning.

A pipeline that only a baton names is not seen here; `piped.processing.gate` sees it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from piped.options import Reference
from piped.problems import Kind, Place, Problem, Severity
from piped.processing.capacity import Capacity
from piped.processing.graph import Graph
from piped.processing.names import absolute

__all__ = ["runs_of_itself"]


@dataclass(frozen=True, slots=True)
class _Run:
    """That a pipeline runs another, and where it says so."""

    target: str
    place: Place


def runs_of_itself(
    graphs: Sequence[Graph], references: Mapping[int, Sequence[Reference]]
) -> Iterator[Problem]:
    """For each limited pipeline a way that leads back to it, if there is one.

    `references` are those of each step, by its identity.
    """
    if not any(graph.capacity for graph in graphs):
        return
    runs = {graph.name: list(_runs(graph, references)) for graph in graphs}
    for graph in graphs:
        way = _way_back(graph.name, runs) if graph.capacity else None
        if way and graph.capacity:
            yield _problem(graph.name, way, graph.capacity)


def _runs(graph: Graph, references: Mapping[int, Sequence[Reference]]) -> Iterator[_Run]:
    for vertex in graph.vertices:
        for each in references.get(id(vertex.step), ()):
            target = absolute(each.name, each.owner) if each.kind == "pipeline" else None
            if target:
                yield _Run(target, each.place)


def _way_back(name: str, runs: Mapping[str, Sequence[_Run]]) -> list[_Run] | None:
    """A shortest way from a pipeline back to it."""
    ways = [[run] for run in runs[name]]
    seen: set[str] = set()
    for way in ways:
        last = way[-1].target
        if last == name:
            return way
        if last not in seen:
            seen.add(last)
            ways += [[*way, run] for run in runs.get(last, ())]
    return None


def _problem(name: str, way: Sequence[_Run], capacity: Capacity) -> Problem:
    circle = " -> ".join([name, *(run.target for run in way)])
    message = f"{name} runs itself ({circle}), but has a concurrency of {capacity.concurrency}"
    hint = "A run within a run needs room of its own: limit another pipeline, which runs this one."
    severity = Severity.ERROR if capacity.concurrency == 1 else Severity.WARNING
    return Problem(Kind.BAD_PIPELINE, way[0].place, message, hint, severity=severity)
