"""The three stages of pipelines as drawings."""

from __future__ import annotations

from piped.catalogue import Catalogue
from piped.observe.drawing import Box, BoxKind, Drawing
from piped.observe.stages import of_definitions, of_graphs, of_plans
from piped.processing.making import make_pipeline
from tests.processing.trying import pipelines_of
from tests.processing.yaml_nodes import nodes

TEXT = """\
it:
    chained_consumers:
        - passthrough: {id: begin, error_consumers: [log: {message: failed}]}
        - lambda-decider: {lambda: "b: 0", consumers: [existing: begin]}
        - inline-pipeline: other
    error_consumers: [print-failure-traceback]
other: [run-pipeline: {pipeline: it}]
child: {inherits: it, overrides: [passthrough: {id: begin}]}
"""


def edges(drawing: Drawing, at: int = 0) -> list[str]:
    frame = drawing.frames[at]
    return [
        f"{arrow.source.split('/')[1]} {'!' if arrow.error else '->'} {arrow.target.split('/')[1]}"
        for arrow in frame.arrows
    ]


def labels(boxes: list[Box]) -> list[tuple[str, str, str]]:
    return [(box.label, box.kind.value, box.detail) for box in boxes]


def test_definitions_are_drawn_as_they_are_written() -> None:
    drawing = of_definitions(pipelines_of(nodes(TEXT)).definitions)
    assert labels(list(drawing.frames[0].boxes)) == [
        ("passthrough", "source", "id: begin"),
        ("log", "step", ""),
        ("lambda-decider", "step", "b: 0"),
        ("existing: begin", "reference", ""),
        ("inline-pipeline: other", "reference", ""),
        ("print-failure-traceback", "step", ""),
    ]
    assert edges(drawing) == ["0 ! 1", "2 -> 3", "0 -> 2", "2 -> 4", "0 ! 5"]


def test_what_is_inherited_is_named() -> None:
    drawing = of_definitions(pipelines_of(nodes(TEXT)).definitions)
    assert drawing.frames[2].note == "inherits it"
    assert labels(list(drawing.frames[2].boxes)) == [("passthrough", "source", "id: begin")]


def test_limits_stand_behind_the_name() -> None:
    pipelines = pipelines_of(nodes("it: {concurrency: 2, queue: 5, consumers: [passthrough]}"))
    written, graph = of_definitions(pipelines.definitions), of_graphs(pipelines.graphs.values())
    assert written.frames[0].note == "concurrency 2, queue 5"
    assert graph.frames[0].note == "concurrency 2, queue 5, overflow fail"


def test_in_a_graph_references_are_followed() -> None:
    drawing = of_graphs(pipelines_of(nodes(TEXT)).graphs.values())
    assert labels(list(drawing.frames[0].boxes)) == [
        ("begin", "source", "passthrough"),
        ("log", "sink", ""),
        ("lambda-decider", "step", "b: 0"),
        ("run-pipeline", "sink", "it"),
        ("print-failure-traceback", "sink", ""),
    ]
    assert "lambda-decider-1 -> begin" in edges(drawing)
    assert "begin ! print-failure-traceback-1" in edges(drawing)


def test_a_plan_has_indices_and_deciders() -> None:
    graphs = pipelines_of(nodes(TEXT)).graphs
    plans = [make_pipeline(each, Catalogue.builtin()).plan for each in graphs.values()]
    drawing = of_plans(plans)
    assert labels(list(drawing.frames[0].boxes))[:3] == [
        ("0 begin", "source", ""),
        ("1 log-1", "sink", ""),
        ("2 lambda-decider-1", "decider", ""),
    ]
    assert edges(drawing)[0] == "0 -> 2"


def test_every_arrow_has_its_boxes() -> None:
    pipelines = pipelines_of(nodes(TEXT))
    for drawing in (of_definitions(pipelines.definitions), of_graphs(pipelines.graphs.values())):
        ids = [box.id for box in drawing.boxes]
        assert len(set(ids)) == len(ids)
        assert {end for each in drawing.arrows for end in (each.source, each.target)} <= {*ids}


def test_a_long_detail_is_cut() -> None:
    pipelines = pipelines_of(
        nodes(f"it: [run-pipeline: {{pipeline: {'x' * 99}}}]\n{'x' * 99}: [passthrough]")
    )
    [box] = of_graphs([pipelines.graphs["it"]]).boxes
    assert box.detail == "x" * 59 + "…"
    assert box.kind is BoxKind.SOURCE
