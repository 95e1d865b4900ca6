"""What steps take."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings, strategies

from piped.observe import timings as module
from piped.observe.timings import Times, timed
from piped.processing.compiled import compiled
from piped.processing.plan import Plan, Step
from tests.processing.engines import walked
from tests.processing.random_plans import StepPlan, step_plans
from tests.processing.test_compiled import all_of


def times_of(plan: Plan, *batons: Any) -> dict[str, Times]:
    times: dict[str, Times] = {}
    run = compiled(timed(plan, times))
    for baton in batons:
        run(baton)
    return times


@settings(max_examples=100, deadline=None)
@given(step_plans(), strategies.lists(strategies.integers(0, 5), max_size=2))
def test_a_timed_plan_does_what_the_walk_does(steps: list[StepPlan], sources: list[int]) -> None:
    entries = tuple(each % len(steps) for each in sources) or (0,)

    async def ends() -> tuple[Any, Any]:
        def measured(plan: Plan) -> Any:
            return compiled(timed(plan, {}))

        return await all_of(walked, steps, entries), await all_of(measured, steps, entries)

    wanted, found = asyncio.run(ends())
    assert found == wanted


def test_the_time_of_a_step_is_from_its_call_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(module, "perf_counter", lambda: now[0])

    def slow(baton: float) -> float:
        now[0] += baton
        return baton

    step = times_of(Plan("it", (Step("slow", slow),)), 1.0, 3.0, 2.0)["slow"]
    assert (step.calls, step.seconds, step.longest, step.mean) == (3, 6.0, 3.0, 2.0)


async def test_what_a_step_waits_for_is_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(module, "perf_counter", lambda: now[0])

    async def slow(baton: float) -> float:
        await asyncio.sleep(0)
        now[0] += baton
        return baton

    times: dict[str, Times] = {}
    running = compiled(timed(Plan("it", (Step("slow", slow),)), times))(2.0)
    assert times["slow"].calls == 0
    assert not isinstance(running, list)
    assert await running == [2.0]
    assert times["slow"].seconds == 2.0


def test_failures_are_counted_and_take_no_time() -> None:
    def burst(baton: Any) -> Any:
        raise ValueError(baton)

    steps = (Step("burst", burst, (), (1,)), Step("taken", lambda baton: baton))
    times = times_of(Plan("it", steps), 1)
    assert (times["burst"].failures, times["burst"].calls, times["burst"].mean) == (1, 0, 0.0)
    assert times["taken"].calls == 1
