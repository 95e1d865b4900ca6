"""Batons at regular times: the settings, and the loop (rules of `piped.providers.ticking`)."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any

import pytest

from piped.dependencies import ResourceDependency
from piped.environment import RuntimeEnvironment
from piped.exceptions import BatonDropped
from piped.options import Cron, ResourceName
from piped.providers.intervals import Interval, Ticks
from piped.providers.tick_provider import TickProvider
from piped.providers.ticking import TickInterval
from piped.testing.clock import ManualClock

from .conftest import Start
from .running import stop


def every(interval: float, **options: Any) -> dict[type[TickProvider], Ticks]:
    return one(Interval(interval=interval, processor=ResourceName("listen"), **options))


def one(interval: Interval) -> dict[type[TickProvider], Ticks]:
    return {TickProvider: Ticks(interval={"poll": interval})}


def ticker(environment: RuntimeEnvironment) -> TickInterval:
    dependency = ResourceDependency("ticks.interval.poll")
    environment.dependency_manager.add_dependency(object(), dependency)
    found = dependency.get_resource()
    assert isinstance(found, TickInterval)
    return found


async def test_the_first_tick_comes_at_once_and_the_others_at_the_interval(
    start: Start, clock: ManualClock
) -> None:
    heard: list[Any] = []
    began = clock.time()
    await start(every(10), listen=heard.append)
    await clock.advance(25)
    assert [baton["tick"] - began for baton in heard] == [0, 10, 20]


async def test_a_tick_knows_of_the_one_before(start: Start, clock: ManualClock) -> None:
    heard: list[Any] = []
    began = clock.time()
    await start(every(10), listen=heard.append)
    await clock.advance(10)
    assert heard[1] == {
        "interval": 10,
        "tick": began + 10,
        "previous_tick": began,
        "delta": 10,
    }


async def test_a_tick_waits_for_the_end_of_the_one_before(start: Start, clock: ManualClock) -> None:
    ticks: list[float] = []

    async def slow(baton: Any) -> None:
        ticks.append(baton["tick"])
        await clock.sleep(25)

    began = clock.time()
    await start(every(10), listen=slow)
    await clock.advance(60)
    assert [tick - began for tick in ticks] == [0, 25, 50]


async def test_a_tick_waits_for_its_processor(start: Start, clock: ManualClock) -> None:
    heard: list[Any] = []
    environment = await start(every(10), listen=heard.append)
    offer = environment.resource_manager.get_registered_resources()["listen"]
    offer.lost("gone")
    await clock.advance(50)
    assert len(heard) == 1
    offer.ready(heard.append)
    await clock.settle()
    assert len(heard) == 2


async def test_a_tick_that_is_dropped_is_no_failure(
    start: Start, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "piped.providers.ticking")
    heard: list[Any] = []

    def full(baton: Any) -> None:
        heard.append(baton)
        raise BatonDropped("full")

    await start(every(10), listen=full)
    await clock.advance(10)
    assert len(heard) == 2
    assert [record.levelname for record in caplog.records] == ["DEBUG", "DEBUG"]


async def test_a_tick_that_fails_is_logged_and_the_next_comes(
    start: Start, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[Any] = []

    def fail(baton: Any) -> None:
        heard.append(baton)
        raise ValueError("burst")

    await start(every(10), listen=fail)
    await clock.advance(10)
    assert len(heard) == 2
    assert "ticks.interval.poll: listen failed" in caplog.text


async def test_cron_times_are_those_of_the_zone(start: Start, clock: ManualClock) -> None:
    heard: list[Any] = []
    listen = ResourceName("listen")
    began = clock.time()  # 22:13:20 UTC
    await start(one(Interval(cron=Cron("*/30 * * * *"), processor=listen)), listen=heard.append)
    await clock.advance(3600)
    assert [baton["tick"] - began for baton in heard] == [1000, 2800]


async def test_jitter_makes_a_tick_later_and_never_earlier(
    start: Start, clock: ManualClock
) -> None:
    heard: list[Any] = []
    began = clock.time()
    await start(every(10, jitter=2), listen=heard.append)
    await clock.advance(100)
    ticks = [baton["tick"] - began for baton in heard]
    assert all(9.99 < after - before < 12.01 for before, after in pairwise(ticks))
    assert 0 <= ticks[0] <= 2


async def test_without_auto_start_it_begins_when_told(start: Start, clock: ManualClock) -> None:
    heard: list[Any] = []
    environment = await start(every(10, auto_start=False), listen=heard.append)
    await clock.advance(50)
    assert heard == []
    ticker(environment).start_ticking()
    await clock.settle()
    assert len(heard) == 1


async def test_stopping_ends_the_waiting(start: Start, clock: ManualClock) -> None:
    heard: list[Any] = []
    environment = await start(every(10), listen=heard.append)
    ticker(environment).stop_ticking()
    await clock.advance(100)
    assert len(heard) == 1
    assert clock.waiting == 0


async def test_stopping_lets_a_tick_end(start: Start, clock: ManualClock) -> None:
    ended: list[bool] = []

    async def slow(baton: Any) -> None:
        await clock.sleep(5)
        ended.append(True)

    environment = await start(every(10), listen=slow)
    stopping = asyncio.ensure_future(stop(environment))
    await clock.advance(1)
    assert not stopping.done()
    await clock.advance(5)
    assert stopping.done()
    assert ended == [True]


async def test_starting_again_during_a_tick_makes_no_second_loop(
    start: Start, clock: ManualClock
) -> None:
    heard: list[Any] = []

    async def slow(baton: Any) -> None:
        heard.append(baton)
        await clock.sleep(5)

    environment = await start(every(10), listen=slow)
    ticker(environment).stop_ticking()
    ticker(environment).start_ticking()
    await clock.advance(9)
    assert len(heard) == 1
    await clock.advance(1)
    assert len(heard) == 2


async def test_starting_again_while_waiting_ticks_at_once(start: Start, clock: ManualClock) -> None:
    heard: list[Any] = []
    environment = await start(every(10), listen=heard.append)
    ticker(environment).stop_ticking()
    ticker(environment).start_ticking()
    await clock.settle()
    assert len(heard) == 2
    await clock.advance(10)
    assert len(heard) == 3


def test_one_of_interval_and_cron_is_needed() -> None:
    processor = ResourceName("pipeline.x")
    with pytest.raises(ValueError, match="either `interval` or `cron`"):
        Interval(processor=processor)
    with pytest.raises(ValueError, match="either `interval` or `cron`"):
        Interval(interval=1, cron=Cron("* * * * *"), processor=processor)


@pytest.mark.parametrize("wrong", [{"interval": 0}, {"interval": 1, "jitter": -1}])
def test_times_go_forward(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"negative|longer than nothing"):
        Interval(processor=ResourceName("pipeline.x"), **wrong)  # type: ignore[arg-type]  # floats


def test_what_is_switched_off_is_not_offered() -> None:
    off = Interval(interval=1, processor=ResourceName("x"), enabled=False)
    on = Interval(interval=1, processor=ResourceName("x"))
    assert list(TickProvider().offers(Ticks(interval={"off": off, "on": on}))) == [
        "ticks.interval.on"
    ]
    assert list(TickProvider().offers(Ticks(interval={"on": on}, enabled=False))) == []


async def test_names_may_have_dots(start: Start) -> None:
    heard: list[Any] = []
    interval = Interval(interval=10, processor=ResourceName("listen"))
    environment = await start(
        {TickProvider: Ticks(interval={"a.b": interval})}, listen=heard.append
    )
    dependency = ResourceDependency("ticks.interval.a.b")
    environment.dependency_manager.add_dependency(object(), dependency)
    assert isinstance(dependency.get_resource(), TickInterval)
    assert len(heard) == 1
