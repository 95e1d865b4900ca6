"""What all clients do: fetch a poem, and have it transformed where that is possible."""

from __future__ import annotations

import sys
from collections.abc import Generator
from typing import Any

from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.internet.endpoints import HostnameEndpoint, connectProtocol
from twisted.internet.error import ConnectionDone
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure

from poetry_bundle.transform import TransformProxy

__all__ = ["PoetryClientProtocol", "get_poetry", "get_transformed_poem"]


class PoetryClientProtocol(Protocol):
    """Collects a poem. It is whole when the server has closed the connection in good order."""

    def __init__(self) -> None:
        self.poem: Deferred[bytes] = Deferred(lambda _: self.transport.abortConnection())
        self._parts: list[bytes] = []

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        self._parts.append(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802 - Twisted's name
        if self.poem.called:
            return
        if reason.check(ConnectionDone):
            self.poem.callback(b"".join(self._parts))
        else:
            self.poem.errback(reason)


def get_poetry(host: str, port: int) -> Deferred[bytes]:
    """The poem that is served there."""
    return Deferred.fromCoroutine(_download(host, port))


async def _download(host: str, port: int) -> bytes:
    from twisted.internet import reactor

    endpoint = HostnameEndpoint(reactor, host.encode(), port)
    return await (await connectProtocol(endpoint, PoetryClientProtocol())).poem


@inlineCallbacks
def get_transformed_poem(
    proxy: TransformProxy, host: str, port: int
) -> Generator[Deferred[bytes], Any, str]:
    """The poem that is served there, transformed; as it is, when that fails."""
    try:
        poem = yield get_poetry(host, port)
    except Exception as failure:
        print("The poem download failed:", failure, file=sys.stderr)
        raise
    try:
        poem = yield proxy.xform("cummingsify", poem)
    except Exception:  # noqa: BLE001 - a poem with capitals is better than none
        print("Cummingsify failed!", file=sys.stderr)
    return str(poem, errors="replace")
