"""Connections over Twisted's endpoints.

connection = await endpoints.connection(TCP4ClientEndpoint(reactor, "localhost", 7000))
port = await endpoints.listen(endpoint, lambda c: Flow(c.fount, answered, c.drain))
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, cast

from twisted.internet.interfaces import (
    IHalfCloseableProtocol,
    INegotiated,
    IPullProducer,
    IPushProducer,
)
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from piped.flows.connection import MOST, Connection
from piped.flows.reason import failed
from piped.flows.serving import Each, Serving
from piped.interop import settled

__all__ = ["Listening", "connection", "listen", "stdio"]


@implementer(IHalfCloseableProtocol)
class _Plumbing(Protocol):
    """Tells a connection what its transport says."""

    def __init__(self, made: Callable[[Connection], object]) -> None:
        self._made = made
        self.connection: Connection

    def connectionMade(self) -> None:
        transport: Any = self.transport
        # Below TLS there is a connection that has sides; TLS has none.
        is_tls = INegotiated.providedBy(transport) or getattr(transport, "TLS", False)
        self._wire = _TlsWire(transport) if is_tls else _TwistedWire(transport)
        self.connection = Connection(self._wire, transport.getPeer())
        self._wire.sent = self.connection.drain.sent
        transport.registerProducer(self._wire, is_tls)
        self._made(self.connection)

    def dataReceived(self, data: bytes) -> None:
        self.connection.received(data)

    def readConnectionLost(self) -> None:
        self.connection.peer_finished()

    def writeConnectionLost(self) -> None:
        if not self._wire.is_leaving:  # or else it is what we wanted
            failure = BrokenPipeError("nobody reads what is sent")
            self.connection.drain.connection_lost(failed(failure))

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        from twisted.internet.error import ConnectionDone

        value = reason.value
        self.connection.lost(None if isinstance(value, ConnectionDone) else value)


@implementer(IPullProducer)
class _TwistedWire:
    """Is asked for more when all has gone: so it knows."""

    sent: Callable[[], object]

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self._waiting = 0
        self._leave: Callable[[], object] | None = None  # to be done when all has gone
        self.is_leaving = False
        self.has_halves = hasattr(transport, "loseWriteConnection")

    def pause(self) -> None:
        self._transport.pauseProducing()

    def resume(self) -> None:
        self._transport.resumeProducing()

    def write(self, data: bytes) -> None:
        self._waiting += len(data)
        self._transport.write(data)

    def waiting(self) -> int:
        return self._waiting

    def finish(self) -> None:
        if self.has_halves:
            self._leave_by(self._transport.loseWriteConnection)

    def close(self) -> None:
        self._leave_by(self._transport.loseConnection)

    def abort(self) -> None:
        self._waiting = 0
        self._leave_by(getattr(self._transport, "abortConnection", self._transport.loseConnection))

    def resumeProducing(self) -> None:
        self._waiting = 0
        self.sent()
        leave, self._leave = self._leave, None
        if leave is not None:
            self._leave_by(leave)

    def stopProducing(self) -> None:
        """It is lost: of that it is told, too."""

    def _leave_by(self, leave: Callable[[], object]) -> None:
        # What has a producer waits for more of it, and closes nothing.
        if self._waiting:
            self._leave = leave
            return
        if not self.is_leaving:
            self.is_leaving = True
            self._transport.unregisterProducer()
        leave()


@implementer(IPushProducer)
class _TlsWire(_TwistedWire):
    """Is told when too much waits, and when there is room again; of less it knows nothing."""

    def __init__(self, transport: Any) -> None:
        super().__init__(transport)
        self.has_halves = False

    def write(self, data: bytes) -> None:
        self._transport.write(data)

    def close(self) -> None:
        self._transport.resumeProducing()  # it is closed when the peer has agreed
        super().close()

    def pauseProducing(self) -> None:
        self._waiting = MOST + 1


class _Plumbings(Factory):
    noisy = False

    def __init__(self, made: Callable[[Connection], object]) -> None:
        self._made = made

    def buildProtocol(self, addr: Any) -> _Plumbing:  # noqa: ARG002 - Twisted tells whom
        return _Plumbing(self._made)


async def connection(endpoint: Any) -> Connection:
    """Connect to a client endpoint."""
    plumbing = await settled(endpoint.connect(_Plumbings(_known)))
    return plumbing.connection  # type: ignore[no-any-return]


async def listen(endpoint: Any, each: Each) -> Listening:
    """Listen on a server endpoint, and start the flow that `each` makes for a connection."""
    serving = Serving(each)
    return Listening(await settled(endpoint.listen(_Plumbings(serving.add))), serving)


def stdio(stdin: int = 0, stdout: int = 1) -> Connection:
    """What stands at the ends of this process, or at two other file descriptors."""
    from twisted.internet import reactor, stdio as transports

    plumbing, make = _Stdio(stdout), cast(Any, transports.StandardIO)
    make(plumbing, stdin, stdout, reactor)
    return plumbing.connection


class _Stdio(_Plumbing):
    """Twisted leaves the descriptors open, so that no reader would see the end."""

    def __init__(self, stdout: int) -> None:
        super().__init__(_known)
        self._stdout = stdout

    def writeConnectionLost(self) -> None:
        self._let_go()
        super().writeConnectionLost()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._let_go()
        super().connectionLost(reason)

    def _let_go(self) -> None:
        if self._stdout >= 0 and not os.isatty(self._stdout):
            # Its number stays taken: others may still write to it.
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, self._stdout)
            os.close(null)
        self._stdout = -1


class Listening:
    """Listens until it is closed."""

    def __init__(self, port: Any, serving: Serving) -> None:
        self._port = port
        self._serving = serving

    @property
    def address(self) -> Any:
        """On which it listens."""
        return self._port.getHost()

    @property
    def connections(self) -> list[Connection]:
        """Those whose flows are under way."""
        return list(self._serving.connections)

    async def close(self) -> None:
        """Listen no more, take in nothing more, and wait for what is on its way."""
        await settled(self._port.stopListening())
        await self._serving.close()


def _known(connection: Connection) -> None:
    """Whoever has connected knows it already."""
