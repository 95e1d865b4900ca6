"""Where connections are let in that come from other processes.

It knows so many of them at once. One that does not introduce itself in time is ended.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from twisted.internet.protocol import ServerFactory

from piped.flows.elsewhere.link import Link, Session, Wire
from piped.flows.elsewhere.meeting import Serving
from piped.interop import Outcome, settled

if TYPE_CHECKING:
    from piped.flows.elsewhere.messages import Hello

__all__ = ["Door"]

logger = logging.getLogger(__name__)


class Door(ServerFactory):
    """Listens, and lets connections in."""

    noisy = False

    def __init__(self, endpoint: Any, wire: Wire, connections: int, name: str = "") -> None:
        self.ports: list[Any] = []
        self.wire = wire
        self.name = name
        self.admit: Callable[[Hello], tuple[Session, bool]]
        self.lost: Callable[[Session], object]
        self._endpoint = endpoint
        self._most = connections
        self._links: set[Link] = set()
        self._is_closed = False
        self._waiting: list[Outcome[int]] = []

    def __repr__(self) -> str:
        return self.name or f"remote {self._endpoint}"

    def listening(self) -> Outcome[int]:
        """Wait until it listens. Gives the number of its port, if it has one."""
        outcome: Outcome[int] = Outcome()
        self._waiting.append(outcome)
        self._tell()
        return outcome

    async def open(self) -> None:
        endpoint = self._endpoint
        if isinstance(endpoint, str):
            from twisted.internet import reactor
            from twisted.internet.endpoints import serverFromString

            endpoint = serverFromString(reactor, endpoint)
        port = await settled(endpoint.listen(self))
        if self._is_closed:
            await settled(port.stopListening())
            return
        self.ports.append(port)
        logger.info("%s listens at %s", self.name or "remote", self._endpoint)
        self._tell()

    async def shut(self) -> None:
        """Let nobody in any more."""
        self._is_closed = True
        ports, self.ports = self.ports, []
        for each in [port.stopListening() for port in ports]:
            await settled(each)

    async def close(self) -> None:
        """Let nobody in any more, and end all connections when what was said has left."""
        self._is_closed = True
        for each in list(self._links):
            each.close()
        await self.shut()

    def buildProtocol(self, addr: Any) -> Any:  # noqa: N802 - Twisted's name
        name = f"{self!r} from {getattr(addr, 'host', '')}:{getattr(addr, 'port', '')}".rstrip(":")
        if self._is_closed or len(self._links) >= self._most:
            logger.warning("%s is refused: there are too many connections", name)
            return None
        link = Serving(self.wire, name, self.admit, self.lost, self._links.discard)
        self._links.add(link)
        return link

    def _tell(self) -> None:
        if self.ports:
            number = getattr(self.ports[0].getHost(), "port", 0)
            waiting, self._waiting = self._waiting, []
            for each in waiting:
                each.callback(number)
