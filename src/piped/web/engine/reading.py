"""From bytes to requests: what the parser says, and what it does not look at."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, cast

from httptools import (
    HttpParserCallbackError,
    HttpParserError,
    HttpParserInvalidMethodError,
    HttpParserUpgrade,
    HttpRequestParser,
)

from piped.web.engine.contracts import Service
from piped.web.engine.head import (
    AGENT,
    CONNECTION,
    HOST,
    LENGTH,
    METHODS,
    NOTED,
    NOTED_LENGTHS,
    PLAIN,
    REFERER,
    Facts,
    Refusal,
    facts,
)
from piped.web.engine.request import Request

__all__ = ["BODY", "CLOSING", "HEAD", "IDLE", "LINGERING", "Reading"]

log = logging.getLogger(__name__)

# What is being waited for.
IDLE, HEAD, BODY, LINGERING, CLOSING = range(5)
# Parsed at once. The parser cannot be stopped: more than the heads in here is never read ahead.
_SLICE = 4096
# What may come with chunks that is not their content: 16 KiB, and some for each chunk and byte.
_EXCESS, _CHUNK_OVERHEAD, _BYTE_OVERHEAD = 16 * 1024, 16, 2
_FIRST = 32
# What the parser says that is no fault of the form.
_STATUS = {
    "Invalid HTTP version": 505,
    "Pause on PRI/Upgrade": 505,
    "Invalid method for HTTP/x.x request": 501,
}


class Reading(asyncio.Protocol):
    """The half of a connection that hears."""

    __slots__ = (
        "_excess",
        "_fed",
        "_first",
        "_raw",
        "_resumes",
        "_size",
        "_target",
        "began",
        "current",
        "deaf",
        "feeding",
        "held",
        "incoming",
        "is_behind",
        "is_clogged",
        "limits",
        "parser",
        "phase",
        "received",
        "server",
        "since",
        "transport",
        "unwritten",
    )

    transport: asyncio.Transport

    def __init__(self, server: Service) -> None:
        self.server = server
        self.limits = server.limits
        self.parser: Any = None
        # The request whose head has come, and whose end has not; the one that is being answered.
        self.incoming: Request | None = None
        self.current: Request | None = None
        # Is there something to be done that is neither?
        self.is_behind = False
        self.is_clogged = False
        self.held = b""
        # Answers that leave at the end of this turn of the loop: see `outgoing`.
        self.unwritten = b""
        self.phase = IDLE
        self.since = self.began = server.now
        self.received = 0
        self.deaf = False
        self.feeding = False
        self._target = b""
        self._raw: list[tuple[bytes, bytes]] = []
        # How much of a head came before what is being parsed, and with it.
        self._fed = 0
        self._size = 0
        self._first = b""
        self._excess = 0
        self._resumes = False

    @property
    def stream(self) -> asyncio.Transport:
        """The way to the client, on which all has gone that was to go before."""
        if self.unwritten:
            data, self.unwritten = self.unwritten, b""
            self.transport.write(data)
        return self.transport

    # What is done about it is told by the other half.

    def may_read(self) -> bool:
        raise NotImplementedError

    def hold(self, data: bytes) -> None:
        raise NotImplementedError

    def head_came(self, request: Request, facts: Facts) -> None:
        raise NotImplementedError

    def body_comes(self, request: Request) -> None:
        raise NotImplementedError

    def request_came(self, request: Request) -> None:
        raise NotImplementedError

    def handle(self, request: Request) -> None:
        raise NotImplementedError

    def refuse(self, refusal: Refusal) -> None:
        raise NotImplementedError

    def advance(self) -> None:
        raise NotImplementedError

    # From the transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Those of uvloop are transports without saying so.
        self.transport = cast("asyncio.Transport", transport)
        self.parser = HttpRequestParser(self)

    def data_received(self, data: bytes) -> None:
        if self.current is None and not self.deaf and len(data) <= _SLICE and not self.is_clogged:
            self.feeding = True
            if self.phase == IDLE:
                self.phase, self.since = HEAD, self.server.now
            self._feed(data)
            self.feeding = False
        elif self.may_read():
            self.parse(data)
        else:
            self.hold(data)
        if self.is_behind:
            self.advance()

    def parse(self, data: bytes) -> None:
        """Let the parser see `data`, or as much of it as is not ahead of its time."""
        self.feeding = True
        if self.phase == IDLE:
            self.phase, self.since = HEAD, self.server.now
        self._feed_slices(data)
        self.feeding = False

    def _feed_slices(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            if not self.may_read():
                self.hold(bytes(view))
                return
            size = _SLICE
            if self.incoming is not None and self.incoming.body is not None:
                length, body = self.incoming.length, self.incoming.body
                size = max(size, (length or 0) - body.size)
            self._feed(bytes(view[:size]))
            view = view[size:]

    def _feed(self, data: bytes) -> None:
        size = self._size = len(data)
        rest = None
        try:
            self.parser.feed_data(data)
        except HttpParserUpgrade as upgrade:
            rest = data[upgrade.args[0] :]
        except HttpParserCallbackError as error:
            if not isinstance(error.__context__, Refusal):
                log.exception("reading failed")
            self.refuse(
                error.__context__
                if isinstance(error.__context__, Refusal)
                else Refusal(500, "reading failed")
            )
        except HttpParserInvalidMethodError:
            self.refuse(self._unknown_method(data))
        except HttpParserError as error:
            self.refuse(Refusal(_STATUS.get(str(error), 400), str(error)))
        else:
            if self.phase == HEAD:
                self._count_head(data, size)
            elif self.phase == BODY:
                self._count_body(size)
            return
        if rest is not None:
            # Not in the handler above: the parser tells by its context what a callback has raised.
            self._feed_rest(rest)

    def _feed_rest(self, data: bytes) -> None:
        """Another protocol was offered. That is for the handler; if it has a body, read that."""
        if self._resumes:
            self._resumes = False
            request = self.incoming
            if request is None:
                return
            self.parser = HttpRequestParser(_Resumed(self))
            framing = (
                b"Transfer-Encoding: chunked"
                if request.length is None
                else b"Content-Length: %d" % request.length
            )
            self.parser.feed_data(b"POST / HTTP/1.1\r\nHost:\r\n%b\r\n\r\n" % framing)
        if self.may_read():
            if data:
                self._feed(data)
        else:
            self.hold(data)

    def _unknown_method(self, data: bytes) -> Refusal:
        start = (self._first + data[:_FIRST]).lstrip(b"\r\n")
        name = start.split(b" ", 1)[0]
        if name.replace(b"-", b"").isalpha():
            return Refusal(501, "a method that is not known here")
        return Refusal(400, "not a request")

    def _count_head(self, data: bytes, size: int) -> None:
        if not self._target and len(self._first) < _FIRST:
            self._first += data[:_FIRST]
        self._fed += size
        if len(self._target) > self.limits.target:
            self.refuse(Refusal(414, "a target that is too long"))
        elif self._fed - _SLICE > self.limits.head + self.limits.target:
            self.refuse(Refusal(431, "a head that is too large"))

    def _count_body(self, size: int) -> None:
        self.since = self.server.now
        self.received += size
        request = self.incoming
        if request is not None and request.length is None:
            self._excess += size
            if self._excess > _EXCESS:
                self.refuse(Refusal(400, "chunks that are hardly content"))

    # From the parser

    def on_url(self, piece: bytes) -> None:
        if self._target:
            self._target += piece
        else:
            self._target = piece
            self.phase = HEAD

    def on_header(self, name: bytes, value: bytes) -> None:
        self._raw.append((name, value))

    def on_headers_complete(self) -> None:  # noqa: C901, PLR0912 - in one piece: it runs for each request
        target, raw = self._target, self._raw
        self._target, self._raw = b"", []
        if self._fed or self._size > self.limits.target or len(raw) > self.limits.fields:
            self._measure(target, raw)
        parser = self.parser
        method = parser.get_method()
        noted = 0
        host = length = b""
        request = self.incoming = Request(self, method, target, raw)  # type: ignore[arg-type]
        if self.server.has_durations:
            request.began = self.server.clock.monotonic()
        for name, value in raw:
            kind = NOTED.get(name)
            if kind is None and len(name) in NOTED_LENGTHS:
                kind = NOTED.get(name.lower())
            if not kind:
                continue
            if kind == HOST:
                if noted & HOST:
                    raise Refusal(400, "more than one Host")
                host = value
            elif kind == LENGTH:
                length = value
            elif kind == AGENT:
                request.agent = value
            elif kind == REFERER:
                request.referer = value
            noted |= kind
        if (
            noted & HOST
            and not noted & ~PLAIN
            and parser.should_keep_alive()
            and method in METHODS
            and target[:1] == b"/"
            and b"#" not in target
            and self.server.knows_host(host)
            # Without saying so, only HTTP/1.1 keeps a connection.
            and (not noted & CONNECTION or parser.get_http_version() == "1.1")
        ):
            if length:
                request.length = int(length)
                if request.length:
                    self.body_comes(request)
            return
        found = facts(method, target, parser.get_http_version(), parser.should_keep_alive(), raw)
        self._resumes = parser.should_upgrade() and found.length != 0
        self.head_came(request, found)

    def _measure(self, target: bytes, raw: list[tuple[bytes, bytes]]) -> None:
        if len(target) > self.limits.target:
            raise Refusal(414, "a target that is too long")
        size = sum(len(name) + len(value) + 4 for name, value in raw)
        if len(target) + size > self.limits.head or len(raw) > self.limits.fields:
            raise Refusal(431, "a head that is too large")

    def on_body(self, piece: bytes) -> None:
        request = self.incoming
        if request is None or request.body is None or request.finished:
            return
        self._excess -= len(piece) * (1 + _BYTE_OVERHEAD)
        request.body.feed(piece)

    def on_chunk_header(self) -> None:
        self._excess = max(self._excess - _CHUNK_OVERHEAD, 0)

    def on_message_complete(self) -> None:
        if self._resumes:
            return
        request = self.incoming
        if request is None:
            return
        self.incoming = None
        self.phase = IDLE
        if self._fed:
            self._fed = 0
            self._first = b""
        if request.body is None:
            if self.current is None and not self.is_behind and not self.is_clogged:
                self.current = request
                self.handle(request)
                return
        else:
            self._raw = []
            self._excess = self.received = 0
            self.began = self.server.now
        if not request.finished:
            self.request_came(request)


class _Resumed:
    """Hears a parser that was made to read the body of a request whose head another one has read.

    The first head it hears of is one we wrote ourselves.
    """

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._is_past = False
        self.on_body = reading.on_body
        self.on_chunk_header = reading.on_chunk_header
        self.on_message_complete = reading.on_message_complete

    def on_url(self, piece: bytes) -> None:
        if self._is_past:
            self._reading.on_url(piece)

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._is_past:
            self._reading.on_header(name, value)

    def on_headers_complete(self) -> None:
        if self._is_past:
            self._reading.on_headers_complete()
        self._is_past = True
