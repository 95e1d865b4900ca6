"""A service that stays connected, without anything to connect to."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from piped.clock import LoopClock
from piped.interop import check_cancelled, settled
from piped.providers.reconnection import Retrying
from piped.providers.staying import Staying
from piped.testing.clock import ManualClock

SETTINGS = Retrying(initial_delay=1.0, max_delay=4.0, max_retries=2)


class Refused(Staying):
    """Is never let in."""

    attempts = 0

    async def connect(self) -> None:
        self.attempts += 1
        raise ConnectionError("no")


class Translating(Staying):
    """Uses a library that makes an error of its own of a cancellation."""

    async def connect(self) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise ValueError("closed") from None


async def test_it_waits_longer_each_time_and_gives_up(
    clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    service = Refused("it", SETTINGS, clock)
    service.startService()
    await clock.settle()
    assert service.attempts == 1
    await clock.advance(1)
    assert service.attempts == 2
    await clock.advance(10)
    assert service.attempts == 3
    assert "it: ConnectionError: no; trying again in" in caplog.text
    assert "it: given up after 3 attempts" in caplog.text
    await settled(service.stopService())


async def test_it_stops_though_a_library_hides_that_it_was_cancelled() -> None:
    service = Translating("it", SETTINGS, LoopClock())
    service.startService()
    await asyncio.sleep(0)
    async with asyncio.timeout(10):
        await settled(service.stopService())


async def test_who_was_cancelled_can_ask_though_a_library_hid_it() -> None:
    went_on = []

    async def hidden() -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        check_cancelled()
        went_on.append(1)

    task = asyncio.create_task(hidden())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    assert not went_on
