"""A client that stays connected.

1. It connects when it starts, and again whenever the connection is lost, with growing delays.
2. Whatever keeps it from being of use counts as not being connected: it is left, and tried again.
3. What is under way when the connection is lost fails.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from twisted.application.service import Service
from twisted.internet.endpoints import clientFromString

from piped.backoff import Backoff
from piped.exceptions import ResourceLost
from piped.interop import drive, outcome_of, settled

if TYPE_CHECKING:
    from piped.clock import Clock
    from piped.providers.reconnection import Reconnection

__all__ = ["Reconnecting"]

logger = logging.getLogger(__name__)


class Reconnecting(Service):
    """Stays connected while it runs. What it does with a connection is for others to say."""

    def __init__(self, name: str, settings: Reconnection, clock: Clock) -> None:
        self.setName(name)
        self._settings = settings
        self._clock = clock
        self._backoff = Backoff(settings.initial_delay, settings.max_delay)
        self._loop: asyncio.Task[None] | None = None
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

    def startService(self) -> None:
        super().startService()
        self._loop = drive(self._stay_connected(), name=self.name)

    def stopService(self) -> Any:
        super().stopService()
        loop, self._loop = self._loop, None
        return outcome_of(_ended(loop)) if loop is not None else None

    async def _stay_connected(self) -> None:
        while not self._has_given_up():
            try:
                await self._connect()
            except Exception as error:  # noqa: BLE001 - whatever it is, the server may come back
                delay = self._backoff.next()
                what = self.said(error)
                logger.warning("%s: %s; trying again in %.1f s", self.name, what, delay)
                await self._clock.sleep(delay)
        logger.error("%s: given up after %d attempts", self.name, self._backoff.attempts)

    def _has_given_up(self) -> bool:
        most = self._settings.max_retries
        return most is not None and self._backoff.attempts > most

    async def _connect(self) -> None:
        """Connect, and stay so. Ends by raising what ended it."""
        from twisted.internet import reactor

        endpoint = clientFromString(reactor, self._settings.endpoint)
        protocol = await settled(endpoint.connect(self.factory))
        gone = asyncio.Event()
        try:
            self.watch(protocol, gone)
            async with asyncio.timeout(self._settings.timeout):
                await self.introduce(protocol)
            if not gone.is_set():
                logger.info("%s is connected to %s", self.name, self._settings.endpoint)
                self._backoff.reset()
                self.connected(protocol)
                await gone.wait()
            raise ResourceLost("the connection is lost")
        finally:
            self.disconnected(ResourceLost(f"{self.name}: the connection is lost"))
            if protocol.transport is not None:
                protocol.transport.abortConnection()

    def said(self, error: Exception) -> str:
        """What is wrong, on one line."""
        message = " ".join(str(getattr(error, "msg", error)).split())
        return f"{type(error).__name__}: {message}".rstrip(": ")


async def _ended(loop: asyncio.Task[None]) -> None:
    loop.cancel()
    await asyncio.wait([loop])
