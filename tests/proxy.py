"""A network of a test's own: what goes through it may be slow, cut, held back, or swallowed."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

__all__ = ["Proxy", "proxy"]


class Proxy:
    """Stands between clients and a server."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self.port = 0
        self.connections = 0  # how many there were
        self.silent = False  # whether it swallows all, with its connections open
        self.latency = 0.0  # seconds that each piece takes
        self._server = host, port
        self._passes = asyncio.Event()
        self._passes.set()
        self._listening: asyncio.Server | None = None
        self._going: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()

    async def open(self, tls: ssl.SSLContext | None = None) -> None:
        """Let clients in; at the port of before, if there was one."""
        self._listening = await asyncio.start_server(
            self._connected, "127.0.0.1", self.port, ssl=tls
        )
        self.port = self._listening.sockets[0].getsockname()[1]

    async def refuse(self) -> None:
        """Let nobody in any more."""
        if self._listening is None:
            return
        for listening in self._listening.sockets:
            asyncio.get_running_loop().remove_reader(listening)
        # Whoever is just coming in comes in: asyncio would forget it, and leave it open.
        for _ in range(5):
            await asyncio.sleep(0)
        self._listening.close()
        self._listening = None

    def narrow(self, size: int) -> None:
        """Let whoever comes in from now on send no more than that ahead."""
        assert self._listening is not None, "it lets nobody in"
        for each in self._listening.sockets:
            each.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)

    def stall(self) -> None:
        """Hold back all that comes, until `go`."""
        self._passes.clear()

    def go(self) -> None:
        self._passes.set()

    def cut(self) -> None:
        """End all connections."""
        for writer in self._writers:
            writer.transport.abort()

    async def close(self) -> None:
        await self.refuse()
        self.cut()
        for task in self._going:
            task.cancel()
        if self._going:
            await asyncio.wait(self._going)

    async def _connected(self, here: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(back)
        self._is_going(asyncio.current_task())
        try:
            there, forth = await asyncio.open_connection(*self._server)
        except OSError:
            back.transport.abort()
            return
        self._writers.add(forth)
        for reader, writer in ((here, forth), (there, back)):
            self._is_going(asyncio.create_task(self._pass_on(reader, writer)))

    def _is_going(self, task: asyncio.Task[None] | None) -> None:
        assert task is not None, "what connects is a task"
        self._going.add(task)
        task.add_done_callback(self._going.discard)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                if self.latency:
                    await asyncio.sleep(self.latency)
                await self._passes.wait()
                if not self.silent:
                    writer.write(data)
                    await writer.drain()
        writer.close()


@asynccontextmanager
async def proxy(
    port: int, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[Proxy]:
    """One that lets clients in."""
    one = Proxy(port, host)
    await one.open(tls)
    try:
        yield one
    finally:
        await one.close()
