"""Events, as they happen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest
from hypothesis import given, strategies
from twisted.internet.defer import Deferred, succeed

from piped.exceptions import UnfitBaton
from piped.processors.web_event_processors import event_text
from piped.testing.clock import ManualClock
from tests.processors.trying import complaint, result
from tests.processors.web import serving

pytestmark = pytest.mark.usefixtures("engine")


@pytest.mark.parametrize(
    ("event", "text"),
    [
        ("a", "data: a\n\n"),
        ("a\nb\r\nc\rd", "data: a\ndata: b\ndata: c\ndata: d\n\n"),
        ("", "data: \n\n"),
        (7, "data: 7\n\n"),
        (None, "data: null\n\n"),
        ({"data": {"ø": date(2017, 3, 9)}}, 'data: {"\\u00f8": "2017-03-09"}\n\n'),
        (
            {"data": "a", "id": 7, "event": "b", "retry": 100},
            "event: b\nid: 7\nretry: 100\ndata: a\n\n",
        ),
        ({"data": "a", "id": None}, "data: a\n\n"),
    ],
)
def test_events(event: Any, text: str) -> None:
    assert event_text(event).decode() == text


@given(strategies.text())
def test_whatever_the_data_is_it_is_one_event(data: str) -> None:
    lines = event_text(data).decode("utf-8", "replace").removesuffix("\n\n").split("\n")
    assert all(line.startswith("data: ") for line in lines)


@pytest.mark.parametrize(
    "event",
    [
        {"date": "a"},
        {},
        {"data": "a", "id": "b\nc"},
        {"data": "a", "event": "b\0"},
        {"data": "a", "retry": "soon"},
        {"data": "a", "retry": True},
        {"data": object()},
        {"data": float("nan")},
    ],
)
def test_what_is_no_event_is_unfit(event: Any) -> None:
    with pytest.raises(UnfitBaton):
        event_text(event)


async def test_events_are_sent_as_they_happen() -> None:
    happens: asyncio.Queue[Any] = asyncio.Queue()

    async def events() -> AsyncIterator[Any]:
        while (event := await happens.get()) is not None:
            yield await succeed(event)

    async with serving("send-server-sent-events", {"events": events()}) as served:
        reader, writer = await served.connect()
        head = await reader.readuntil(b"\r\n\r\n")
        assert b"Content-Type: text/event-stream; charset=utf-8\r\n" in head
        assert b":\n\n" in await reader.readuntil(b"\n\n\r\n")
        for event in ("a", "b"):
            happens.put_nowait(event)
            assert f"data: {event}\n\n".encode() in await reader.readuntil(b"\n\n\r\n")
        happens.put_nowait(None)
        assert await reader.read() == b"0\r\n\r\n"
        writer.close()
    assert not served.failures


async def test_when_nothing_happens_we_say_that_we_are_there() -> None:
    waits: Deferred[str] = Deferred()
    clock = ManualClock()

    async def events() -> AsyncIterator[Any]:
        yield await waits

    step = "send-server-sent-events: {keep_alive: 10s}"
    async with serving(step, {"events": events()}, clock=clock) as served:
        reader, writer = await served.connect()
        await reader.readuntil(b":\n\n\r\n")
        for _ in range(2):
            await clock.advance(10)
            assert await reader.readuntil(b"\n\n\r\n") == b"3\r\n:\n\n\r\n"
        waits.callback("a")
        assert b"data: a" in await reader.read()
        writer.close()
    assert clock.waiting == 0


async def test_a_client_that_is_gone_ends_it() -> None:
    closed = asyncio.Event()

    async def events() -> AsyncIterator[Any]:
        try:
            yield "a"
            await asyncio.Event().wait()
        finally:
            closed.set()

    async with serving("send-server-sent-events", {"events": events()}) as served:
        reader, writer = await served.connect()
        await reader.readuntil(b"data: a")
        writer.transport.abort()
        await asyncio.wait_for(closed.wait(), 10)
        await served.ended.wait()
    assert not served.failures


async def test_single_events_leave_the_response_open() -> None:
    steps = (
        "{send-server-sent-events: {events_path: a}},"
        "{send-server-sent-events: {events_path: b, finish: true}}"
    )
    async with serving(steps, {"a": "1", "b": iter(["2", {"data": "3"}])}) as served:
        got = await served.ask()
    assert got.body == b"data: 1\n\n:\n\ndata: 2\n\ndata: 3\n\n"
    assert got.headers["x-accel-buffering"] == "no"


async def test_after_the_events_more_may_come() -> None:
    steps = (
        "{send-server-sent-events: {events_path: b, finish: false, keep_alive: 0}},"
        "{send-server-sent-events: {events_path: a, finish: true}}"
    )
    async with serving(steps, {"a": "1", "b": iter(["2"])}) as served:
        assert (await served.ask()).body == b":\n\ndata: 2\n\ndata: 1\n\n"


async def test_a_first_event_that_is_unfit_is_said() -> None:
    async with serving("send-server-sent-events", {"events": {"a": 1}}) as served:
        assert (await served.ask()).status == 500


def test_batons_that_are_unfit() -> None:
    with pytest.raises(UnfitBaton, match="there is no request at 'request'"):
        result("send-server-sent-events", {})


async def test_without_events_the_baton_is_unfit() -> None:
    async with serving("send-server-sent-events") as served:
        assert b"there are no events at 'events'" in (await served.ask()).body


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("{keep_alive: often}", "a duration like 1.5s"),
        ("{events_path: !path a}", "events_path cannot be taken from the baton"),
        ("{finish: maybe}", "true or false"),
    ],
)
def test_wrong_options(step: str, message: str) -> None:
    assert message in complaint(f"send-server-sent-events: {step}")
