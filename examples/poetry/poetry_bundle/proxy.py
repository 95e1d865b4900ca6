"""A server of a poem that is somewhere else."""

from __future__ import annotations

from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.protocol import Protocol, ServerFactory
from twisted.python import log
from twisted.python.failure import Failure

from piped.interop import Outcome, outcome_of
from poetry_bundle.client import get_poetry

__all__ = ["PoetryProxyFactory", "PoetryProxyProtocol", "ProxyService"]


class ProxyService(Service):
    """Fetches the poem when somebody asks for it, once for all who do, and keeps it.

    That it could not be fetched is not kept: whoever asks next makes it try again.
    """

    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self.port = port
        self._poem: Outcome[bytes] | None = None

    def get_poem(self) -> Outcome[bytes]:
        """The poem, as an outcome: all who wait get it, and who comes later, too."""
        if self._poem is None:
            log.msg(f"fetching the poem from {self.host}:{self.port}")
            self._poem = poem = outcome_of(get_poetry(self.host, self.port))
            poem.addErrback(self._forget)
            return poem
        return self._poem

    def stopService(self) -> Any:
        if self._poem is not None:
            self._poem.cancel()
        return super().stopService()

    def _forget(self, failure: Failure) -> Failure:
        self._poem = None
        return failure


class PoetryProxyProtocol(Protocol):
    """One reader. Without a poem the connection breaks: to close it would be an empty poem."""

    factory: PoetryProxyFactory

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        Deferred.fromCoroutine(self._send())

    async def _send(self) -> None:
        try:
            poem = await self.factory.service.get_poem()
        except Exception as failure:  # noqa: BLE001 - whatever it is, there is no poem
            log.msg(f"there is no poem for {self.transport.getPeer()}: {failure}")
            self.transport.abortConnection()
        else:
            self.transport.write(poem)
            self.transport.loseConnection()


class PoetryProxyFactory(ServerFactory):
    """All readers of the poem of another server."""

    protocol = PoetryProxyProtocol

    def __init__(self, service: ProxyService) -> None:
        self.service = service
