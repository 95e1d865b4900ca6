"""Events for those who look at a page, as they happen."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any

from piped.clock import Clock
from piped.exceptions import UnfitBaton
from piped.interop import drive
from piped.options import Duration, KeyPath
from piped.paths import MISSING, getter
from piped.processors.fixed import fixed
from piped.processors.json_encoders import PipedJSONEncoder
from piped.processors.web_processors import HttpRequestProcessor

if TYPE_CHECKING:
    from piped.environment import RuntimeEnvironment

__all__ = ["SendServerSentEvents", "event_text"]

# A comment: it says that somebody is there, and nothing else.
_NOTHING_NEW = ":\n\n"
_FIELDS = ("event", "id", "retry", "data")
_HEADERS = {
    b"content-type": b"text/event-stream; charset=utf-8",
    b"cache-control": b"no-store",
    # A proxy is not to wait until it has enough for a page.
    b"x-accel-buffering": b"no",
}


class SendServerSentEvents(HttpRequestProcessor):
    r"""Send events to a page, which gets them from an `EventSource`.

    An event is a text, or a mapping with `data`, and perhaps `event`, `id` and `retry` (in
    milliseconds); data that is no text is written as JSON. Iterators are followed to their end.

    Example::

        pipeline: [send-server-sent-events: {finish: true}]
        request: GET /
        given: {events: {event: built, data: {engine: 7}}}
        gives: {events: {event: built, data: {engine: 7}}}
        response: "200 OK | cache-control: no-store | event: built\ndata: {\"engine\": 7}\n\n"
    """

    name = "send-server-sent-events"
    _clock: Clock

    def __init__(
        self,
        *,
        events_path: KeyPath = "events",
        keep_alive: Duration = 15.0,
        finish: bool | None = None,
        **request: Any,
    ) -> None:
        """
        events_path: where the events are: an iterator of either kind, or a single one
        keep_alive: say that we are there when nothing happened for so long; 0 is never
        finish: end the response; without it, it ends with an iterator, and not with a single event
        """
        super().__init__(**request)
        self.events_path = fixed("events_path", events_path)
        self.keep_alive = keep_alive
        self.finish = finish
        self._events_in = getter(events_path)

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        self._clock = runtime_environment.clock

    def process_request(self, request: Any, baton: Any) -> Any:
        from piped.processors.web_streams import is_stream

        events = self._events_in(baton, MISSING)
        if events is MISSING:
            raise UnfitBaton(f"there are no events at {self.events_path!r}")
        if is_stream(events):
            return self._follow(request, events, baton)
        text = event_text(events)
        _begin(request)
        request.write(text)
        if self.finish:
            request.finish()
        return baton

    async def _follow(self, request: Any, events: Any, baton: Any) -> Any:
        from piped.processors.web_streams import pieces_of, send

        stream = _with_signs_of_life(pieces_of(events), self._clock, self.keep_alive)
        is_there = await send(request, stream, _encoded, lambda _: _begin(request))
        if is_there and self.finish is not False:
            request.finish()
        return baton


def _begin(request: Any) -> None:
    if not request.startedWriting:
        for name, value in _HEADERS.items():
            request.setHeader(name, value)


def _encoded(piece: Any) -> bytes:
    return _NOTHING_NEW.encode() if piece is _NOTHING_NEW else event_text(piece)


async def _with_signs_of_life(
    events: AsyncIterator[Any], clock: Clock, pause: float
) -> AsyncIterator[Any]:
    """The events; and at once, and whenever there was none for a while, a comment."""
    ended = object()

    async def following() -> Any:
        return await anext(events, ended)

    waiting: asyncio.Future[Any] | None = None
    try:
        yield _NOTHING_NEW
        while True:
            waiting = waiting or drive(following())
            if pause and not await _comes(waiting, clock, pause):
                yield _NOTHING_NEW
                continue
            event, waiting = await waiting, None
            if event is ended:
                return
            yield event
    finally:
        if waiting is not None:
            waiting.cancel()
            await asyncio.wait({waiting})
        await events.aclose()  # type: ignore[attr-defined]  # it is a generator


async def _comes(waiting: asyncio.Future[Any], clock: Clock, pause: float) -> bool:
    """Whether it comes before the pause is over."""
    over = asyncio.Event()
    call = clock.call_later(pause, over.set)
    waiting.add_done_callback(wake := lambda _: over.set())
    try:
        await over.wait()
    finally:
        call.cancel()
        waiting.remove_done_callback(wake)
    return waiting.done()


def event_text(event: Any) -> bytes:
    """An event as it is sent."""
    fields = event if isinstance(event, Mapping) else {"data": event}
    unknown = [name for name in fields if name not in _FIELDS]
    if unknown or "data" not in fields:
        raise UnfitBaton(f"{event!r} is no event", hint=f"An event has {', '.join(_FIELDS)}.")
    lines = []
    for name in _FIELDS:
        if name == "data" or fields.get(name) is not None:
            lines += [f"{name}: {line}" for line in _lines(name, fields[name])]
    return ("\n".join(lines) + "\n\n").encode()


def _lines(name: str, value: Any) -> list[str]:
    if name == "data":
        return _data(value).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    is_one = isinstance(value, int) if name == "retry" else isinstance(value, str | int)
    text = str(value)
    if not is_one or isinstance(value, bool) or any(each in text for each in "\r\n\0"):
        raise UnfitBaton(f"{value!r} cannot be the {name!r} of an event")
    return [text]


def _data(value: Any) -> str:
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, cls=PipedJSONEncoder, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise UnfitBaton(f"the data of an event cannot be written as JSON: {error}") from error
