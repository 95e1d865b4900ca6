"""A clock whose time passes when it is told to."""

from __future__ import annotations

import asyncio

import pytest

from piped.clock import Clock
from piped.testing.clock import ManualClock


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


async def test_time_stands_still_until_it_is_moved(clock: ManualClock) -> None:
    as_clock: Clock = clock
    before = as_clock.time()
    await asyncio.sleep(0)
    assert (clock.time(), clock.monotonic()) == (before, 0)
    await clock.advance(2.5)
    assert (clock.time(), clock.monotonic()) == (before + 2.5, 2.5)


async def test_it_may_begin_at_any_time() -> None:
    assert ManualClock(start=5).time() == 5


async def test_calls_are_made_at_their_own_time_and_in_their_order(clock: ManualClock) -> None:
    calls: list[tuple[str, float]] = []

    def call(name: str) -> None:
        calls.append((name, clock.monotonic()))

    for delay, name in ((2, "third"), (1, "first"), (1, "second"), (9, "never")):
        clock.call_later(delay, call, name)
    await clock.advance(3)
    assert calls == [("first", 1), ("second", 1), ("third", 2)]
    assert clock.waiting == 1


async def test_what_falls_due_at_the_very_end_is_called(clock: ManualClock) -> None:
    called: list[int] = []
    clock.call_later(1, called.append, 1)
    await clock.advance(1)
    assert called == [1]


async def test_a_call_may_ask_for_another(clock: ManualClock) -> None:
    ticks: list[float] = []

    def tick() -> None:
        ticks.append(clock.monotonic())
        clock.call_later(1, tick)

    clock.call_later(1, tick)
    await clock.advance(3.5)
    assert ticks == [1, 2, 3]


async def test_a_cancelled_call_is_not_made_nor_counted(clock: ManualClock) -> None:
    called: list[int] = []
    call = clock.call_later(1, called.append, 1)
    call.cancel()
    call.cancel()
    assert clock.waiting == 0
    await clock.advance(2)
    assert called == []


async def test_a_delay_below_nothing_is_none(clock: ManualClock) -> None:
    called: list[float] = []
    clock.call_later(-5, lambda: called.append(clock.monotonic()))
    await clock.advance(0)
    assert called == [0]


async def test_who_sleeps_wakes_in_time(clock: ManualClock) -> None:
    async def sleeper() -> float:
        await clock.sleep(1)
        await clock.sleep(1)
        return clock.monotonic()

    task = asyncio.create_task(sleeper())
    await clock.advance(1.5)
    assert not task.done()
    await clock.advance(1)
    assert await task == 2


async def test_who_is_cancelled_in_his_sleep_leaves_no_call(clock: ManualClock) -> None:
    task = asyncio.create_task(clock.sleep(1))
    await clock.settle()
    assert clock.waiting == 1
    task.cancel()
    await clock.settle()
    assert (task.cancelled(), clock.waiting) == (True, 0)


async def test_a_sleeper_cancelled_as_he_wakes_does_no_harm(clock: ManualClock) -> None:
    task = asyncio.create_task(clock.sleep(1))
    clock.call_later(1, task.cancel)
    await clock.advance(1)
    assert task.cancelled()
    await clock.advance(1)


async def test_what_is_ready_gets_its_turn_between_two_calls(clock: ManualClock) -> None:
    order: list[str] = []

    async def work() -> None:
        await asyncio.sleep(0)
        order.append("work")

    clock.call_later(1, lambda: asyncio.ensure_future(work()))
    clock.call_later(2, order.append, "second call")
    await clock.advance(2)
    assert order == ["work", "second call"]


async def test_time_passes_from_one_call_to_the_next_while_something_waits() -> None:
    clock = ManualClock()

    async def waits() -> float:
        await clock.sleep(3600)
        await asyncio.to_thread(int)
        await clock.sleep(1)
        return clock.monotonic()

    assert await clock.passing(waits()) == 3601


async def test_whoever_gives_up_waiting_ends_what_was_waited_for() -> None:
    clock, ended = ManualClock(), []

    async def waits() -> None:
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            ended.append(True)

    waiting = asyncio.ensure_future(clock.passing(waits()))
    await clock.settle()
    waiting.cancel()
    await asyncio.wait({waiting})
    assert ended == [True]
