"""What a connection goes over: one can hear whether it is alive, and cut it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from typing import Any

from aiormq.connection import TransportFactory
from yarl import URL

__all__ = ["Wire", "hear_of_blocking"]

Hear = Callable[[Any], Awaitable[None]]


class Wire(TransportFactory):
    """Makes the transport of one connection, and knows when something was last heard over it."""

    def __init__(self, context: ssl.SSLContext | None) -> None:
        self._context = context
        self._transport: asyncio.Transport | None = None
        self._ear: _Ear | None = None

    async def create(
        self, url: URL, **others: Any
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        del others
        loop = asyncio.get_running_loop()
        self._ear = ear = _Ear(loop=loop)
        transport, protocol = await loop.create_connection(
            lambda: asyncio.StreamReaderProtocol(ear, loop=loop),
            *_address(url),
            ssl=self._context,
        )
        self._transport = transport
        return ear, asyncio.StreamWriter(transport, protocol, ear, loop)

    def heard(self) -> bool:
        """Whether something was heard since this was asked before."""
        if self._ear is None:
            return False
        heard, self._ear.heard = self._ear.heard, False
        return heard

    def cut(self) -> None:
        """End the connection at once."""
        if self._transport is not None:
            self._transport.abort()


def hear_of_blocking(connection: Any, blocked: Hear, unblocked: Hear) -> None:
    """Call these when the broker takes no more messages over a connection, and when it does again.

    aiormq writes it to its log, and has no other way to tell: here are the methods that do.
    """
    connection._Connection__handle_connection_blocked = blocked  # noqa: SLF001
    connection._Connection__handle_connection_unblocked = unblocked  # noqa: SLF001


def _address(url: URL) -> Any:
    return url.host, url.port


class _Ear(asyncio.StreamReader):
    heard = True

    def feed_data(self, data: Any) -> None:
        self.heard = True
        super().feed_data(data)
