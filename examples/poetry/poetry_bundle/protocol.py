"""Poetry on the wire: whoever connects gets the poem, and then the connection is closed."""

from __future__ import annotations

from typing import Protocol as Shape

from twisted.internet.protocol import Protocol, ServerFactory
from twisted.python import log

__all__ = ["HasPoem", "PoetryFactory", "PoetryProtocol"]


class HasPoem(Shape):
    """Where the poem comes from. Who it is for, and by which way it goes, is nothing to it."""

    poem: bytes


class PoetryProtocol(Protocol):
    """One reader."""

    factory: PoetryFactory

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        poem = self.factory.service.poem
        log.msg(f"sending {len(poem)} bytes of poetry to {self.transport.getPeer()}")
        self.transport.write(poem)
        self.transport.loseConnection()


class PoetryFactory(ServerFactory):
    """All readers of one poem."""

    protocol = PoetryProtocol

    def __init__(self, service: HasPoem) -> None:
        self.service = service
