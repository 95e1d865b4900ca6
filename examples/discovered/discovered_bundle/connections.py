"""Connections to servers of Perspective Broker, made when they are needed."""

from __future__ import annotations

import asyncio
from typing import Any

from twisted.internet.endpoints import clientFromString
from twisted.spread.pb import PBClientFactory

from piped.interop import drive, settled

__all__ = ["Connections"]


class Connections:
    """One to each endpoint, for all who want it."""

    def __init__(self) -> None:
        self._roots: dict[str, asyncio.Task[Any]] = {}
        self._factories: dict[str, PBClientFactory] = {}

    async def root(self, endpoint: str) -> Any:
        """The root object of the server there."""
        if endpoint not in self._roots:
            self._roots[endpoint] = drive(self._connect(endpoint))
        # One who gives up is no reason for the others not to get it.
        return await asyncio.shield(self._roots[endpoint])

    def forget(self, endpoint: str) -> None:
        """It is lost."""
        self._roots.pop(endpoint, None)
        factory = self._factories.pop(endpoint, None)
        if factory is not None:
            factory.disconnect()

    def close(self) -> None:
        for endpoint in list(self._roots):
            self.forget(endpoint)

    async def _connect(self, endpoint: str) -> Any:
        from twisted.internet import reactor

        factory = self._factories[endpoint] = PBClientFactory()
        factory.noisy = False
        await settled(clientFromString(reactor, endpoint).connect(factory))
        return await settled(factory.getRootObject())
