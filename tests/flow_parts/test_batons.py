"""Items that are handed to pipelines, and to whatever else takes batons."""

from __future__ import annotations

import pytest

from piped.checking import check
from piped.conf import Configuration
from piped.testing.clock import ManualClock
from tests.providers.database.databases import Running, until

from .hearing import Ear, flow_of
from .lanes import Lanes

NUMBERS = "iterate: tests.flow_parts.iterables.numbers"
DRAIN = "flows: {it: {from: [%s], to: {processor: {processor: heard, %s}}}}"
TUBE = """
flows: {it: {from: [%s], through: [pipeline: {pipeline: work, %s}], to: {processor: heard}}}
pipelines: {work: [call-dependency: {dependency: work, arguments: !path "", output_path: ""}]}
"""


async def test_an_item_whose_run_failed_is_tried_again_later_and_later(
    start: Running, caplog: pytest.LogCaptureFixture
) -> None:
    ear, clock = Ear(), ManualClock()
    ear.fails = {1: 3}
    running = await start(DRAIN % (NUMBERS, "retry: 1s"), clock, heard=ear)
    await clock.settle()
    assert ear.got == [0]
    await clock.advance(60)
    assert ear.got == [0, 1, 2]
    assert flow_of(running, "it").flow.drains[0].is_done
    assert caplog.text.count("heard: ValueError: nobody wants 1; again in") == 3


async def test_it_is_refused_when_it_was_tried_often_enough(start: Running) -> None:
    ear, clock = Ear(), ManualClock()
    ear.fails = {1: 3}
    await start(DRAIN % (NUMBERS, "retry: 1s, max_retries: 2"), clock, heard=ear)
    await clock.advance(60)
    assert ear.got == [0, 2]
    assert ear.fails == {1: 0}, "it was tried three times"


async def test_an_item_that_waits_to_be_tried_again_does_not_keep_the_process(
    start: Running,
) -> None:
    ear = Ear()
    ear.fails = {0: 1000}
    text = DRAIN % (NUMBERS, "retry: 1h")
    running = await start(text.replace("to:", "stop_time: 10ms, to:"), heard=ear)
    await until(lambda: ear.fails[0] == 999)
    await running.stop()
    assert ear.got == []


@pytest.mark.parametrize(
    "text",
    [
        DRAIN.replace("heard", "work"),
        TUBE,
        TUBE.replace("pipeline: {pipeline: work", "call: {function: tests.flow_parts.lanes.work"),
    ],
    ids=["processor", "pipeline", "call"],
)
async def test_of_items_with_one_key_one_is_under_way(
    start: Running, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ear, lanes = Ear(), Lanes()
    monkeypatch.setattr("tests.flow_parts.lanes.work", lanes)
    fount = "iterate: {function: tests.flow_parts.iterables.numbers, arguments: {up_to: 30}}"
    options = "parallel: 10, key: 'number: number % 3'"
    running = await start(text % (fount, options), heard=ear, work=lanes)
    await until(lambda: flow_of(running, "it").flow.drains[0].is_done)
    assert lanes.most == {0: 1, 1: 1, 2: 1}
    assert lanes.beside == 3
    if "heard" in text:
        assert ear.got == list(range(30)), "their order is kept"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("retry: 0s", "`retry` is longer than nothing"),
        ("max_retries: 3", "`max_retries` goes with `retry`"),
        ("key: 'a, b: a'", "key is called with one argument"),
    ],
)
def test_what_does_not_go_together_is_a_problem(options: str, said: str) -> None:
    found = check(Configuration.from_text(DRAIN % ("batons", options)), offers=["heard"])
    [problem] = found.problems
    assert said in problem.message
