"""The clock of the running loop."""

from __future__ import annotations

import asyncio
import time

from piped.clock import Clock, LoopClock


async def test_it_tells_the_time_for_people_and_for_measuring() -> None:
    clock: Clock = LoopClock()
    before = time.time(), time.monotonic()
    wall, monotonic = clock.time(), clock.monotonic()
    assert before[0] <= wall <= time.time()
    assert before[1] <= monotonic <= time.monotonic()


async def test_it_calls_later_with_what_it_was_given() -> None:
    called = asyncio.get_running_loop().create_future()
    LoopClock().call_later(0, called.set_result, 1)
    assert await called == 1


async def test_a_call_may_be_cancelled() -> None:
    called: list[str] = []
    clock = LoopClock()
    clock.call_later(0, called.append, "cancelled").cancel()
    clock.call_later(0, called.append, "kept")
    await clock.sleep(0.001)
    assert called == ["kept"]


async def test_sleeping_takes_the_time_it_takes() -> None:
    clock = LoopClock()
    before = clock.monotonic()
    await clock.sleep(0.01)
    assert clock.monotonic() - before >= 0.009
