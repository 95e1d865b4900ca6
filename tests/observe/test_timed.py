"""Pipelines with their times."""

from __future__ import annotations

from piped.observe.drawing import BoxKind, Drawing
from piped.observe.timed import of_timed
from piped.observe.timings import Times
from tests.processing.trying import pipelines_of
from tests.processing.yaml_nodes import nodes

TEXT = """
web:
    one:
        - decode-json: {node_name: read it, error_consumers: [passthrough]}
        - run-pipeline: {pipeline: .two}
    two: [run-pipeline: {pipeline_path: a.b, id: any}]
"""


def timed(times: dict[str, dict[str, Times]]) -> Drawing:
    return of_timed(pipelines_of(nodes(TEXT)).graphs.values(), times)


def test_each_step_says_what_it_is_or_which_pipeline_it_runs() -> None:
    one, two = timed({}).frames
    assert [(box.label, box.detail) for box in one.boxes] == [
        ("read it", "decode-json"),
        ("passthrough", ""),
        ("run-pipeline", "web.two"),
    ]
    assert [(box.label, box.detail) for box in two.boxes] == [("any", "… (a.b)")]
    assert [box.kind for box in one.boxes] == [BoxKind.SOURCE, BoxKind.SINK, BoxKind.SINK]
    assert [(arrow.target, arrow.error) for arrow in one.arrows] == [
        ("web.one/run-pipeline-1", False),
        ("web.one/passthrough-1", True),
    ]


def test_without_times_all_is_green() -> None:
    assert {box.look.colour for box in timed({}).boxes} == {"#00FF00"}


def test_the_redder_the_more_of_the_time_a_step_takes() -> None:
    steps = {
        "decode-json-1": Times(2, 0.001, 0.001),
        "run-pipeline-1": Times(1, 0.003, 0.003),
    }
    one, two = timed({"web.one": steps}).frames
    assert [(box.detail, box.look.colour) for box in one.boxes] == [
        ("decode-json · 0.500 ms (25%)", "#BFFF00"),
        ("0%", "#00FF00"),
        ("web.two · 3.0 ms (75%)", "#FF7100"),
    ]
    assert two.boxes[0].look.colour == "#00FF00"
