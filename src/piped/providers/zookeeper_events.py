"""Batons for what becomes of a session."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from piped.dependencies import ResourceDependency
from piped.interop import drive, settled
from piped.processing.handing import hand_to

__all__ = ["SessionEvents"]

logger = logging.getLogger(__name__)


class SessionEvents:
    """Hands a baton to the processor of an event, as soon as that is available."""

    def __init__(
        self, name: str, processors: Mapping[str, ResourceDependency], close_time: float
    ) -> None:
        self.name = f"the events of {name}"
        self._processors = processors
        self._close_time = close_time
        self._running: set[asyncio.Task[None]] = set()

    def happened(self, event: str, client: Any = None) -> None:
        """Hand the baton over, and do not wait."""
        processor = self._processors.get(event)
        if processor is not None:
            task = drive(self._hand(event, processor, client))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def stopping(self, client: Any) -> None:
        """The process is about to stop. That is waited for, but not without end."""
        processor = self._processors.get("stopping")
        if processor is not None and processor.is_ready:
            task = drive(self._hand("stopping", processor, client))
            await asyncio.wait([task], timeout=self._close_time)
            task.cancel()

    async def end(self) -> None:
        """Wait for nothing any more."""
        running = set(self._running)
        for each in running:
            each.cancel()
        if running:
            await asyncio.wait(running)

    async def _hand(self, event: str, dependency: ResourceDependency, client: Any) -> None:
        try:
            processor = await dependency.wait_for_resource()
            await settled(hand_to(processor, {"event": event, "client": client}))
        except Exception:
            logger.exception("%s: %s: %s failed", self.name, event, dependency.provider)
