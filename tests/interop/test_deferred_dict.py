"""Deferreds under their names, as one: held against Twisted's `DeferredList`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from typing import Any, Literal, assert_type

import pytest
from hypothesis import given, strategies as st
from twisted.internet.defer import (
    CancelledError,
    Deferred,
    DeferredList,
    FirstError,
    fail,
    inlineCallbacks,
    succeed,
)
from twisted.python.failure import Failure

from piped.interop import DeferredDict, FirstFailure, Outcome, drive, settled
from tests.interop.reports import Reports


class Burst(Exception):
    """What goes wrong here."""


async def later(value: Any) -> Any:
    await asyncio.sleep(0)
    if isinstance(value, Exception):
        raise value
    return value


async def turns(count: int = 5) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


# The rules that both have


def seen(value: Any) -> Any:
    """A result in a form that can be compared: failures by what is in them."""
    if isinstance(value, Failure):
        return "failure", seen(value.value)
    if isinstance(value, FirstError):
        return "first", getattr(value, "key", value.index), value.index, seen(value.subFailure)
    if isinstance(value, dict):
        return {key: seen(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(seen, value))
    return value


def by_index(result: Any) -> Any:
    """The result of a list, in the form of that of a dict with the indices as its keys."""
    return dict(enumerate(result)) if isinstance(result, list) else result


def state(of: Deferred[Any]) -> Any:
    return seen(of.result) if of.called else "open"


def end(deferred: Deferred[Any], result: Any) -> None:
    if isinstance(result, Exception):
        deferred.errback(result)
    else:
        deferred.callback(result)


@st.composite
def stories(draw: st.DrawFn) -> Any:
    """What each ends with, in which order they end, and how many of them before they are given."""
    ends = draw(st.lists(st.one_of(st.integers(), st.builds(Burst)), max_size=5))
    order = draw(st.permutations(range(len(ends))))
    return ends, order, draw(st.integers(0, len(ends)))


@given(stories(), st.booleans(), st.booleans(), st.booleans())
def test_it_does_at_each_moment_what_a_list_does(
    story: Any, one_callback: bool, one_errback: bool, consume: bool
) -> None:
    ends, order, early = story

    def told(made: Callable[..., Deferred[Any]], form: Callable[[list[Any]], Any]) -> list[Any]:
        deferreds: list[Deferred[Any]] = [Deferred() for _ in ends]
        for index in order[:early]:
            end(deferreds[index], ends[index])
        whole = made(form(deferreds), one_callback, one_errback, consume)
        states = [state(whole)]
        for index in order[early:]:
            end(deferreds[index], ends[index])
            states.append(state(whole))
        states.append([state(each) for each in deferreds])
        for each in (whole, *deferreds):
            each.addErrback(lambda _: None)
        return [by_index(each) for each in states]

    assert told(DeferredDict, lambda all_: dict(enumerate(all_))) == told(DeferredList, list)


async def test_the_keys_are_in_the_order_in_which_they_were_given() -> None:
    one: Deferred[int] = Deferred()
    two: Deferred[int] = Deferred()
    whole = DeferredDict({"b": one, "a": two})
    two.callback(2)
    one.callback(1)
    assert list((await whole).items()) == [("b", (True, 1)), ("a", (True, 2))]


def test_what_becomes_of_the_mapping_afterwards_is_nothing_to_it() -> None:
    given = {"a": Deferred[int]()}
    whole = DeferredDict(given)
    given.pop("a").callback(1)
    assert whole.result == {"a": (True, 1)}


async def test_one_deferred_may_have_two_names() -> None:
    both: Deferred[int] = Deferred()
    whole = DeferredDict({"a": both, "b": both})
    both.callback(1)
    assert await whole == {"a": (True, 1), "b": (True, 1)}


async def test_a_dict_of_dicts_has_dicts_of_results() -> None:
    inner = DeferredDict({"a": succeed(1)})
    assert await DeferredDict({"x": inner}) == {"x": (True, {"a": (True, 1)})}


async def test_the_first_failure_says_of_which_key_it_is() -> None:
    with pytest.raises(FirstFailure) as caught:
        await DeferredDict(
            {"a": Deferred(), "b": fail(Burst("b"))}, fireOnOneErrback=True, consumeErrors=True
        )
    assert (caught.value.key, caught.value.index) == ("b", 1)
    assert caught.value.subFailure.check(Burst)
    assert repr(caught.value) == "FirstFailure['b', Burst('b')]"
    assert str(caught.value).startswith("FirstFailure['b', ")


async def test_a_failure_that_was_not_consumed_is_reported_and_one_that_was_is_not(
    reports: Reports,
) -> None:
    for consume in (True, False):
        result = await DeferredDict({"a": fail(Burst(consume))}, consumeErrors=consume)
        assert not result["a"][0]
        del result
    assert [error.args for error in reports.now()] == [(False,)]


# For all that can be waited for


async def test_whatever_comes_later_is_good() -> None:
    future = asyncio.get_running_loop().create_future()
    future.set_result(2)
    outcome: Outcome[int] = Outcome()
    outcome.callback(3)
    given = {
        "coroutine": later(0),
        "task": asyncio.create_task(later(1)),
        "future": future,
        "outcome": outcome,
        "deferred": succeed(4),
    }
    whole = await DeferredDict(given)
    assert {key: value for key, (_, value) in whole.items()} == dict(
        zip(given, range(5), strict=True)
    )


async def test_the_failure_of_what_is_no_deferred_is_in_the_result_alone(reports: Reports) -> None:
    whole = await DeferredDict({"a": later(Burst())})
    assert not whole["a"][0]
    del whole
    assert reports.now() == []


async def awaited(value: Any) -> Any:
    return await value


@inlineCallbacks
def yielded(value: Any) -> Generator[Any, Any, Any]:
    result = yield value
    return result


DRIVERS: dict[str, Callable[[Any], Any]] = {
    "a plain task": lambda value: asyncio.ensure_future(awaited(value)),
    "a driven task": lambda value: drive(awaited(value)),
    "Twisted": lambda value: Deferred.fromCoroutine(awaited(value)),
    "a generator": yielded,
}


@pytest.mark.parametrize("driven", DRIVERS.values(), ids=DRIVERS)
async def test_whoever_waits_gets_the_result(driven: Callable[[Any], Any]) -> None:
    one: Deferred[int] = Deferred()
    result = driven(DeferredDict({"a": one, "b": later(2)}))
    await turns()
    one.callback(1)
    assert await settled(result) == {"a": (True, 1), "b": (True, 2)}


# Cancellation


each_option = pytest.mark.parametrize(
    "options", [{}, {"fireOnOneCallback": True}, {"fireOnOneErrback": True}]
)


@each_option
async def test_a_task_that_awaits_it_can_be_cancelled_and_all_that_is_under_way_is(
    options: dict[str, Any], reports: Reports
) -> None:
    cancelled: list[str] = []

    async def careful() -> None:
        try:
            await Deferred()
        finally:
            await asyncio.sleep(0)
            cancelled.append("coroutine")

    def give_up(_: object) -> None:
        cancelled.append("deferred")

    given = {"a": Deferred[None](give_up), "b": careful()}
    task = asyncio.create_task(awaited(DeferredDict(given, consumeErrors=True, **options)))
    await turns()
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    assert cancelled == ["deferred", "coroutine"]
    assert reports.now() == []


async def test_a_limit_in_time_ends_it_also_when_there_is_nothing_to_wait_for() -> None:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(DeferredDict({}, fireOnOneCallback=True), 0.001)


@each_option
async def test_cancelled_it_fails_when_all_have_ended_whatever_they_ended_with(
    options: dict[str, Any],
) -> None:
    ended = asyncio.Event()

    async def stubborn(*waits: asyncio.Event) -> int:
        try:
            await Deferred()
        except asyncio.CancelledError:
            for each in waits:
                await each.wait()
        return 1

    given = {"a": stubborn(), "b": Deferred[int](), "c": stubborn(ended)}
    whole = DeferredDict(given, consumeErrors=True, **options)
    await turns()
    whole.cancel()
    await turns()
    assert not whole.called
    ended.set()
    with pytest.raises(CancelledError):
        await whole


async def test_a_canceller_that_fails_keeps_nobody_waiting(reports: Reports) -> None:
    def broken(_: object) -> None:
        raise Burst

    others: list[object] = []
    whole = DeferredDict(
        {"a": Deferred[int](broken), "b": Deferred[int](others.append)}, consumeErrors=True
    )
    whole.cancel()
    assert len(others) == 1
    with pytest.raises(CancelledError):
        await whole
    assert [type(error) for error in reports.now()] == [Burst]


def test_what_ends_after_its_canceller_has_failed_changes_nothing() -> None:
    def broken(_: object) -> None:
        raise Burst

    stray: Deferred[int] = Deferred(broken)
    whole = DeferredDict({"a": stray, "b": Deferred[int]()}, consumeErrors=True)
    whole.cancel()
    stray.callback(1)
    assert whole.addErrback(lambda failure: failure.type).result is CancelledError


async def test_what_has_fired_lets_the_others_go_on() -> None:
    other: Deferred[int] = Deferred()
    whole = DeferredDict({"a": succeed(1), "b": other}, fireOnOneCallback=True)
    whole.cancel()
    assert await whole == (1, "a")
    assert not other.called


async def test_what_a_callback_waits_for_is_cancelled_like_that_of_any_deferred() -> None:
    inner: Deferred[None] = Deferred()
    whole = DeferredDict({"a": succeed(1)})
    whole.addCallback(lambda _: inner)
    whole.cancel()
    assert inner.called
    with pytest.raises(CancelledError):
        await whole


# Types


async def test_its_types_say_what_comes() -> None:
    whole = await DeferredDict({"a": succeed(1)})
    assert_type(whole, dict[str, tuple[Literal[True], int] | tuple[Literal[False], Failure]])
    first = await DeferredDict({"a": succeed(1)}, fireOnOneCallback=True)
    assert_type(
        first,
        tuple[int, str] | dict[str, tuple[Literal[True], int] | tuple[Literal[False], Failure]],
    )
    assert (whole, first) == ({"a": (True, 1)}, (1, "a"))
