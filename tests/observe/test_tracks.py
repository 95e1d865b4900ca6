"""The way of one baton, drawn."""

from __future__ import annotations

import asyncio

from piped.observe.drawing import BoxKind, Drawing
from piped.observe.trace import Entry, Place
from piped.observe.tracing import traced
from piped.observe.tracks import of_trace
from tests.processing.environment import Environment
from tests.processing.trying import pipelines_of
from tests.processing.yaml_nodes import nodes

TEXT = """
one:
    - passthrough: {error_consumers: [log: {message: x}]}
    - run-pipeline: {pipeline: two}
two: [eval-lambda: {lambda: "baton: 1 / 0"}, pretty-print: {id: never}]
"""


def drawn(text: str = TEXT, *, show_unused: bool = True) -> Drawing:
    environment = Environment(pipelines_of(nodes(text)))
    pipeline = environment.depend("somebody", "one").get_resource()
    found = asyncio.run(traced(pipeline, {}))
    return of_trace(found.entries, environment.provider.pipelines.graphs, show_unused=show_unused)


def test_hand_overs_are_numbered_and_failures_are_dashed() -> None:
    drawing = drawn()
    numbered = sorted((each for each in drawing.arrows if each.id), key=lambda each: each.label)
    assert [(each.id, each.source, each.target) for each in numbered] == [
        ("baton_1", "in", "one/passthrough-1"),
        ("baton_2", "one/passthrough-1", "one/run-pipeline-1"),
        ("baton_3", "one/run-pipeline-1", "two/eval-lambda-1"),
        ("baton_4", "two/eval-lambda-1", "one/run-pipeline-1"),
        ("baton_5", "one/run-pipeline-1", "one/passthrough-1"),
        ("baton_6", "one/passthrough-1", "one/log-1"),
        ("baton_7", "one/log-1", "result_7"),
    ]
    looks = [(each.look.colour, each.look.line, each.loose) for each in numbered]
    assert looks[0] == looks[2] == ("black", "", False)
    assert looks[3] == looks[4] == ("pink", "dashed", True)
    assert looks[5] == ("red", "dashed", False)
    assert numbered[5].look.ink == "red"
    assert looks[1][0].startswith("#")
    assert numbered[1].look.tooltip.endswith(" ms")


def test_each_result_is_a_box_of_its_own() -> None:
    drawing = drawn("one: {consumers: [passthrough, {passthrough: {}}]}")
    results = [box for box in drawing.boxes if box.kind is BoxKind.RESULT]
    assert [box.id for box in results] == ["result_2", "result_4"]


def test_what_had_no_baton_is_dotted() -> None:
    _, _, two = drawn().frames
    assert [(box.label, box.detail, box.look.line) for box in two.boxes] == [
        ("eval-lambda", "", ""),
        ("never", "pretty-print", "dotted"),
    ]
    [arrow] = two.arrows
    assert (arrow.look.colour, arrow.look.line) == ("grey", "dotted")


def test_it_may_be_left_out() -> None:
    _, _, two = drawn(show_unused=False).frames
    assert [box.label for box in two.boxes] == ["eval-lambda"]


def test_one_who_is_no_step_stands_outside() -> None:
    entry = Entry(Place("", "Server"), Place("gone", "some-step", "log"), {})
    outside, gone = of_trace([entry], {}).frames
    assert [(box.label, box.kind) for box in outside.boxes] == [("Server", BoxKind.OUTSIDE)]
    assert [(box.label, box.detail) for box in gone.boxes] == [("some-step", "log")]


def test_of_many_hand_overs_between_two_steps_the_first_are_drawn() -> None:
    entry = Entry(Place("p", "a"), Place("p", "b"), {})
    failed = Entry(Place("p", "a"), Place("p", "b"), {}, is_error_consumer=True)
    drawing = of_trace([*[entry] * 100, failed], {})
    assert [each.label for each in drawing.arrows] == ["1", "2", "3", "4", "5 +95", "101"]


def test_what_nobody_could_look_at_is_counted() -> None:
    entries = [Entry(Place("p", "a"), Place("p", str(at)), {}) for at in range(2_500)]
    drawing = of_trace(entries, {})
    assert len(list(drawing.arrows)) == 2_000
    assert "… and 500 more" in [box.label for box in drawing.boxes]
