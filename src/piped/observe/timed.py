"""Drawings of pipelines with the time that their steps take."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from piped.conf.nodes import Scalar
from piped.observe.drawing import Arrow, Box, BoxKind, Drawing, Frame, Look
from piped.observe.heat import colour_of_time, text_of_time
from piped.observe.timings import Times
from piped.paths import BatonPath
from piped.processing.definitions import StepDefinition
from piped.processing.graph import Graph
from piped.processing.names import absolute

__all__ = ["of_timed", "target_of_step", "words_of_step"]

# The times of the steps of one pipeline, by their ids.
StepTimes = Mapping[str, Times]


def of_timed(graphs: Iterable[Graph], times: Mapping[str, StepTimes]) -> Drawing:
    """A frame for each pipeline. What takes longer than others of its pipeline is red."""
    return Drawing([_frame(each, times.get(each.name, {})) for each in graphs])


def words_of_step(step: StepDefinition) -> tuple[str, str]:
    """What a diagram calls it, and what more there is to say: what it runs, or what it is."""
    label = _text(step, "node_name") or step.id or step.name
    return label, target_of_step(step) or (step.name if label != step.name else "")


def target_of_step(step: StepDefinition) -> str:
    """The pipeline that it runs, if it runs one: "…" if only the baton knows which."""
    path = _text(step, "pipeline_path")
    if path:
        return f"… ({path})"
    name = _text(step, "pipeline")
    if isinstance(name, BatonPath):
        return f"… ({name})"
    return absolute(name, step.home) or name


def _text(step: StepDefinition, option: str) -> str:
    node = step.options.get(option)
    return node.value if isinstance(node, Scalar) and isinstance(node.value, str) else ""


def _frame(graph: Graph, times: StepTimes) -> Frame:
    whole = sum(each.seconds for each in times.values())
    steps = graph.ids()
    ids = [f"{graph.name}/{each}" for each in steps]
    boxes, arrows = [], []
    for at, vertex in enumerate(graph.vertices):
        kind = _kind(at, graph)
        seconds = times[steps[at]].seconds if steps[at] in times else 0.0
        colour = colour_of_time(seconds, whole / len(graph.vertices))
        label, more = words_of_step(vertex.step)
        detail = " · ".join(filter(None, (more, _took(steps[at], times, whole))))
        boxes.append(Box(ids[at], label, kind, detail, Look(colour)))
        arrows += [Arrow(ids[at], ids[each]) for each in vertex.consumers]
        arrows += [Arrow(ids[at], ids[each], error=True) for each in vertex.errors]
    return Frame(graph.name, boxes, arrows)


def _kind(at: int, graph: Graph) -> BoxKind:
    if at in graph.sources:
        return BoxKind.SOURCE
    return BoxKind.STEP if graph.vertices[at].consumers else BoxKind.SINK


def _took(step: str, times: StepTimes, whole: float) -> str:
    """How long a call takes, and its part of all that was measured."""
    if not whole:
        return ""
    if step not in times:
        return "0%"
    return f"{text_of_time(times[step].mean)} ({times[step].seconds / whole:.0%})"
