"""One connection of Perspective Broker, with a peer that need not mean well.

1. A peer that says what makes no sense is left. That is told in one line: it is no fault of ours.
2. A message has an end: one that is larger than the limit is not waited for.
3. It is a `heartbeat.Peer`: whether somebody is there is asked by a call that nobody knows.
"""

from __future__ import annotations

import logging
from typing import Any

from twisted.spread import pb

from piped.providers.connections import address_of

__all__ = ["LARGEST", "CarefulBroker"]

logger = logging.getLogger(__name__)

# The largest message, in bytes, where nothing else is said.
LARGEST = 16 * 2**20

_NOBODY = "piped.anybody-there"  # an object that nobody has


class CarefulBroker(pb.Broker):
    """Leaves a peer that does not speak Perspective Broker."""

    transport: Any
    largest = LARGEST
    has_spoken = True
    # What came since the end of the last message.
    _size = 0

    def dataReceived(self, chunk: bytes) -> None:  # noqa: N802 - Twisted's name
        self.has_spoken = True
        self._size += len(chunk)
        try:
            super().dataReceived(chunk)
        except Exception as failure:
            self._leave(f"{type(failure).__name__}: {failure}")
            logger.debug("what it came to", exc_info=failure)
        else:
            if not self.listStack and not self.buffer:
                self._size = 0
            elif self._size > self.largest:
                self._leave(f"a message of more than {self.largest} bytes")

    def callExpressionReceived(self, obj: Any) -> None:  # noqa: N802 - Twisted's name
        self._size = 0
        super().callExpressionReceived(obj)

    def ask(self) -> None:
        """Say something that is answered: that there is no such object."""
        if self.currentDialect is not None:  # or else it could not be said yet
            nobody = self.remoteForName(_NOBODY)
            nobody.callRemote("ask").addErrback(lambda _: None)

    def _leave(self, why: str) -> None:
        who = address_of(self.transport)
        logger.warning("left %s, which does not speak Perspective Broker: %s", who, why)
        self.listStack, self.buffer = [], b""
        self.transport.abortConnection()
