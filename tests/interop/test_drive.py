"""One body, awaiting what Twisted and asyncio have."""

from __future__ import annotations

import asyncio
import traceback
from contextvars import ContextVar, copy_context
from typing import Any, NoReturn
from weakref import ref

import pytest
from twisted.internet.defer import (
    CancelledError,
    Deferred,
    DeferredList,
    fail,
    inlineCallbacks,
    succeed,
)

from piped.interop.drive import drive, task_factory
from tests.interop.reports import Reports


class Burst(Exception):
    """What goes wrong here."""


def soon(value: Any) -> Deferred[Any]:
    """A Deferred that has `value` in the next turn of the loop."""
    deferred: Deferred[Any] = Deferred()
    asyncio.get_running_loop().call_soon(deferred.callback, value)
    return deferred


async def turns(count: int = 3) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def awaited(value: Any) -> Any:
    return await value


# What may be awaited


async def test_deferreds_and_futures_are_awaited_in_one_body() -> None:
    async def mixed() -> list[Any]:
        future = asyncio.get_running_loop().create_future()
        future.set_result("future")
        await asyncio.sleep(0)
        inner = asyncio.create_task(asyncio.sleep(0, "task"))
        return [await soon("later"), await future, await succeed("now"), await inner]

    assert await drive(mixed()) == ["later", "future", "now", "task"]


async def test_so_they_are_below_what_the_body_awaits() -> None:
    async def outer() -> Any:
        return await awaited(awaited(soon(1)))

    assert await drive(outer()) == 1


async def test_a_deferred_of_another_class_is_one() -> None:
    both = DeferredList([soon(1), soon(2)])
    assert await drive(awaited(both)) == [(True, 1), (True, 2)]


async def test_a_deferred_that_waits_for_another_is_waited_for() -> None:
    inner: Deferred[int] = Deferred()
    outer = succeed(None).addCallback(lambda _: inner)
    task = drive(awaited(outer))
    await turns()
    inner.callback(3)
    assert await task == 3


async def test_a_generator_under_inline_callbacks_is_awaited() -> None:
    @inlineCallbacks
    def generator() -> Any:
        value = yield soon(20)
        return value + 1

    assert await drive(awaited(generator())) == 21


async def test_what_nobody_knows_is_refused_as_ever() -> None:
    class Odd:
        def __await__(self) -> Any:
            yield 42

    with pytest.raises(RuntimeError, match="bad yield: 42"):
        await drive(awaited(Odd()))


async def test_whoever_awaits_gets_what_the_deferred_had_when_it_was_his_turn() -> None:
    deferred: Deferred[int] = Deferred()
    first = drive(awaited(deferred))
    await turns()
    deferred.addCallback(lambda value: value + 1)
    second = drive(awaited(deferred))
    await turns()
    deferred.addCallback(lambda value: Deferred())
    deferred.callback(1)
    assert [await first, await second] == [1, 2]


async def test_callbacks_see_the_result_after_somebody_has_awaited_it() -> None:
    deferred: Deferred[int] = Deferred()
    task = drive(awaited(deferred))
    await turns()
    seen: list[int] = []
    deferred.addCallback(seen.append)
    deferred.callback(1)
    assert await task == 1
    assert seen == [1]


async def test_what_is_added_in_the_meantime_is_not_lost() -> None:
    deferred: Deferred[int] = Deferred()
    task = drive(awaited(deferred))
    await turns()
    deferred.addCallback(lambda value: value + 1)
    deferred.callback(1)
    assert await task == 1
    assert await drive(awaited(deferred)) == 2


# Failures


async def test_a_failure_is_raised() -> None:
    with pytest.raises(Burst):
        await drive(awaited(fail(Burst())))


async def test_a_failure_that_comes_later_is_raised_and_may_be_caught() -> None:
    async def catches() -> str:
        try:
            await succeed(None).addCallback(lambda _: soon(None)).addCallback(burst)
        except Burst:
            await soon(None)
            return "caught"
        return "missed"

    assert await drive(catches()) == "caught"


def burst(_: object) -> NoReturn:
    raise Burst


async def test_a_failure_shows_where_it_was_raised_and_where_it_was_awaited() -> None:
    async def waiter() -> None:
        await soon(None).addCallback(burst)

    with pytest.raises(Burst) as caught:
        await drive(waiter())
    names = [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)]
    assert names.index("waiter") < names.index("burst")


async def test_all_who_wait_get_the_failure() -> None:
    deferred: Deferred[None] = Deferred()
    tasks = [drive(awaited(deferred)), drive(awaited(deferred))]
    await turns()
    deferred.errback(Burst())
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(result) for result in results] == [Burst, Burst]


async def test_a_failure_that_was_awaited_is_not_reported(reports: Reports) -> None:
    with pytest.raises(Burst):
        await drive(awaited(soon(None).addCallback(burst)))
    assert reports.now() == []


async def test_a_failure_that_follows_is_reported(reports: Reports) -> None:
    deferred = soon(None)
    task = drive(awaited(deferred))
    await turns(1)
    deferred.addCallback(burst)
    await task
    del task, deferred
    assert [type(error) for error in reports.now()] == [Burst]


async def test_who_adds_an_errback_later_hears_nothing_of_a_failure_that_was_awaited() -> None:
    heard: list[object] = []
    deferred: Deferred[None] = Deferred()
    tasks = [drive(awaited(deferred)), drive(awaited(deferred))]
    await turns()
    deferred.addErrback(heard.append)
    deferred.errback(Burst())
    await asyncio.wait(tasks)
    assert [type(task.exception()) for task in tasks] == [Burst, Burst]
    assert heard == []


async def test_a_failure_that_comes_after_the_awaited_one_is_reported(reports: Reports) -> None:
    def another(_: object) -> NoReturn:
        raise LookupError

    deferred: Deferred[None] = Deferred()
    task = drive(awaited(deferred))
    await turns()
    deferred.addBoth(another)
    deferred.errback(Burst())
    await asyncio.wait([task])
    assert isinstance(task.exception(), Burst)
    del task, deferred
    assert [type(error) for error in reports.now()] == [LookupError]


@pytest.mark.usefixtures("no_collector")
async def test_a_failure_leaves_no_circle() -> None:
    async def waiter() -> None:
        await soon(None).addCallback(burst)

    task = drive(waiter())
    await asyncio.wait([task])
    error = ref(task.exception() or task)
    del task
    await turns()
    assert error() is None


@pytest.mark.usefixtures("no_collector")
async def test_a_success_leaves_no_circle() -> None:
    deferred = soon(1)
    gone = ref(deferred)
    task = drive(awaited(deferred))
    del deferred
    await task
    del task
    await turns()
    assert gone() is None


# Cancellation


async def test_cancelling_the_task_runs_the_canceller() -> None:
    cancelled: list[object] = []
    deferred: Deferred[None] = Deferred(cancelled.append)
    task = drive(awaited(deferred))
    await turns()
    assert task.cancel("enough")
    with pytest.raises(asyncio.CancelledError) as caught:
        await task
    assert cancelled == [deferred]
    assert task.cancelled()
    assert isinstance((caught.value.__cause__ or caught.value.__context__), BaseException)


async def test_the_body_is_cancelled_in_the_way_of_asyncio_with_the_reason_of_twisted() -> None:
    caught: list[asyncio.CancelledError] = []

    async def body() -> None:
        try:
            await Deferred()
        except asyncio.CancelledError as cancelled:
            caught.append(cancelled)
            raise

    task = drive(body())
    await turns()
    task.cancel("enough")
    await asyncio.wait([task])
    [cancelled] = caught
    assert cancelled.args == ("enough",)
    assert isinstance(cancelled.__cause__, CancelledError)


async def test_a_canceller_may_say_cancelled_in_its_own_way() -> None:
    deferred: Deferred[None] = Deferred(lambda cancelled: cancelled.errback(Burst()))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await drive(awaited(deferred))


async def test_a_time_out_reaches_the_deferred() -> None:
    async def body() -> str:
        try:
            async with asyncio.timeout(0):
                await Deferred()
        except TimeoutError:
            return "too late"
        return "in time"

    assert await drive(body()) == "too late"


async def test_a_deferred_that_others_cancel_raises_what_it_fails_with() -> None:
    deferred: Deferred[None] = Deferred()
    task = drive(awaited(deferred))
    await turns()
    deferred.cancel()
    with pytest.raises(CancelledError):
        await task
    assert not task.cancelled()


async def test_a_deferred_may_have_a_result_nevertheless() -> None:
    deferred: Deferred[int] = Deferred(lambda cancelled: cancelled.callback(1))
    task = drive(awaited(deferred))
    await turns()
    task.cancel()
    assert await task == 1


async def test_the_task_waits_until_a_cancelled_deferred_has_cleaned_up() -> None:
    steps: list[str] = []
    cleaned: Deferred[None] = Deferred()

    @inlineCallbacks
    def careful() -> Any:
        try:
            yield Deferred()
        finally:
            steps.append("cleaning")
            yield cleaned
            steps.append("clean")

    task = drive(awaited(careful()))
    await turns()
    task.cancel()
    await turns()
    assert (steps, task.done()) == (["cleaning"], False)
    cleaned.callback(None)
    await asyncio.wait([task])
    assert task.cancelled()
    assert steps == ["cleaning", "clean"]


async def test_what_goes_wrong_while_cleaning_up_is_raised() -> None:
    cleaned: Deferred[None] = Deferred()

    @inlineCallbacks
    def careless() -> Any:
        try:
            yield Deferred()
        finally:
            yield cleaned

    task = drive(awaited(careless()))
    await turns()
    task.cancel()
    cleaned.errback(Burst())
    with pytest.raises(Burst):
        await task


async def test_a_canceller_that_fails_ends_the_wait() -> None:
    async def body() -> None:
        await Deferred(burst)

    task = drive(body())
    await turns()
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()


async def test_cancelling_a_task_whose_deferred_has_just_ended_cancels_the_task() -> None:
    deferred: Deferred[int] = Deferred()
    task = drive(awaited(deferred))
    await turns()
    deferred.callback(1)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    assert await drive(awaited(deferred)) == 1


async def test_who_catches_that_may_await_on_and_gets_nothing_of_before() -> None:
    deferred: Deferred[str] = Deferred()

    async def stubborn() -> Any:
        try:
            await deferred
        except asyncio.CancelledError:
            return await asyncio.sleep(0, "after")

    task = drive(stubborn())
    await turns()
    deferred.errback(Burst())
    task.cancel()
    assert await task == "after"
    left: list[object] = []
    deferred.addErrback(left.append)
    assert len(left) == 1, "nobody has taken the failure"


async def test_a_task_cancelled_before_it_began_never_begins() -> None:
    begun: list[int] = []

    async def body() -> None:
        begun.append(1)

    task = drive(body())
    task.cancel()
    await asyncio.wait([task])
    assert (task.cancelled(), begun) == (True, [])


async def test_who_catches_a_cancellation_may_await_on() -> None:
    async def stubborn() -> Any:
        try:
            await Deferred()
        except asyncio.CancelledError:
            return await soon("still here")

    task = drive(stubborn())
    await turns()
    task.cancel()
    assert await task == "still here"


# A task like any other


async def test_the_body_knows_its_task_and_task_groups_work() -> None:
    async def body() -> tuple[bool, int]:
        async with asyncio.TaskGroup() as group:
            child = group.create_task(asyncio.sleep(0, 1))
            await soon(None)
        return asyncio.current_task() is task, child.result()

    task = drive(body(), name="by name")
    assert await task == (True, 1)
    assert task.get_name() == "by name"


async def test_a_failing_child_cancels_the_deferred_that_the_group_awaits() -> None:
    cancelled: list[object] = []

    async def child() -> None:
        raise Burst

    async def body() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(child())
            await Deferred(cancelled.append)

    with pytest.raises(ExceptionGroup) as caught:
        await drive(body())
    assert caught.group_contains(Burst)
    assert len(cancelled) == 1


VARIABLE: ContextVar[str] = ContextVar("VARIABLE", default="unset")


async def test_the_body_keeps_its_context_variables() -> None:
    async def body() -> list[str]:
        VARIABLE.set("mine")
        deferred = soon(None)
        deferred.addCallback(lambda _: VARIABLE.set("of the callback"))
        await deferred
        return [VARIABLE.get()]

    assert await drive(body()) == ["mine"]
    assert VARIABLE.get() == "unset"


async def test_the_body_may_be_given_a_context() -> None:
    async def body() -> str:
        await soon(None)
        return VARIABLE.get()

    context = copy_context()
    context.run(VARIABLE.set, "given")
    assert await drive(body(), context=context) == "given"


async def test_the_task_shows_what_it_runs() -> None:
    async def named_body() -> None:
        await Deferred()

    task = drive(named_body())
    await turns()
    [frame] = task.get_stack()
    assert frame.f_code.co_name == "named_body"
    assert "named_body" in repr(task)
    task.cancel()


async def test_only_a_coroutine_is_driven() -> None:
    with pytest.raises(TypeError, match="a coroutine was expected"):
        drive(succeed(1))  # type: ignore[arg-type]  # what is tried


async def test_a_loop_may_make_all_its_tasks_so() -> None:
    async def body() -> list[Any]:
        async with asyncio.TaskGroup() as group:
            children = [group.create_task(awaited(soon(each)), name=str(each)) for each in (1, 2)]
        return [child.result() for child in children]

    asyncio.get_running_loop().set_task_factory(task_factory)
    assert await asyncio.create_task(body()) == [1, 2]
    assert await drive(body()) == [1, 2]
