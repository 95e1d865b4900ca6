"""Outcomes, for whoever waits."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Generator
from typing import Any
from weakref import ref

import pytest
from twisted.internet.defer import (
    CancelledError,
    Deferred,
    ensureDeferred,
    fail,
    inlineCallbacks,
    succeed,
)
from twisted.python.failure import Failure

from piped.interop.drive import drive
from piped.interop.outcome import Outcome, outcome_of
from piped.interop.settle import settled
from tests.interop.reports import Reports


class Burst(Exception):
    """What goes wrong here."""


async def awaited(value: Any) -> Any:
    return await value


async def given(value: Any) -> Any:
    return value


@inlineCallbacks
def yielded(value: Any) -> Any:
    result = yield value
    return result


async def turns(count: int = 3) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def by_twisted(value: Any) -> Any:
    return outcome_of(Deferred.fromCoroutine(awaited(value)))


def by_generator(value: Any) -> Any:
    return outcome_of(yielded(value))


DRIVERS: dict[str, Callable[[Any], Any]] = {
    "a plain task": lambda value: asyncio.ensure_future(awaited(value)),
    "a driven task": lambda value: drive(awaited(value)),
    "Twisted": by_twisted,
    "a generator": by_generator,
}
each_driver = pytest.mark.parametrize("driven", DRIVERS.values(), ids=DRIVERS)


@each_driver
async def test_it_is_waited_for(driven: Callable[[Any], Any]) -> None:
    outcome: Outcome[int] = Outcome()
    result = driven(outcome)
    await turns()
    outcome.callback(1)
    assert await result == 1


@each_driver
async def test_it_may_be_there_already(driven: Callable[[Any], Any]) -> None:
    assert await driven(outcome_of(1)) == 1


@each_driver
async def test_its_failure_is_raised_and_is_handled(
    driven: Callable[[Any], Any], reports: Reports
) -> None:
    outcome: Outcome[int] = Outcome()
    result = driven(outcome)
    await turns()
    outcome.errback(Burst())
    with pytest.raises(Burst):
        await result
    del outcome, result
    assert reports.now() == []


@each_driver
async def test_a_failure_that_is_there_already_is_raised_and_is_handled(
    driven: Callable[[Any], Any], reports: Reports
) -> None:
    with pytest.raises(Burst):
        await driven(outcome_of(fail(Burst())))
    assert reports.now() == []


async def test_a_failure_that_nobody_saw_is_reported(reports: Reports) -> None:
    outcome: Outcome[int] = Outcome()
    outcome.errback(Burst())
    del outcome
    assert [type(error) for error in reports.now()] == [Burst]


async def test_a_failure_behind_the_one_that_was_seen_is_reported(reports: Reports) -> None:
    def another(_: object) -> None:
        raise LookupError

    outcome = outcome_of(fail(Burst()))
    with pytest.raises(Burst):
        await outcome
    outcome.addErrback(another)
    del outcome
    assert [type(error) for error in reports.now()] == [LookupError]


async def test_all_who_wait_get_it_whoever_drives_them() -> None:
    outcome: Outcome[int] = Outcome()
    waiting = [driven(outcome) for name, driven in DRIVERS.items() if name != "a generator"]
    await turns()
    outcome.callback(1)
    assert [await each for each in waiting] == [1, 1, 1]
    assert [await outcome, await outcome] == [1, 1]


async def test_all_who_wait_get_the_failure_and_so_do_those_who_come_later() -> None:
    outcome: Outcome[int] = Outcome()
    waiting = [asyncio.ensure_future(awaited(outcome)), by_twisted(outcome)]
    await turns()
    outcome.errback(Burst())
    for each in (*waiting, outcome, outcome):
        with pytest.raises(Burst):
            await each


async def test_who_awaits_gets_what_the_callbacks_before_him_made_of_it() -> None:
    outcome: Outcome[int] = Outcome()
    outcome.addCallback(lambda value: value + 1)
    task = asyncio.ensure_future(awaited(outcome))
    await turns()
    outcome.addCallback(lambda value: value + 10)
    outcome.callback(0)
    assert [await task, await outcome] == [1, 11]


async def test_a_callback_may_wait_in_between() -> None:
    inner: Deferred[int] = Deferred()
    outcome = outcome_of(None).addCallback(lambda _: inner)
    task = asyncio.ensure_future(awaited(outcome))
    await turns()
    inner.callback(5)
    assert await task == 5


async def test_a_failure_shows_where_it_was_raised_and_where_it_was_awaited() -> None:
    async def raises() -> None:
        await asyncio.sleep(0)
        raise Burst

    async def waits() -> None:
        await outcome_of(raises())

    for first in (asyncio.create_task(waits()), waits()):
        with pytest.raises(Burst) as caught:
            await first
        names = [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)]
        assert names.index("waits") < names.index("raises")


@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize("early", [True, False])
async def test_a_failure_leaves_no_circle(early: bool) -> None:
    async def raises() -> None:
        raise Burst

    def made() -> Outcome[Any]:
        return outcome_of(fail(Burst()) if early else raises())

    async def waits() -> None:
        await made()

    task = asyncio.create_task(waits())
    await asyncio.wait([task])
    error = ref(task.exception() or task)
    del task
    await turns()
    assert error() is None


# Cancellation


async def test_cancelling_the_task_cancels_the_outcome() -> None:
    cancelled: list[object] = []
    outcome: Outcome[None] = Outcome(cancelled.append)
    task = asyncio.create_task(awaited(outcome))
    await turns()
    task.cancel("enough")
    with pytest.raises(asyncio.CancelledError):
        await task
    assert cancelled == [outcome]


async def test_cancelling_the_outcome_fails_the_wait_in_twisted_manner() -> None:
    outcome: Outcome[None] = Outcome()
    task = asyncio.create_task(awaited(outcome))
    await turns()
    outcome.cancel()
    with pytest.raises(CancelledError):
        await task


@pytest.mark.parametrize("driven", [yielded, lambda value: Deferred.fromCoroutine(awaited(value))])
async def test_cancelling_what_twisted_drives_cancels_the_outcome_it_waits_for(
    driven: Callable[[Any], Deferred[Any]],
) -> None:
    cancelled: list[object] = []
    outcome: Outcome[None] = Outcome(cancelled.append)
    result = driven(outcome)
    result.cancel()
    with pytest.raises(CancelledError):
        await outcome_of(result)
    assert cancelled == [outcome]


async def test_cancelling_reaches_through_all_that_wait_for_each_other() -> None:
    cancelled: list[object] = []
    deferred: Deferred[None] = Deferred(cancelled.append)
    chain = outcome_of(awaited(outcome_of(yielded(outcome_of(deferred)))))
    task = asyncio.create_task(awaited(chain))
    await turns(5)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    assert cancelled == [deferred]


async def test_the_outcome_of_a_coroutine_that_is_cancelled_fails_when_that_has_ended() -> None:
    cleaned = asyncio.Event()
    steps: list[str] = []

    async def careful() -> None:
        try:
            await Deferred()
        finally:
            await cleaned.wait()
            steps.append("clean")

    outcome = outcome_of(careful())
    await turns()
    outcome.cancel()
    await turns()
    assert not outcome.called
    cleaned.set()
    with pytest.raises(CancelledError) as caught:
        await outcome
    assert steps == ["clean"]
    assert isinstance(caught.value.__cause__, asyncio.CancelledError)


async def test_a_coroutine_may_have_a_result_although_it_was_cancelled() -> None:
    async def stubborn() -> int:
        try:
            await Deferred()
        except asyncio.CancelledError:
            return 1
        return 0

    outcome = outcome_of(stubborn())
    await turns()
    outcome.cancel()
    assert await outcome == 1


async def test_cancelling_before_the_coroutine_began_is_no_unhandled_error(
    reports: Reports,
) -> None:
    outcome = outcome_of(given(None))
    outcome.cancel()
    with pytest.raises(CancelledError):
        await outcome
    del outcome
    assert reports.now() == []


@pytest.mark.usefixtures("no_collector")
async def test_an_outcome_lets_go_of_the_task_that_has_ended() -> None:
    task = asyncio.create_task(given(1))
    outcome, gone = outcome_of(task), ref(task)
    assert await outcome == 1
    del task
    await turns()
    assert gone() is None


async def test_cancelling_what_has_ended_does_nothing() -> None:
    outcome = outcome_of(given(1))
    assert await outcome == 1
    outcome.cancel()
    assert await outcome == 1


# asyncio's own tools


async def test_wait_for_gives_it_and_cancels_it_when_it_is_late() -> None:
    assert await asyncio.wait_for(outcome_of(given(1)), 1) == 1
    cancelled: list[object] = []
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(Outcome(cancelled.append), 0.001)
    assert len(cancelled) == 1


async def test_gather_takes_several() -> None:
    one, two = await asyncio.gather(outcome_of(1), outcome_of(succeed(2)))
    assert (one, two) == (1, 2)


async def test_shield_keeps_it_from_being_cancelled() -> None:
    outcome: Outcome[int] = Outcome()
    task = asyncio.create_task(awaited(asyncio.shield(outcome)))
    await turns()
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    outcome.callback(1)
    assert await outcome == 1


async def test_it_is_no_future_to_asyncio() -> None:
    assert not asyncio.isfuture(Outcome())


async def test_a_task_of_pure_python_takes_it_too() -> None:
    outcome: Outcome[int] = Outcome()
    loop = asyncio.get_running_loop()
    task = asyncio.tasks._PyTask(awaited(outcome), loop=loop)  # type: ignore[attr-defined]  # not in the stubs
    loop.call_soon(outcome.callback, 1)
    assert await task == 1


# What it is made of


async def test_it_is_made_of_anything() -> None:
    future = asyncio.get_running_loop().create_future()
    future.set_result(1)
    one: Outcome[int] = outcome_of(1)
    made = [one, outcome_of(future), outcome_of(succeed(1)), outcome_of(awaited(one))]
    assert [await each for each in made] == [1, 1, 1, 1]
    assert outcome_of(one) is one


async def test_it_takes_callbacks_like_any_deferred() -> None:
    results: list[Any] = []
    outcome = outcome_of(given(1))
    outcome.addCallback(results.append)
    await outcome
    assert results == [1]
    assert isinstance(outcome_of(fail(Burst())).addErrback(results.append), Outcome)
    assert isinstance(results[1], Failure)


def test_without_any_loop_twisted_drives_it() -> None:
    outcome: Outcome[int] = Outcome()
    results: list[int] = []
    Deferred.fromCoroutine(awaited(outcome)).addCallback(results.append)
    outcome.callback(1)
    assert results == [1]


async def test_under_twisteds_own_driver_an_outcome_stands_for_what_it_does_not_know() -> None:
    async def soon(value: int) -> int:
        await asyncio.sleep(0)
        return value

    @inlineCallbacks
    def yielding() -> Generator[Any, Any, int]:
        one: int = yield outcome_of(soon(1))
        two: int = yield outcome_of(asyncio.ensure_future(soon(2)))
        return one + two

    async def waiting() -> int:
        two: int = await outcome_of(soon(2))
        return 1 + two

    assert await settled(yielding()) == 3
    assert await settled(ensureDeferred(waiting())) == 3
