"""Events: who is called, in which order, and who waits."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from twisted.internet.defer import CancelledError, Deferred, inlineCallbacks, succeed

from piped.event import Event
from piped.exceptions import TimeoutError  # noqa: A004 - its name since 2011


def test_handlers_are_called_in_the_order_in_which_they_came() -> None:
    event, heard = Event(), []
    event.handle(lambda *args, **kwargs: heard.append(("first", args, kwargs)))
    event += lambda *args, **kwargs: heard.append(("second", args, kwargs))
    assert event(1, two=2) is None
    assert heard == [("first", (1,), {"two": 2}), ("second", (1,), {"two": 2})]


def test_handling_gives_the_event_back() -> None:
    event = Event()
    assert event.handle(print) is event
    assert event.unhandle(print) is event


def test_a_handler_given_twice_is_called_twice_and_taken_away_once() -> None:
    event, heard = Event(), list[int]()
    event += heard.append
    event += heard.append
    event(1)
    event -= heard.append
    event(2)
    assert heard == [1, 1, 2]


def test_an_event_knows_its_handlers() -> None:
    event = Event()
    assert len(event) == 0
    assert print not in event
    event += print
    assert len(event) == 1
    assert print in event
    assert repr(event) == "<Event with 1 handlers>"


def test_an_event_without_handlers_is_still_an_event() -> None:
    assert Event()


def test_taking_away_a_handler_that_is_none_is_an_error() -> None:
    with pytest.raises(ValueError, match="not in list"):
        Event().unhandle(print)


def test_a_handler_may_take_itself_away_while_it_is_called() -> None:
    event, heard = Event(), []

    def once() -> None:
        event.unhandle(once)
        heard.append("once")

    event += once
    event += lambda: heard.append("always")
    event()
    event()
    assert heard == ["once", "always", "always"]


def test_a_handler_that_comes_while_it_happens_is_called_the_next_time() -> None:
    event, heard = Event(), []

    def late() -> None:
        heard.append("late")

    event += lambda: event.handle(late)
    event()
    assert heard == []
    event()
    assert heard == ["late"]


def test_a_failing_handler_ends_a_plain_event() -> None:
    event, heard = Event(), []

    def burst() -> None:
        raise RuntimeError("burst")

    event += burst
    event += lambda: heard.append("never")
    with pytest.raises(RuntimeError, match="burst"):
        event()
    assert heard == []


async def test_an_asynchronous_event_gives_all_ends_in_order() -> None:
    event = Event(asynchronous=True)
    failure, later = RuntimeError("burst"), Deferred[str]()

    def burst() -> None:
        raise failure

    async def awaited() -> str:
        await asyncio.sleep(0)
        return "awaited"

    async def awaited_burst() -> None:
        raise failure

    for handler in (lambda: "plain", burst, awaited, awaited_burst, lambda: later):
        event += handler
    ends = event()
    later.callback("deferred")
    assert await ends == [
        (True, "plain"),
        (False, failure),
        (True, "awaited"),
        (False, failure),
        (True, "deferred"),
    ]


def test_an_asynchronous_event_without_waiting_needs_no_loop() -> None:
    event, ends = Event(asynchronous=True), list[Any]()
    event += lambda: succeed(1)
    event += lambda: 2
    event().addCallback(ends.append)
    assert ends == [[(True, 1), (True, 2)]]


def test_an_asynchronous_event_without_handlers_has_no_ends() -> None:
    ends: list[Any] = []
    Event(asynchronous=True)().addCallback(ends.append)
    assert ends == [[]]


async def test_cancelling_what_an_asynchronous_event_gave_reaches_its_handlers() -> None:
    event, cancelled = Event(asynchronous=True), list[Any]()
    event += lambda: Deferred(cancelled.append)
    ends = event()
    ends.addErrback(lambda failure: failure.trap(CancelledError))
    ends.cancel()
    assert len(cancelled) == 1


async def test_waiting_gives_the_arguments_and_leaves_no_handler() -> None:
    event = Event()
    outcome = event.wait_until_fired()
    event(1, two=2)
    event(3)
    assert await outcome == ((1,), {"two": 2})
    assert len(event) == 0


async def test_waiting_under_inline_callbacks() -> None:
    event = Event()

    @inlineCallbacks
    def wait() -> Any:
        args, _ = yield event.wait_until_fired()
        return args

    waiting, ends = wait(), list[Any]()
    waiting.addCallback(ends.append)
    event("now")
    assert ends == [("now",)]


async def test_waiting_for_a_time_that_fits() -> None:
    event = Event()
    outcome = event.wait_until_fired(when=lambda number: number > 1)
    event(1)
    assert len(event) == 1
    event(2)
    event(3)
    assert await outcome == ((2,), {})


async def test_waiting_too_long_fails_and_leaves_no_handler() -> None:
    event = Event()
    with pytest.raises(TimeoutError, match=r"waited 0\.01 seconds for the gong") as caught:
        await event.wait_until_fired(0.01, what="the gong")
    assert isinstance(caught.value, asyncio.TimeoutError)
    assert len(event) == 0


async def test_a_time_limit_leaves_no_timer_when_it_happens(timers: Any) -> None:
    event = Event()
    outcome = event.wait_until_fired(60)
    assert timers() == 1
    event()
    assert await outcome == ((), {})
    assert timers() == 0


async def test_a_time_limit_leaves_no_timer_when_nobody_waits_any_more(timers: Any) -> None:
    event = Event()
    outcome = event.wait_until_fired(60)
    outcome.addBoth(lambda failure: failure.trap(CancelledError))
    outcome.cancel()
    assert timers() == 0
    assert len(event) == 0


async def test_who_stopped_waiting_while_it_happens_hears_nothing() -> None:
    event, heard = Event(), list[Any]()

    def cancel() -> None:
        outcome.cancel()

    event += cancel
    outcome = event.wait_until_fired()
    outcome.addBoth(lambda failure: heard.append(failure.type))
    event()
    assert heard == [CancelledError]


@pytest.fixture
async def timers(monkeypatch: pytest.MonkeyPatch) -> Any:
    """How many timers of the running loop are still to ring."""
    loop, handles = asyncio.get_running_loop(), list[asyncio.TimerHandle]()
    call_later = loop.call_later

    def noted(*args: Any) -> asyncio.TimerHandle:
        handles.append(call_later(*args))
        return handles[-1]

    monkeypatch.setattr(loop, "call_later", noted)
    return lambda: sum(not handle.cancelled() for handle in handles)
