"""Producers that give a piece when they are asked, asked as long as there is room."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

__all__ = ["Pulling"]

log = logging.getLogger(__name__)


class Pulling:
    """Asks `producer` once a turn of the loop. To its consumer it is a producer that pushes."""

    def __init__(self, producer: Any, consumer: Any) -> None:
        self._producer = producer
        self._consumer = consumer
        self._turn: asyncio.Handle | None = None
        self._is_over = False

    def resumeProducing(self) -> None:
        if self._turn is None and not self._is_over:
            self._turn = asyncio.get_running_loop().call_soon(self._ask)

    startStreaming = resumeProducing

    def pauseProducing(self) -> None:
        turn, self._turn = self._turn, None
        if turn is not None:
            turn.cancel()

    def stopStreaming(self) -> None:
        self._is_over = True
        self.pauseProducing()

    def stopProducing(self) -> None:
        self.stopStreaming()
        self._producer.stopProducing()

    def _ask(self) -> None:
        turn = self._turn
        try:
            self._producer.resumeProducing()
        except Exception:
            log.exception("%r failed", self._producer)
            self._consumer.unregisterProducer()
            self._producer.stopProducing()
            return
        if self._turn is turn:
            # Nobody has paused it meanwhile.
            self._turn = None
            self.resumeProducing()
