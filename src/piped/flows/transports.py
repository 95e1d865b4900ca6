"""Connections over asyncio's transports: TCP, Unix sockets, and stdio.

connection = await transports.connect("localhost", 7000)
await Flow(connection.fount, flows.lines(), store).run()

server = await transports.serve(lambda c: Flow(c.fount, answered, c.drain), port=7000)
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from typing import Any

from piped.flows.connection import Connection
from piped.flows.serving import Each, Serving

__all__ = ["Server", "connect", "connect_unix", "serve", "serve_unix"]

_TCP = (socket.AF_INET, socket.AF_INET6)


class _Link(asyncio.Protocol):
    """Tells a connection what its transport says."""

    def __init__(self, made: Callable[[Connection], object]) -> None:
        self._made = made
        self.connection: Connection

    def connection_made(self, transport: Any) -> None:
        # Whether all has gone is to be known.
        transport.set_write_buffer_limits(high=0)
        peer = transport.get_extra_info("peername")
        self.connection = Connection(_AsyncioWire(transport), peer)
        self._made(self.connection)

    def data_received(self, data: bytes) -> None:
        self.connection.received(data)

    def eof_received(self) -> bool:
        self.connection.peer_finished()
        return self.connection.wire.has_halves

    def resume_writing(self) -> None:
        self.connection.drain.sent()

    def connection_lost(self, failure: Exception | None) -> None:
        self.connection.lost(failure)


class _AsyncioWire:
    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self.has_halves: bool = transport.can_write_eof()

    def pause(self) -> None:
        if not self._transport.is_closing():
            self._transport.pause_reading()

    def resume(self) -> None:
        if not self._transport.is_closing():
            self._transport.resume_reading()

    def write(self, data: bytes) -> None:
        self._transport.write(data)

    def waiting(self) -> int:
        size: int = self._transport.get_write_buffer_size()
        return size

    def finish(self) -> None:
        if self.has_halves and not self._transport.is_closing():
            self._transport.write_eof()

    def close(self) -> None:
        self._transport.close()

    def abort(self) -> None:
        found = self._transport.get_extra_info("socket")
        if found is not None and found.family in _TCP and not self._transport.is_closing():
            # Or else the peer could take it for an end.
            found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()


async def connect(host: str, port: int, **options: Any) -> Connection:
    """Connect by TCP; `options` are those of asyncio: `ssl` and others."""
    loop = asyncio.get_running_loop()
    _, link = await loop.create_connection(lambda: _Link(ignore), host, port, **options)
    return link.connection


async def connect_unix(path: str, **options: Any) -> Connection:
    """Connect to a Unix socket."""
    loop = asyncio.get_running_loop()
    _, link = await loop.create_unix_connection(lambda: _Link(ignore), path, **options)
    return link.connection


async def serve(each: Each, host: str = "localhost", port: int = 0, **options: Any) -> Server:
    """Listen on TCP, and start the flow that `each` makes for a connection."""
    loop, flows = asyncio.get_running_loop(), Serving(each)
    return Server(await loop.create_server(lambda: _Link(flows.add), host, port, **options), flows)


async def serve_unix(each: Each, path: str, **options: Any) -> Server:
    """Listen on a Unix socket, and start the flow that `each` makes for a connection."""
    loop, flows = asyncio.get_running_loop(), Serving(each)
    return Server(await loop.create_unix_server(lambda: _Link(flows.add), path, **options), flows)


class Server:
    """Listens until it is closed."""

    def __init__(self, server: asyncio.Server, serving: Serving) -> None:
        self._server = server
        self._serving = serving

    @property
    def port(self) -> int:
        """On which it listens."""
        found: int = self._server.sockets[0].getsockname()[1]
        return found

    @property
    def connections(self) -> list[Connection]:
        """Those whose flows are under way."""
        return list(self._serving.connections)

    async def close(self) -> None:
        """Listen no more, take in nothing more, and wait for what is on its way."""
        self._server.close()
        await self._serving.close()


def ignore(connection: Connection) -> None:
    """Whoever has connected knows it already."""
