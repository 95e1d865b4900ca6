"""The connections of one server: who has fallen silent is left."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from piped.providers.heartbeat import Heartbeat, Peer

if TYPE_CHECKING:
    from piped.clock import Clock

__all__ = ["Connections", "address_of"]

logger = logging.getLogger(__name__)


class Connections:
    """Those that are there."""

    def __init__(self, name: str, beat: float | None, clock: Clock) -> None:
        self._name = name
        self._beat = beat
        self._clock = clock
        self._there: dict[Peer, Heartbeat] = {}

    def __len__(self) -> int:
        return len(self._there)

    def __iter__(self) -> Iterator[Peer]:
        return iter(list(self._there))

    def add(self, peer: Peer) -> None:
        silent = partial(self._silent, peer)
        self._there[peer] = Heartbeat(peer, self._beat, self._clock, silent)

    def remove(self, peer: Peer) -> None:
        """It is lost."""
        self._there.pop(peer).stop()

    def leave(self) -> None:
        """End all of them."""
        for each in self:
            each.transport.loseConnection()

    def _silent(self, peer: Peer) -> None:
        who = address_of(peer.transport)
        logger.warning("%s: %s is silent: its connection is taken for lost", self._name, who)
        peer.transport.abortConnection()


def address_of(transport: Any) -> str:
    """Who is at the other end."""
    peer = transport.getPeer()
    return f"{peer.host}:{peer.port}" if hasattr(peer, "port") else "a peer"
