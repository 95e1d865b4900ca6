"""Put copies of pipelines in the place of `inline-pipeline`.

1. Who handed to the copy hands to each of its sources, in order.
2. What follows the copy follows each of its sinks. It is one step, whichever sink it comes from.
3. The error consumers of the copy are those of each of its sources, after the source's own.
4. The ids of a copy are its own; nothing outside of it can name them.
5. The limits of a pipeline are none of a copy, which is a part of another run: a warning says so.
"""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from dataclasses import replace

from piped.problems import Kind, Problem, Severity
from piped.processing.definitions import Does
from piped.processing.graph import Graph, Indices, Vertex, expanded

__all__ = ["LARGEST", "inlined"]

# Pipelines that inline pipelines grow fast; nobody writes one of that many steps.
LARGEST = 100_000


def inlined(graph: Graph, targets: AnyMapping[int, Graph | None], problems: list[Problem]) -> Graph:
    """`graph` with `targets` in the place of its steps; None for one that could not be found."""
    size = sum(len(each.vertices) for each in targets.values() if each) + len(graph.vertices)
    if size > LARGEST:
        message = f"{graph.name} would have {size:,} steps with all that it inlines"
        hint = f"At most {LARGEST:,} are allowed; `run-pipeline` runs a pipeline without a copy."
        problems.append(Problem(Kind.LIMIT, graph.place, message, hint))
        return replace(graph, vertices=(), sources=())
    _complain_of_endless(graph, targets, problems)
    _warn_of_limits(graph, targets, problems)
    starts = _starts(graph, targets)
    into = [_standing_for(at, start, targets) for at, start in enumerate(starts)]
    vertices: list[Vertex] = []
    for at, vertex in enumerate(graph.vertices):
        consumers, errors = expanded(vertex.consumers, into), expanded(vertex.errors, into)
        if at not in targets:
            vertices.append(Vertex(vertex.step, consumers, errors))
        else:
            vertices += _copy(targets[at], starts[at], consumers, errors)
    return replace(graph, vertices=tuple(vertices), sources=expanded(graph.sources, into))


def _starts(graph: Graph, targets: AnyMapping[int, Graph | None]) -> list[int]:
    """Where each step, or the first of its copy, stands in the new graph."""
    starts, start = [], 0
    for at in range(len(graph.vertices)):
        starts.append(start)
        target = targets.get(at)
        start += 1 if at not in targets else len(target.vertices) if target else 0
    return starts


def _standing_for(at: int, start: int, targets: AnyMapping[int, Graph | None]) -> Indices:
    if at not in targets:
        return (start,)
    target = targets[at]
    return tuple(start + source for source in target.sources) if target else ()


def _copy(target: Graph | None, start: int, consumers: Indices, errors: Indices) -> list[Vertex]:
    """The steps of `target`, followed by `consumers` and guarded by `errors`."""
    if target is None:
        return []
    sources = set(target.sources)
    return [
        Vertex(
            vertex.step,
            tuple(start + to for to in vertex.consumers) or consumers,
            tuple(start + to for to in vertex.errors) + (errors if at in sources else ()),
        )
        for at, vertex in enumerate(target.vertices)
    ]


def _complain_of_endless(
    graph: Graph, targets: AnyMapping[int, Graph | None], problems: list[Problem]
) -> None:
    for at, target in targets.items():
        vertex = graph.vertices[at]
        if target and vertex.consumers and not target.sinks:
            message = (
                f"nothing can follow {Does.INLINE.value}: {target.name}, which gives no result"
            )
            problems.append(Problem(Kind.BAD_PIPELINE, vertex.step.place, message))


def _warn_of_limits(
    graph: Graph, targets: AnyMapping[int, Graph | None], problems: list[Problem]
) -> None:
    for at, target in targets.items():
        if target and target.capacity:
            message = f"the limits of {target.name} do not count here, in a copy of its steps"
            hint = f"`run-pipeline: {{pipeline: {target.name}}}` keeps to them."
            place = graph.vertices[at].step.place
            problems.append(
                Problem(Kind.BAD_PIPELINE, place, message, hint, severity=Severity.WARNING)
            )
