"""A poet who thinks a while before each few bytes, and does so for each reader."""

from __future__ import annotations

from typing import Any

from twisted.internet.protocol import Protocol, ServerFactory, connectionDone
from twisted.internet.task import LoopingCall
from twisted.python import log
from twisted.python.failure import Failure

__all__ = ["SlowPoetryFactory", "SlowPoetryProtocol"]


class SlowPoetryProtocol(Protocol):
    """One reader, who is at a place of his own."""

    factory: SlowPoetryFactory

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        self._rest = self.factory.poem
        self._writing = LoopingCall(self._write)
        if self.factory.clock is not None:
            self._writing.clock = self.factory.clock
        self._writing.start(self.factory.delay).addErrback(log.err)

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802 - Twisted's name
        del reason
        if self._writing.running:
            self._writing.stop()

    def _write(self) -> None:
        size = self.factory.num_bytes
        self.transport.write(self._rest[:size])
        self._rest = self._rest[size:]
        if not self._rest:
            self._writing.stop()
            self.transport.loseConnection()


class SlowPoetryFactory(ServerFactory):
    """All readers of one poem: they get `num_bytes` at once, and again after `delay` seconds."""

    protocol = SlowPoetryProtocol

    def __init__(self, poem: bytes, num_bytes: int, delay: float, clock: Any = None) -> None:
        self.poem = poem
        self.num_bytes = num_bytes
        self.delay = delay
        self.clock = clock
