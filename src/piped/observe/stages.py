"""Drawings of pipelines at each stage: as they are written, as graphs, as plans."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from piped.conf.nodes import Scalar
from piped.observe.drawing import Arrow, Box, BoxKind, Drawing, Frame
from piped.processing.definitions import Definition, Does, Followers, StepDefinition
from piped.processing.graph import Graph
from piped.processing.plan import Plan

__all__ = ["of_definitions", "of_graphs", "of_plans"]

# The option of which the value says more than the name of a processor does.
_TELLING = ("pipeline", "lambda", "input_path", "path")
_LONGEST_DETAIL = 60


def of_definitions(definitions: Iterable[Definition]) -> Drawing:
    """Pipelines as they are written: `existing` and `inline-pipeline` are boxes of their own."""
    return Drawing([_Written(each).frame() for each in definitions])


def of_graphs(graphs: Iterable[Graph]) -> Drawing:
    """Pipelines as graphs: references followed, copies made."""
    return Drawing([_frame_of_graph(each) for each in graphs])


def of_plans(plans: Iterable[Plan]) -> Drawing:
    """Pipelines as the engine sees them: a step is known by its index."""
    return Drawing([_frame_of_plan(each) for each in plans])


def _detail(step: StepDefinition) -> str:
    for name in _TELLING:
        value = step.options.get(name)
        if isinstance(value, Scalar) and isinstance(value.value, str) and value.value:
            text = " ".join(value.value.split())
            return text if len(text) <= _LONGEST_DETAIL else text[: _LONGEST_DETAIL - 1] + "…"
    return ""


class _Written:
    """One definition on its way to a frame."""

    def __init__(self, definition: Definition) -> None:
        self._definition = definition
        self._boxes: list[Box] = []
        self._arrows: list[Arrow] = []

    def frame(self) -> Frame:
        definition = self._definition
        heads = self._followers(definition.followers, None)
        for step in definition.overrides:
            heads.append(self._step(step))
        inherits = [f"inherits {definition.inherits}"] if definition.inherits else []
        limits = [f"{name} {each}" for name, each in definition.limits.items()]
        note = ", ".join([*inherits, *limits])
        boxes = [self._with_kind(box, heads) for box in self._boxes]
        return Frame(definition.name, boxes, self._arrows, note)

    def _with_kind(self, box: Box, heads: list[str]) -> Box:
        if box.kind is BoxKind.STEP and box.id in heads:
            return Box(box.id, box.label, BoxKind.SOURCE, box.detail)
        return box

    def _followers(self, followers: Followers, above: str | None) -> list[str]:
        """The heads of what stands below a step, which may hand its baton to them."""
        heads = [*self._chain(followers.chained), *map(self._step, followers.consumers)]
        errors = [*self._chain(followers.chained_errors), *map(self._step, followers.errors)]
        # The error consumers of a pipeline are those of each of its sources.
        for source in [above] if above else heads:
            self._arrows += [Arrow(source, each, error=True) for each in errors]
        if above:
            self._arrows += [Arrow(above, each) for each in heads]
        return heads

    def _chain(self, steps: Iterable[StepDefinition]) -> list[str]:
        links = [self._step(each) for each in steps]
        self._arrows += [Arrow(*pair) for pair in itertools.pairwise(links)]
        return links[:1]

    def _step(self, step: StepDefinition) -> str:
        id_ = f"{self._definition.name}/{len(self._boxes)}"
        kind = BoxKind.STEP if step.does is Does.PROCESS else BoxKind.REFERENCE
        label = step.name if step.does is Does.PROCESS else f"{step.does.value}: {step.name}"
        detail = f"id: {step.id}" if step.id else _detail(step)
        self._boxes.append(Box(id_, label, kind, detail))
        self._followers(step.followers, id_)
        return id_


def _frame_of_graph(graph: Graph) -> Frame:
    ids = [f"{graph.name}/{each}" for each in graph.ids()]
    boxes = []
    arrows = []
    for at, vertex in enumerate(graph.vertices):
        kind = _kind(at, graph.sources, vertex.consumers)
        boxes.append(Box(ids[at], vertex.step.id or vertex.step.name, kind, _said(vertex.step)))
        arrows += [Arrow(ids[at], ids[each]) for each in vertex.consumers]
        arrows += [Arrow(ids[at], ids[each], error=True) for each in vertex.errors]
    return Frame(graph.name, boxes, arrows, str(graph.capacity or ""))


def _said(step: StepDefinition) -> str:
    """What stands below the name of a step."""
    return step.name if step.id and step.id != step.name else _detail(step)


def _frame_of_plan(plan: Plan) -> Frame:
    ids = [f"{plan.name}/{at}" for at in range(len(plan.steps))]
    boxes = []
    arrows = []
    for at, step in enumerate(plan.steps):
        kind = BoxKind.DECIDER if step.choose else _kind(at, plan.sources, step.consumers)
        boxes.append(Box(ids[at], f"{at} {step.name}", kind, step.part))
        arrows += [Arrow(ids[at], ids[each]) for each in step.consumers]
        arrows += [Arrow(ids[at], ids[each], error=True) for each in step.error_consumers]
    return Frame(plan.name, boxes, arrows)


def _kind(at: int, sources: Iterable[int], consumers: Iterable[int]) -> BoxKind:
    if at in tuple(sources):
        return BoxKind.SOURCE
    return BoxKind.STEP if tuple(consumers) else BoxKind.SINK
