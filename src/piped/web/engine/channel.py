"""A connection and its transport, as `twisted.web` and Twisted know them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.interfaces import ISSLTransport, ITCPTransport, ITransport
from twisted.python.failure import Failure
from zope.interface import directlyProvides, implementer

from piped.web.engine.contracts import Line

__all__ = ["Channel", "address", "view_of"]


def address(name: Any) -> Any:
    """A name of a socket, as Twisted has it."""
    if isinstance(name, tuple):
        if len(name) == 4:
            return IPv6Address("TCP", *name)
        return IPv4Address("TCP", *name)
    return UNIXAddress(name or None)


def view_of(connection: Line) -> Transport:
    """The transport of `connection`."""
    view = Transport(connection)
    if connection.is_secure:
        directlyProvides(view, ISSLTransport)
    elif isinstance(connection.stream.get_extra_info("sockname"), tuple):
        directlyProvides(view, ITCPTransport)
    return view


@implementer(ITransport)
class Transport:
    """Twisted's view of a transport of the loop."""

    def __init__(self, connection: Line) -> None:
        self._connection = connection

    @property
    def _stream(self) -> asyncio.Transport:
        return self._connection.stream

    @property
    def disconnecting(self) -> bool:
        return self._stream.is_closing()

    def write(self, data: bytes) -> None:
        self._stream.write(data)

    def writeSequence(self, data: Iterable[bytes]) -> None:
        self._stream.write(b"".join(data))

    def loseConnection(self) -> None:
        self._connection.close()

    def abortConnection(self) -> None:
        self._connection.abort()

    def loseWriteConnection(self) -> None:
        if self._stream.can_write_eof():
            self._stream.write_eof()

    def getPeer(self) -> Any:
        return address(self._stream.get_extra_info("peername"))

    def getHost(self) -> Any:
        return address(self._stream.get_extra_info("sockname"))

    def getHandle(self) -> Any:
        return self._stream.get_extra_info("socket")

    def getPeerCertificate(self) -> Any:
        tls = self._stream.get_extra_info("ssl_object")
        return None if tls is None else tls.getpeercert(binary_form=True)

    def getTcpNoDelay(self) -> bool:
        return True

    def setTcpNoDelay(self, enabled: bool) -> None:
        """It is always on."""

    def getTcpKeepAlive(self) -> bool:
        return False

    def setTcpKeepAlive(self, enabled: bool) -> None:
        """Idle connections are closed by time."""

    def pauseProducing(self) -> None:
        self._stream.pause_reading()

    def resumeProducing(self) -> None:
        self._stream.resume_reading()

    def stopProducing(self) -> None:
        self._connection.close()

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        del streaming
        self._connection.producer = producer

    def unregisterProducer(self) -> None:
        self._connection.producer = None


class Guest(asyncio.Protocol):
    """A protocol of Twisted's on a transport of the loop."""

    def __init__(self, protocol: Any, transport: Transport) -> None:
        self._protocol = protocol
        self._transport = transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        del transport
        self._protocol.makeConnection(self._transport)

    def data_received(self, data: bytes) -> None:
        self._protocol.dataReceived(data)

    def connection_lost(self, exc: Exception | None) -> None:
        reason = ConnectionDone() if exc is None else ConnectionLost(str(exc))
        self._protocol.connectionLost(Failure(reason))


class Channel:
    """What code for `twisted.web` asks of the channel of a request."""

    factory = None

    def __init__(self, connection: Line) -> None:
        self._connection = connection
        self.transport = view_of(connection)

    @property
    def site(self) -> Any:
        return self._connection.server.site

    @property
    def persistent(self) -> bool:
        current = self._connection.current
        return current is None or current.keeps_alive

    def getPeer(self) -> Any:
        return self.transport.getPeer()

    def getHost(self) -> Any:
        return self.transport.getHost()

    def isSecure(self) -> bool:
        return self._connection.is_secure

    def write(self, data: bytes) -> None:
        self.transport.write(data)

    def writeSequence(self, data: Iterable[bytes]) -> None:
        self.transport.writeSequence(data)

    def loseConnection(self) -> None:
        self._connection.close()

    def abortConnection(self) -> None:
        self._connection.abort()

    forceAbortClient = abortConnection

    def _protocolUpgradeForWebsockets(self, protocol: Any) -> None:
        # `twisted.web.websocket` asks for it.
        self._connection.switch(Guest(protocol, self.transport))
