"""What pipelines have done, and are doing."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest
from hypothesis import given, strategies as st

from piped.exceptions import BatonDropped, PipelineFull
from piped.interop import drive, settled
from piped.observe import timings
from piped.observe.metrics import Metrics, PipelineMetrics
from piped.observe.tracing import traced
from piped.processing.plan import Plan, Step
from tests.observe.test_tracing import Lone, made


@pytest.fixture(autouse=True)
def _no_pipelines_of_other_tests() -> None:
    """Those that wait for the collector would be counted under their names."""
    gc.collect()


def counts(metrics: PipelineMetrics) -> dict[str, int]:
    names = ("runs", "failures", "cancelled", "under_way", "waiting", "refused", "dropped")
    return {name: getattr(metrics, name) for name in names if getattr(metrics, name)}


def test_every_run_is_counted_while_they_are_attached() -> None:
    pipeline, metrics = made("it: [passthrough, passthrough]"), Metrics()
    pipeline.run(1)
    with metrics.attached():
        for _ in range(1000):
            assert pipeline.run(1) == [1]
    pipeline.run(1)
    assert counts(metrics.pipelines["it"]) == {"runs": 1000}


def test_runs_are_measured_more_seldom_the_more_there_are() -> None:
    pipeline, metrics = made("it: [passthrough, passthrough]"), Metrics(every=64)
    seen = []
    with metrics.attached():
        for _ in range(2000):
            pipeline.run(1)
            seen.append(metrics.pipelines["it"].times.calls)
    assert seen[:8] == list(range(1, 9))
    assert seen[99] < 40
    assert [seen[at + 64] - seen[at] for at in range(600, 1900, 64)] == [1] * 21
    steps = metrics.pipelines["it"].steps
    assert {name: times.calls for name, times in steps.items()} == {
        "passthrough-1": seen[-1],
        "passthrough-2": seen[-1],
    }


def test_every_run_may_be_measured() -> None:
    pipeline, metrics = made("it: [passthrough]"), Metrics(every=1)
    with metrics.attached():
        for _ in range(100):
            pipeline.run(1)
    assert metrics.pipelines["it"].times.calls == 100


def test_less_than_every_run_cannot_be_measured() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Metrics(0)


def test_a_pipeline_is_there_before_its_first_run() -> None:
    before, metrics = made("it: [passthrough]"), Metrics()
    with metrics.attached():
        after = made("other: [passthrough]", "other")
        assert metrics.pipelines.keys() >= {before.name, after.name}
        assert counts(metrics.pipelines["other"]) == {}


def test_the_time_of_a_run_is_from_its_beginning_to_its_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [0.0]
    for module in (timings, __import__("piped.observe.metrics", fromlist=["metrics"])):
        monkeypatch.setattr(module, "perf_counter", lambda: now[0])

    def slow(baton: float) -> float:
        now[0] += baton
        return baton

    pipeline, metrics = Lone(Plan("it", (Step("a", slow, (1,)), Step("b", slow)))), Metrics(1)
    with metrics.attached():
        pipeline.run(1.0)
        pipeline.run(2.0)
    times = metrics.pipelines["it"].times
    assert (times.calls, times.mean, times.longest) == (2, 3.0, 4.0)


def test_a_run_that_is_followed_is_counted_too() -> None:
    pipeline, metrics = made("it: [passthrough]"), Metrics(1)
    with metrics.attached():
        found = asyncio.run(traced(pipeline, 1))
        assert len(found.entries) == 2
        pipeline.run(1)
    assert counts(metrics.pipelines["it"]) == {"runs": 2}
    assert metrics.pipelines["it"].times.calls == 2
    assert metrics.pipelines["it"].steps["passthrough-1"].calls == 1


@pytest.mark.parametrize("every", [1, 64])
def test_each_of_several_counts_every_run(every: int) -> None:
    pipeline, all_of_them = made("it: [passthrough]"), [Metrics(), Metrics(every), Metrics()]
    with all_of_them[0].attached(), all_of_them[1].attached(), all_of_them[2].attached():
        for _ in range(100):
            pipeline.run(1)
        asyncio.run(traced(pipeline, 1))
    for metrics in all_of_them:
        assert counts(metrics.pipelines["it"]) == {"runs": 101}
        assert metrics.pipelines["it"].times.calls >= 8
        assert metrics.pipelines["it"].steps["passthrough-1"].calls >= 8


def test_pipelines_that_run_others_are_counted_each() -> None:
    pipeline = made("{it: [run-pipeline: {pipeline: inner}], inner: [raise-exception: {args: x}]}")
    metrics = Metrics()
    with metrics.attached(), pytest.raises(Exception, match="x"):
        pipeline.run(1)
    assert counts(metrics.pipelines["it"]) == {"runs": 1, "failures": 1}
    assert counts(metrics.pipelines["inner"]) == {"runs": 1, "failures": 1}


async def test_who_waits_was_refused_or_dropped_is_counted_by_the_gate() -> None:
    metrics = Metrics()
    text = "it: {concurrency: 1, queue: 1, overflow: %s, consumers: [wait: {delay: 1h}]}"
    with metrics.attached():
        for overflow, error in (("fail", PipelineFull), ("drop-newest", BatonDropped)):
            pipeline = made(text % overflow)
            tasks = [drive(_awaited(pipeline, baton)) for baton in range(3)]
            await asyncio.sleep(0)
            word = "refused" if overflow == "fail" else "dropped"
            here = counts(metrics.pipelines["it"])
            assert here.items() >= {"under_way": 1, "waiting": 1, word: 1}.items()
            for task in tasks[:2]:
                task.cancel()
            found = await asyncio.gather(*tasks, return_exceptions=True)
            assert isinstance(found[2], error)
    assert counts(metrics.pipelines["it"]) == {"runs": 2, "cancelled": 2, "dropped": 1}


async def _awaited(pipeline: Any, baton: Any) -> Any:
    return await settled(pipeline.run(baton))


HOW = st.sampled_from(["plain", "fails", "later", "fails later", "cancelled", "never begun"])


@given(st.lists(HOW, max_size=40), st.sampled_from([1, 3, 64]))
def test_counters_are_exact(happened: list[str], every: int) -> None:
    asyncio.run(_counted(happened, every))


async def _counted(happened: list[str], every: int) -> None:
    go = asyncio.Event()

    async def wait(baton: str) -> str:
        await go.wait()
        if "fails" in baton:
            raise ValueError(baton)
        return baton

    def process(baton: str) -> Any:
        if baton == "fails":
            raise ValueError(baton)
        if baton == "never begun":
            return asyncio.get_running_loop().create_future()
        return baton if baton == "plain" else wait(baton)

    pipeline, metrics = Lone(Plan("counted", (Step("it", process),))), Metrics(every)
    beneath = Metrics()
    with beneath.attached(), metrics.attached():
        tasks = [asyncio.create_task(_begun(pipeline, each)) for each in happened]
        for how, task in zip(happened, tasks, strict=True):
            if how == "never begun":
                task.cancel()
        await asyncio.sleep(0)
        now = {each: happened.count(each) for each in happened}
        over = sum(now.get(each, 0) for each in ("plain", "fails", "never begun"))
        assert _it(metrics).under_way == _it(beneath).under_way == len(happened) - over
        for how, task in zip(happened, tasks, strict=True):
            if how == "cancelled":
                task.cancel()
        go.set()
        await asyncio.gather(*tasks, return_exceptions=True)
    failures = now.get("fails", 0) + now.get("fails later", 0)
    cancelled = now.get("cancelled", 0) + now.get("never begun", 0)
    wanted = {"runs": len(happened), "failures": failures, "cancelled": cancelled}
    there = {name: count for name, count in wanted.items() if count}
    assert counts(_it(metrics)) == counts(_it(beneath)) == there


def _begun(pipeline: Any, baton: str) -> Any:
    """What goes on after the first steps."""
    if baton == "never begun":
        return pipeline.run(baton)
    return _awaited(pipeline, baton)


def _it(metrics: Metrics) -> PipelineMetrics:
    return metrics.pipelines.get("counted") or PipelineMetrics("counted")
