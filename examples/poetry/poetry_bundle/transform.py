"""The transformation of poems, as a service in the net.

A request is a netstring, `NAME.POEM`; so is the answer, which is the poem alone. Whoever asks for
what there is not, or sends what makes no sense, is left without an answer.
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint, connectProtocol
from twisted.internet.protocol import ServerFactory, connectionDone
from twisted.protocols.basic import NetstringReceiver
from twisted.python import log
from twisted.python.failure import Failure

__all__ = ["TransformFactory", "TransformProtocol", "TransformProxy", "TransformService"]

LONGEST_POEM = 1_000_000  # bytes


class TransformService:
    """All transformations that there are, by name."""

    def transform(self, name: str, poem: bytes) -> bytes | None:
        """The poem as it has become; None for a transformation that there is not."""
        transformation = self._transformations.get(name)
        return None if transformation is None else transformation(self, poem)

    def cummingsify(self, poem: bytes) -> bytes:
        """Without capitals."""
        text = poem.decode(errors="surrogateescape")
        return text.lower().encode(errors="surrogateescape")

    # A table, for a name from the net must not reach whatever else we have.
    _transformations: dict[str, Callable[..., bytes]] = {"cummingsify": cummingsify}  # noqa: RUF012


class TransformProtocol(NetstringReceiver):
    """One request, and its answer."""

    MAX_LENGTH = LONGEST_POEM + 100
    factory: TransformFactory

    def stringReceived(self, request: bytes) -> None:  # noqa: N802 - Twisted's name
        name, dot, poem = request.partition(b".")
        answer = (
            self.factory.service.transform(name.decode(errors="replace"), poem) if dot else None
        )
        if answer is None:
            log.msg(f"no such transformation: {name[:50]!r}")
        else:
            self.sendString(answer)
        self.transport.loseConnection()


class TransformFactory(ServerFactory):
    """All who want something transformed."""

    protocol = TransformProtocol

    def __init__(self, service: TransformService) -> None:
        self.service = service


class TransformProxy:
    """Stands here for the service there."""

    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self.port = port

    def xform(self, name: str, poem: bytes) -> Deferred[bytes]:
        """The poem as it has become."""
        return Deferred.fromCoroutine(self._xform(name, poem))

    async def _xform(self, name: str, poem: bytes) -> bytes:
        from twisted.internet import reactor

        endpoint = HostnameEndpoint(reactor, self.host.encode(), self.port)
        asking = await connectProtocol(endpoint, _Asking())
        asking.sendString(name.encode() + b"." + poem)
        return await asking.answer


class _Asking(NetstringReceiver):
    MAX_LENGTH = LONGEST_POEM + 100

    def __init__(self) -> None:
        self.answer: Deferred[bytes] = Deferred(lambda _: self.transport.abortConnection())

    def stringReceived(self, string: bytes) -> None:  # noqa: N802 - Twisted's name
        self.answer.callback(string)
        self.transport.loseConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802 - Twisted's name
        if not self.answer.called:
            self.answer.errback(reason)
