"""Counts and times."""

from __future__ import annotations

import pytest

from piped.observe import timings as module
from piped.observe.timings import Timings
from piped.processing.plan import Plan, Step
from tests.observe.test_tracing import Lone, made


def test_every_run_is_counted_and_some_are_measured() -> None:
    pipeline, timings = made("it: [passthrough, passthrough]"), Timings(every=4)
    with timings.attached():
        for _ in range(10):
            assert pipeline.run(1) == [1]
    pipeline.run(1)
    times = timings.pipelines["it"]
    assert (times.runs, times.measured, times.results) == (10, 3, 3)
    assert [step.calls for step in times.steps.values()] == [3, 3]


def test_the_time_of_a_step_is_from_its_call_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(module, "perf_counter", lambda: now[0])

    def slow(baton: float) -> float:
        now[0] += baton
        return baton

    timings = Timings(every=1)
    pipeline = Lone(Plan("it", (Step("slow", slow),)))
    with timings.attached():
        pipeline.run(1.0)
        pipeline.run(3.0)
    step = timings.pipelines["it"].steps["slow"]
    assert (step.seconds, step.longest, step.mean) == (4.0, 3.0, 2.0)
    assert timings.pipelines["it"].seconds == 4.0


def test_failures_are_counted() -> None:
    pipeline, timings = made("it: [raise-exception: {error_consumers: [passthrough]}]"), Timings(1)
    with timings.attached():
        pipeline.run(1)
    failed, taken = timings.pipelines["it"].steps.values()
    assert (failed.failures, failed.calls, failed.mean) == (1, 0, 0.0)
    assert taken.calls == 1


async def test_those_that_wait_are_measured_too() -> None:
    async def later(baton: int) -> int:
        return baton + 1

    timings = Timings(1)
    with timings.attached():
        running = Lone(Plan("it", (Step("later", later),))).run(1)
        assert await running == [2]
    assert timings.pipelines["it"].steps["later"].calls == 1


def test_less_than_every_run_cannot_be_measured() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Timings(0)
