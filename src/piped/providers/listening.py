"""A server of Twisted's protocols: it listens while it runs, and may be stopped and started."""

from __future__ import annotations

import logging
from typing import Any

from twisted.application.service import Service
from twisted.internet.endpoints import serverFromString

from piped.interop import outcome_of, settled

__all__ = ["Listening"]

logger = logging.getLogger(__name__)


class Listening(Service):
    """Listens at some endpoints with one factory, which has `disconnect` to end all connections."""

    def __init__(self, name: str, endpoints: list[str], factory: Any) -> None:
        self.setName(name)
        self.factory = factory
        self.ports: list[Any] = []
        self._endpoints = endpoints

    def startService(self) -> Any:
        super().startService()
        return outcome_of(self._listen())

    def stopService(self) -> Any:
        super().stopService()
        ports, self.ports = self.ports, []
        closing = [port.stopListening() for port in ports]
        self.factory.disconnect()
        return outcome_of(_all(closing))

    async def _listen(self) -> None:
        from twisted.internet import reactor

        for endpoint in self._endpoints:
            port = await settled(serverFromString(reactor, endpoint).listen(self.factory))
            self.ports.append(port)
            logger.info("%s listens at %s", self.name, endpoint)


async def _all(waited: list[Any]) -> None:
    for each in waited:
        await settled(each)
