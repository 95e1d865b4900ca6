"""Real connections of all kinds, to be tested alike."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from piped.flows import endpoints, transports
from piped.flows.connection import Connection

__all__ = ["WAYS", "Net", "Unix", "until"]


async def until(holds: Callable[[], object]) -> None:
    """Wait for it; the limit is that of the test."""
    while not holds():  # noqa: ASYNC110 - nobody tells of it
        await asyncio.sleep(0.001)


class Net:
    """Serves and connects in one way."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.servers: list[Any] = []
        self.connections: list[Connection] = []

    async def serve(self, each: Callable[[Connection], Any]) -> Any:
        server = await self.start(each)
        self.servers.append(server)
        return server

    async def connect(self) -> Connection:
        connection = await self.reach(self.servers[0])
        self.connections.append(connection)
        return connection

    async def start(self, each: Callable[[Connection], Any]) -> Any:
        raise NotImplementedError

    def reach(self, server: Any) -> Awaitable[Connection]:
        raise NotImplementedError

    async def close(self) -> None:
        for connection in self.connections:
            connection.abort()
        for server in self.servers:
            for connection in server.connections:
                connection.abort()
            await server.close()


class Tcp(Net):
    async def start(self, each: Callable[[Connection], Any]) -> Any:
        return await transports.serve(each, "127.0.0.1")

    def reach(self, server: Any) -> Awaitable[Connection]:
        return transports.connect("127.0.0.1", server.port)


class Unix(Net):
    async def start(self, each: Callable[[Connection], Any]) -> Any:
        return await transports.serve_unix(each, str(self.folder / "socket"))

    def reach(self, server: Any) -> Awaitable[Connection]:
        return transports.connect_unix(str(self.folder / "socket"))


class Endpoints(Net):
    async def start(self, each: Callable[[Connection], Any]) -> Any:
        from twisted.internet import reactor
        from twisted.internet.endpoints import serverFromString

        endpoint = serverFromString(reactor, "tcp:0:interface=127.0.0.1")
        return await endpoints.listen(endpoint, each)

    def reach(self, server: Any) -> Awaitable[Connection]:
        from twisted.internet import reactor
        from twisted.internet.endpoints import clientFromString

        return endpoints.connection(
            clientFromString(reactor, f"tcp:127.0.0.1:{server.address.port}")
        )


WAYS: dict[str, type[Net]] = {"tcp": Tcp, "unix": Unix, "twisted": Endpoints}
