"""Drawings of pipelines that show what no baton came to: dashed, and grey."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from piped.observe.drawing import PLAIN, Arrow, Box, BoxKind, Drawing, Frame, Look
from piped.observe.timed import words_of_step
from piped.processing.graph import Graph

__all__ = ["of_covered"]

_MISSED = Look("#999999", "dashed", ink="#777777")

# Whether the step was come to, or the way from one to another taken: (graph, from, to, on error).
Asked = Callable[[Graph, int, int, bool | None], bool]


def of_covered(graphs: Iterable[Graph], taken: Asked) -> Drawing:
    """A frame for each pipeline. `taken` says of a step (None), or of a way, whether it was."""
    return Drawing([_frame(each, taken) for each in graphs])


def _frame(graph: Graph, taken: Asked) -> Frame:
    ids = [f"{graph.name}/{each}" for each in graph.ids()]

    def look(source: int, target: int, on_error: bool | None) -> Look:
        return PLAIN if taken(graph, source, target, on_error) else _MISSED

    boxes, arrows = [], []
    for at, vertex in enumerate(graph.vertices):
        label, detail = words_of_step(vertex.step)
        boxes.append(Box(ids[at], label, _kind(at, graph), detail, look(at, at, None)))
        for targets, on_error in ((vertex.consumers, False), (vertex.errors, True)):
            arrows += [
                Arrow(ids[at], ids[each], on_error, look(at, each, on_error)) for each in targets
            ]
    return Frame(graph.name, boxes, arrows)


def _kind(at: int, graph: Graph) -> BoxKind:
    if at in graph.sources:
        return BoxKind.SOURCE
    return BoxKind.STEP if graph.vertices[at].consumers else BoxKind.SINK
