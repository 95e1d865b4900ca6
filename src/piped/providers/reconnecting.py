"""A client that stays connected to an endpoint of Twisted's.

What is under way when the connection is lost fails. A server that has fallen silent is lost, too.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from twisted.internet.endpoints import clientFromString

from piped.exceptions import ResourceLost
from piped.interop import settled
from piped.providers.heartbeat import Heartbeat
from piped.providers.staying import Staying

if TYPE_CHECKING:
    from piped.clock import Clock
    from piped.providers.reconnection import Reconnection

__all__ = ["Reconnecting"]

logger = logging.getLogger(__name__)


class Reconnecting(Staying):
    """Stays connected while it runs. What it does with a connection is for others to say."""

    def __init__(self, name: str, settings: Reconnection, clock: Clock) -> None:
        super().__init__(name, settings, clock)
        self._settings = settings
        self.factory = self.make_factory()

    def make_factory(self) -> Any:
        """What makes the protocol of a connection, which calls `gone` when that is lost."""
        raise NotImplementedError

    async def introduce(self, protocol: Any) -> None:
        """Do what has to be done before the connection is of use."""

    def connected(self, protocol: Any) -> None:
        """The connection can be used."""
        raise NotImplementedError

    def disconnected(self, reason: ResourceLost) -> None:
        """It can be used no more, or never could."""
        raise NotImplementedError

    def watch(self, protocol: Any, gone: asyncio.Event) -> None:
        """Let `gone` be set when the connection is lost."""
        raise NotImplementedError

    async def connect(self) -> None:
        from twisted.internet import reactor

        endpoint = clientFromString(reactor, self._settings.endpoint)
        protocol = await settled(endpoint.connect(self.factory))
        gone, why = asyncio.Event(), "the connection is lost"
        try:
            self.watch(protocol, gone)
            async with asyncio.timeout(self._settings.timeout):
                await self.introduce(protocol)
            if not gone.is_set():
                logger.info("%s is connected to %s", self.name, self._settings.endpoint)
                self.succeeded()
                self.connected(protocol)
                why = await self._lost(protocol, gone)
            raise ResourceLost(why)
        finally:
            self.disconnected(ResourceLost(f"{self.name}: {why}"))
            if protocol.transport is not None:
                protocol.transport.abortConnection()

    async def _lost(self, protocol: Any, gone: asyncio.Event) -> str:
        """Wait until the connection is lost. Gives the reason."""
        heartbeat = Heartbeat(protocol, self._settings.heartbeat, self._clock, gone.set)
        try:
            await gone.wait()
        finally:
            heartbeat.stop()
        return "the server is silent" if heartbeat.is_silent else "the connection is lost"
