"""A service that stays connected.

1. It connects when it starts, and again whenever the connection is lost, with growing delays.
2. Whatever keeps it from being of use counts as not being connected: it is left, and tried again.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from twisted.application.service import Service

from piped.backoff import Backoff
from piped.interop import drive, is_cancelled, outcome_of

if TYPE_CHECKING:
    from piped.clock import Clock
    from piped.providers.reconnection import Retrying

__all__ = ["Staying"]

logger = logging.getLogger(__name__)


class Staying(Service):
    """Stays connected while it runs. How it connects, and to what, is for others to say."""

    def __init__(self, name: str, settings: Retrying, clock: Clock) -> None:
        self.setName(name)
        self._retrying = settings
        self._clock = clock
        self._backoff = Backoff(settings.initial_delay, settings.max_delay)
        self._loop: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        """Connect, say `succeeded`, and stay so. Ends by raising what ended it."""
        raise NotImplementedError

    def succeeded(self) -> None:
        """The connection can be used."""
        self._backoff.reset()

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
                await self.connect()
            except Exception as error:  # noqa: BLE001 - whatever it is, the server may come back
                if is_cancelled():
                    return
                delay = self._backoff.next()
                what = self.said(error)
                logger.warning("%s: %s; trying again in %.1f s", self.name, what, delay)
                await self._clock.sleep(delay)
        logger.error("%s: given up after %d attempts", self.name, self._backoff.attempts)

    def _has_given_up(self) -> bool:
        most = self._retrying.max_retries
        return most is not None and self._backoff.attempts > most

    def said(self, error: Exception) -> str:
        """What is wrong, on one line."""
        message = " ".join(str(getattr(error, "msg", error)).split())
        return f"{type(error).__name__}: {message}".rstrip(": ")


async def _ended(loop: asyncio.Task[None]) -> None:
    loop.cancel()
    await asyncio.wait([loop])
