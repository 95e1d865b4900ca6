"""A request, as code written for `twisted.web` knows it; and what there is beyond that.

Nothing that is not asked for is computed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from io import BytesIO
from typing import IO, Any
from urllib.parse import unquote_to_bytes

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionLost
from twisted.python.failure import Failure
from twisted.web.http_headers import Headers

from piped.web.engine import private
from piped.web.engine.answering import UNMADE, Answering
from piped.web.engine.channel import Channel, view_of
from piped.web.engine.contracts import Line
from piped.web.engine.forms import Form, form_of
from piped.web.engine.head import Facts
from piped.web.engine.lazy import lazy
from piped.web.engine.pulling import Pulling

__all__ = ["Request"]

# What Twisted copies to another process, and what stays here.
_COPIED = [
    "args",
    "channel",
    "client",
    "content",
    "host",
    "path",
    "postpath",
    "prepath",
    "received_cookies",
    "requestHeaders",
    "responseHeaders",
    "site",
    "transport",
    "uri",
]
_OURS = frozenset(
    {"connection", "raw", "body", "form", "_fields", "_head", "responseHeaders", "kept_channel"}
)


class Request(Answering):
    """A `twisted.web.server.Request` of a `Connection`."""

    clientproto = b"HTTP/1.1"
    queued = False
    sitepath: list[bytes] = []  # noqa: RUF012 - as Twisted has it: replaced, never changed
    # The length of the body: None if it comes in chunks.
    length: int | None = 0
    continues = False
    upgrades = False
    agent = referer = b""
    # When its head came, for an access log that says how long answers took.
    began = 0.0
    # Who asked, for the access log, if that is not the one at the other end of the connection.
    logged_client: bytes | None = None
    _notifications: list[Deferred[None]] | None = None
    _lost_calls: list[Callable[[], object]] | None = None

    def __init__(
        self,
        connection: Line,
        method: bytes,
        uri: bytes,
        raw: list[tuple[bytes, bytes]],
    ) -> None:
        # Twisted's own __init__ computes what is lazy here.
        self.connection = connection
        self.method = method
        self.uri = uri
        self.raw = raw
        self._fields: dict[bytes, list[bytes]] = {}

    def heed(self, facts: Facts) -> None:
        """What is out of the ordinary about it."""
        if facts.version != b"HTTP/1.1":
            self.clientproto = facts.version
        if not facts.keep_alive:
            self.keeps_alive = False
        self.length = facts.length
        self.continues = facts.continues
        self.upgrades = facts.upgrades

    # What came

    @lazy
    def requestHeaders(self) -> Headers:
        fields: dict[bytes, list[bytes]] = {}
        known = private.canonical_names.get
        for name, value in self.raw:
            name = known(name) or private.header_name(name)  # noqa: PLW2901
            value = value.rstrip(b" \t")  # noqa: PLW2901
            if name in fields:
                fields[name].append(value)
            else:
                fields[name] = [value]
        return private.headers_over(fields)

    def getHeader(self, key: Any) -> Any:
        if key.__class__ is not bytes or "requestHeaders" in self.__dict__:
            return super().getHeader(key)
        wanted = key.lower()
        for name, value in reversed(self.raw):
            if len(name) == len(wanted) and name.lower() == wanted:
                return value.rstrip(b" \t")
        return None

    @lazy
    def responseHeaders(self) -> Headers:
        return private.headers_over(self._fields)

    @lazy
    def path(self) -> bytes:
        return self.uri.split(b"?", 1)[0]

    @lazy
    def prepath(self) -> list[bytes]:
        return []

    @lazy
    def postpath(self) -> list[bytes]:
        return [unquote_to_bytes(part) for part in self.path[1:].split(b"/")]

    @lazy
    def args(self) -> dict[bytes, list[bytes]]:
        return self.form.args

    @lazy
    def form(self) -> Form:
        return form_of(self)

    @lazy
    def content(self) -> IO[bytes]:
        body = self.body
        return BytesIO() if body is None else body.content()

    @lazy
    def received_cookies(self) -> dict[bytes, bytes]:
        found: dict[bytes, bytes] = {}
        self.received_cookies = found
        self.parseCookies()
        return found

    @property
    def cookies(self) -> list[bytes]:  # type: ignore[override]
        if self._cookies is None:
            self._cookies = []
        return self._cookies

    @property
    def notifications(self) -> list[Deferred[None]]:  # type: ignore[override]
        if self._notifications is None:
            self._notifications = []
        return self._notifications

    @property  # type: ignore[override]
    def channel(self) -> Channel | None:
        kept: Channel | None = self.kept_channel
        if kept is UNMADE:
            kept = self.kept_channel = Channel(self.connection)
        return kept

    @channel.setter
    def channel(self, channel: Channel | None) -> None:
        self.kept_channel = channel

    @lazy
    def transport(self) -> Any:
        return view_of(self.connection)

    @lazy
    def client(self) -> Any:
        return self.transport.getPeer()

    @lazy
    def host(self) -> Any:
        return self.transport.getHost()

    @lazy
    def site(self) -> Any:
        return self.connection.server.site

    @lazy
    def _adapterCache(self) -> dict[str, Any]:
        return {}

    def isSecure(self) -> bool:
        return bool(self._forceSSL) or self.connection.is_secure

    # Beyond Twisted

    def stream_body(self) -> None:
        """To be called in `expect`: have `handle` called at once, and the body come in pieces."""
        if self.body is not None and not self.body.is_complete:
            connection = self.connection
            self.body.stream(connection.pause_stream)

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body, in pieces. If it is streamed, a slow reader makes the client wait."""
        if self.body is not None:
            async for piece in self.body:
                yield piece

    async def drained(self) -> None:
        """Wait until the client has taken most of what was written.

        Raises `ConnectionLost` if it is gone.
        """
        await self.connection.drained()
        if self._disconnected:
            raise ConnectionLost("the client is gone")

    def switch(self, protocol: asyncio.Protocol) -> None:
        """Send the head, and have `protocol` speak from there on."""
        self.write(b"")
        self.is_collecting = False
        self.release()
        self.finished = 1
        self.kept_channel = None
        self.connection.switch(protocol)

    def when_lost(self, function: Callable[[], object]) -> None:
        """Call `function` if the client goes away before it has its answer."""
        if self._disconnected:
            function()
        elif self._lost_calls is None:
            self._lost_calls = [function]
        else:
            self._lost_calls.append(function)

    # From the connection

    def process(self) -> None:
        self.connection.server.handler.handle(self)

    def lose(self, reason: Exception) -> None:
        """Nobody waits for the answer any more."""
        private.tell_disconnected(self)
        self.kept_channel = None
        if self.body is not None:
            self.body.break_off(reason)
            self.body.close()
        if "content" in self.__dict__:
            self.content.close()
        for function in self._lost_calls or ():
            function()
        self.tell(Failure(reason))

    def tell(self, reason: Failure | None) -> None:
        """Fire what `notifyFinish` gave."""
        waiting, self._notifications = self._notifications, None
        for deferred in waiting or ():
            if reason is None:
                deferred.callback(None)
            else:
                deferred.errback(reason)

    def connectionLost(self, reason: Failure) -> None:
        assert isinstance(reason.value, Exception)
        self.lose(reason.value)

    def getStateToCopyFor(self, issuer: Any) -> dict[str, Any]:
        """What goes to another process (`twisted.web.distrib`)."""
        for name in _COPIED:
            vars(self)[name] = getattr(self, name)
        state: dict[str, Any] = super().getStateToCopyFor(issuer)
        return {name: value for name, value in state.items() if name not in _OURS}

    # Producers

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        if self.producer is not None:
            raise ValueError(
                f"registering producer {producer} before previous one ({self.producer}) was "
                "unregistered"
            )
        self.streamingProducer = streaming
        self.producer = producer
        if self._disconnected:
            producer.stopProducing()
            return
        self.release()
        if not streaming:
            producer = Pulling(producer, self)
        self.connection.producer = producer
        if not streaming:
            producer.startStreaming()

    def unregisterProducer(self) -> None:
        pushing, self.connection.producer = self.connection.producer, None
        if pushing is not None and not self.streamingProducer:
            pushing.stopStreaming()
        self.producer = None
