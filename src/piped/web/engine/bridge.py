"""Connections of Twisted's own transports, for endpoints that only Twisted can open."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IPushProducer, ISSLTransport
from twisted.internet.protocol import Factory, Protocol
from twisted.python.failure import Failure
from zope.interface import implementer

from piped.interop import settled
from piped.web.engine.server import Server

__all__ = ["open_with_twisted"]


async def open_with_twisted(
    description: str, server: Server
) -> tuple[list[Any], Callable[[], object]]:
    """What was opened, and what closes it."""
    from twisted.internet import reactor
    from twisted.internet.endpoints import serverFromString

    factory = Factory.forProtocol(lambda: Bridge(server))
    port = await settled(serverFromString(reactor, description).listen(factory))
    host = port.getHost()
    return [(host.host, host.port) if hasattr(host, "port") else host], port.stopListening


@implementer(IPushProducer)
class Bridge(Protocol):
    """Twisted's side of a connection."""

    def __init__(self, server: Server) -> None:
        self._target: Any = server()

    def connectionMade(self) -> None:
        transport: Any = self.transport
        transport.registerProducer(self, True)
        self._target.connection_made(Reversed(self))

    def switch(self, protocol: asyncio.BaseProtocol) -> None:
        self._target = protocol

    def dataReceived(self, data: bytes) -> None:
        self._target.data_received(data)

    def connectionLost(self, reason: Failure = Failure(ConnectionDone())) -> None:  # noqa: B008
        failure = reason.value
        is_done = isinstance(failure, ConnectionDone)
        self._target.connection_lost(None if is_done else failure)

    def pauseProducing(self) -> None:
        self._target.pause_writing()

    def resumeProducing(self) -> None:
        self._target.resume_writing()

    def stopProducing(self) -> None:
        """The connection is about to be lost; that is told as well."""


class Reversed(asyncio.Transport):
    """A transport of Twisted's, as asyncio knows them."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._transport: Any = bridge.transport
        self._is_closing = False
        transport: Any = bridge.transport
        super().__init__(
            {
                "peername": _name(transport.getPeer()),
                "sockname": _name(transport.getHost()),
                "sslcontext": ISSLTransport.providedBy(transport) or None,
            }
        )

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._transport.write(bytes(data))

    def close(self) -> None:
        self._is_closing = True
        self._transport.unregisterProducer()
        self._transport.loseConnection()

    def abort(self) -> None:
        self._is_closing = True
        self._transport.abortConnection()

    def is_closing(self) -> bool:
        return self._is_closing

    def pause_reading(self) -> None:
        self._transport.pauseProducing()

    def resume_reading(self) -> None:
        self._transport.resumeProducing()

    def get_write_buffer_size(self) -> int:
        # Twisted does not tell.
        return 0

    def can_write_eof(self) -> bool:
        return False

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._bridge.switch(protocol)


def _name(address: Any) -> Any:
    if hasattr(address, "port"):
        return (address.host, address.port)
    return getattr(address, "name", None) or ""
