"""The connections to one handler: their number, their time, their end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from twisted.web.http import datetimeToString

from piped.clock import Clock, LoopClock, Wakeup
from piped.web.engine import response
from piped.web.engine.access_log import AccessLog, client_name
from piped.web.engine.compression import Compression
from piped.web.engine.connection import Connection
from piped.web.engine.handler import Handler
from piped.web.engine.head import is_host
from piped.web.engine.heads import Heads
from piped.web.engine.limits import Limits
from piped.web.engine.outgoing import Outgoing
from piped.web.engine.sessions import site_on

if TYPE_CHECKING:
    from piped.web.engine.request import Request

__all__ = ["Server"]

# How often the clock is looked at.
_TICK = 0.5
_HOSTS = 1000


class Server:
    """Makes a `Connection` for each client.

    Attributes:
        protocols: Other protocols by their ALPN name: what is called to make one.
    """

    def __init__(
        self,
        handler: Handler,
        limits: Limits | None = None,
        access_log: AccessLog | None = None,
        *,
        clock: Clock | None = None,
        name: bytes = b"piped",
        site: Any = None,
        compression: Compression | None = None,
    ) -> None:
        self.handler = handler
        self.limits = limits or Limits()
        self.clock = clock or LoopClock()
        self.name = name
        self._site = site
        self.compression = compression
        self.connections: set[Connection] = set()
        # What other protocols speak on. It is closed with the server.
        self.handed_over: list[asyncio.Transport] = []
        self.protocols: dict[str, Callable[[Server], asyncio.Protocol]] = {}
        self.is_closing = False
        self.access_log = access_log
        self.record: Callable[[Request], object] | None = (
            access_log.record if access_log is not None else None
        )
        self.has_durations = access_log is not None and access_log.has_durations
        # The time, as it was at the last tick.
        self.now = self.clock.monotonic()
        self.wall = self.clock.time()
        self.outgoing = Outgoing()
        self._tick: Wakeup | None = None
        # The Server and Date lines.
        self.preface = b""
        self.heads = Heads(b"")
        self._hosts: set[bytes] = set()
        self._empty: asyncio.Event | None = None

    def __call__(self) -> Connection:
        return Connection(self)

    @property
    def site(self) -> Any:
        """What Twisted's requests know as their site: it has the sessions."""
        if self._site is None:
            self._site = site_on(self.clock)
        return self._site

    @site.setter
    def site(self, site: Any) -> None:
        self._site = site

    def connect(self, connection: Connection) -> asyncio.Protocol | None:
        """Welcome a client. The protocol that is to speak with it, if that is not HTTP/1.1."""
        if self.protocols:
            tls = connection.stream.get_extra_info("ssl_object")
            chosen = tls.selected_alpn_protocol() if tls is not None else None
            if chosen in self.protocols:
                return self.protocols[chosen](self)
        if self.record is not None:
            connection.name = client_name(connection.stream.get_extra_info("peername") or "")
        if self._tick is None:
            self._wake()
            connection.since = self.now
        count = len(self.connections) + len(self.handed_over)
        if self.is_closing or count >= self.limits.connections:
            connection.stream.write(response.refusal(503, self.preface))
            connection.close()
        self.connections.add(connection)
        return None

    def disconnect(self, connection: Connection) -> None:
        self.connections.discard(connection)
        if not self.connections and self._empty is not None:
            self._empty.set()

    def hand_over(self, connection: Connection) -> None:
        """Another protocol speaks on this connection now."""
        self.handed_over.append(connection.stream)
        self.disconnect(connection)

    def knows_host(self, value: bytes) -> bool:
        """May this stand in Host? What was seen before is not looked at again."""
        if value in self._hosts:
            return True
        if not is_host(value):
            return False
        if len(self._hosts) < _HOSTS:
            self._hosts.add(value)
        return True

    def _wake(self) -> None:
        self.now = now = self.clock.monotonic()
        self.wall = self.clock.time()
        date = datetimeToString(self.wall)
        self.preface = b"Server: %b\r\nDate: %b\r\n" % (self.name, date)
        self.heads = Heads(self.preface)
        for connection in tuple(self.connections):
            connection.check(now)
        if self.handed_over:
            self.handed_over = [each for each in self.handed_over if not each.is_closing()]
        if self.access_log is not None:
            self.access_log.flush()
        # With nobody there the clock stands still.
        self._tick = self.clock.call_later(_TICK, self._wake if self.connections else self._rest)

    def _rest(self) -> None:
        self._tick = None
        if self.connections:
            self._wake()
        elif self.access_log is not None:
            self.access_log.flush()

    async def stop(self) -> None:
        """Let what is running end, within `Limits.close_time`; then close all."""
        self.is_closing = True
        for connection in tuple(self.connections):
            connection.stop()
        if self.connections:
            self._empty = asyncio.Event()
            late = self.clock.call_later(self.limits.close_time, self._empty.set)
            await self._empty.wait()
            late.cancel()
        for connection in tuple(self.connections):
            connection.abort()
        for stream in self.handed_over:
            stream.close()
        if self._tick is not None:
            self._tick.cancel()
            self._tick = None
        if self.access_log is not None:
            self.access_log.flush()
