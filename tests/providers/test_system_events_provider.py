"""Batons for the beginning and the end."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from piped.options import ResourceName
from piped.providers.system_events_provider import SystemEvents, SystemEventsProvider
from piped.testing.clock import ManualClock

from .conftest import Start
from .running import stop


async def test_a_processor_hears_of_the_start_and_of_the_stop(start: Start) -> None:
    heard: list[Any] = []
    events = SystemEvents(
        startup={"a": ResourceName("listen")}, shutdown={"b": ResourceName("listen")}
    )
    environment = await start({SystemEventsProvider: events}, listen=heard.append)
    assert heard == [{"event_type": "startup"}]
    await stop(environment)
    assert heard == [{"event_type": "startup"}, {"event_type": "shutdown"}]


async def test_the_stop_waits_for_its_processors(start: Start) -> None:
    heard: list[str] = []

    async def slow(baton: Any) -> None:
        await asyncio.sleep(0)
        heard.append("ended")

    events = SystemEvents(shutdown={"a": ResourceName("slow")})
    await stop(await start({SystemEventsProvider: events}, slow=slow))
    assert heard == ["ended"]


async def test_a_start_waits_for_its_processor_to_be_available(
    start: Start, clock: ManualClock
) -> None:
    heard: list[Any] = []
    environment = await start({}, other=None)
    offer = environment.offer("late")
    environment._settings["system-events"] = SystemEvents(startup={"a": ResourceName("late")})
    SystemEventsProvider().configure(environment)
    environment.on_started()
    await clock.settle()
    assert heard == []
    offer.ready(heard.append)
    await clock.settle()
    assert heard == [{"event_type": "startup"}]


@pytest.mark.parametrize("event", ["startup", "shutdown"])
async def test_one_that_fails_is_logged_and_the_others_run(
    start: Start, event: str, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[Any] = []

    def fail(baton: Any) -> None:
        raise ValueError("burst")

    processors = {"bad": ResourceName("fail"), "good": ResourceName("listen")}
    events = SystemEvents(**{event: processors})  # type: ignore[arg-type]  # one field of two
    await stop(await start({SystemEventsProvider: events}, fail=fail, listen=heard.append))
    assert heard == [{"event_type": event}]
    assert f"{event} bad: fail failed" in caplog.text
    assert "burst" in caplog.text


async def test_a_shutdown_that_cannot_run_does_not_keep_the_process(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    events = SystemEvents(shutdown={"a": ResourceName("lost")}, timeout=0.01)
    environment = await start({SystemEventsProvider: events}, lost=print)
    offers = environment.resource_manager.get_registered_resources()
    offers["lost"].lost("gone")
    await stop(environment)
    assert "shutdown a: lost was not available in time" in caplog.text


async def test_a_shutdown_that_does_not_end_does_not_keep_the_process(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    async def endless(baton: Any) -> None:
        await asyncio.Event().wait()

    events = SystemEvents(shutdown={"a": ResourceName("endless")}, timeout=0.01)
    await stop(await start({SystemEventsProvider: events}, endless=endless))
    assert "shutdown a: endless did not end in time" in caplog.text


async def test_all_of_an_event_run_at_the_same_time(start: Start) -> None:
    together = asyncio.Barrier(2)

    async def meet(baton: Any) -> None:
        await together.wait()

    both = {"a": ResourceName("meet"), "b": ResourceName("meet")}
    events = SystemEvents(startup=both, shutdown=both)
    environment = await start({SystemEventsProvider: events}, meet=meet)
    assert together.n_waiting == 0
    async with asyncio.timeout(5):
        await stop(environment)
