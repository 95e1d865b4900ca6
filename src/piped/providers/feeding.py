"""What comes in one piece after the other is handed to a processor, one after the other.

1. A baton waits for the processor to be available, and for the end of the one before it. Who reads
   reads on when the baton has ended: so nothing piles up here.
2. A baton for which there is no room is handed over again, later. One that is dropped, as the
   pipeline declares, is done with.
3. Stopping ends the waiting, never a baton that is under way.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from piped.backoff import Backoff
from piped.exceptions import BatonDropped, PipelineFull
from piped.interop import drive, settled
from piped.processing.handing import hand_to

if TYPE_CHECKING:
    from piped.clock import Clock
    from piped.dependencies import ResourceDependency

__all__ = ["Feeding"]

logger = logging.getLogger(__name__)

_TURN = 50  # batons, after which others have their turn
_FIRST_WAIT, _LONGEST_WAIT = 0.1, 10.0


class Feeding:
    """Hands batons to one processor."""

    def __init__(self, name: str, processor: ResourceDependency, clock: Clock) -> None:
        self.name = name
        self.processor = processor
        self._clock = clock
        self._backoff = Backoff(_FIRST_WAIT, _LONGEST_WAIT)
        self._task: asyncio.Task[None] | None = None
        self._is_handing = False
        self._is_ending = False
        self._handed = 0

    def begin(self, reading: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run what reads and calls `hand`, until it ends or `end` is called."""
        self._is_ending = False
        self._task = drive(reading, name=self.name)
        return self._task

    async def end(self) -> None:
        """Have it end; the baton that is under way comes to its end before."""
        self._is_ending = True
        if self._task is not None:
            if not self._is_handing:
                self._task.cancel()
            await asyncio.wait([self._task])

    def abort(self) -> None:
        """Have it end now."""
        if self._task is not None:
            self._task.cancel()

    async def hand(self, baton: Any) -> bool:
        """Have it processed. False if that failed, which is logged."""
        while True:
            processor = await self._available()
            self._is_handing = True
            try:
                await settled(hand_to(processor, baton))
            except BatonDropped:
                logger.debug("%s: %s dropped a baton", self.name, self.processor.provider)
            except PipelineFull as full:
                self._is_handing = False
                logger.debug("%s: %s", self.name, full.msg)
                await self._clock.sleep(self._backoff.next())
                continue
            except Exception:
                logger.exception("%s: %s failed", self.name, self.processor.provider)
                return False
            finally:
                self._handed_over()
            self._backoff.reset()
            return True

    async def _available(self) -> Any:
        self._handed += 1
        if self._handed % _TURN == 0:
            await asyncio.sleep(0)
        if self.processor.is_ready:
            return self.processor.get_resource()
        return await settled(self.processor.wait_for_resource())

    def _handed_over(self) -> None:
        self._is_handing = False
        task = asyncio.current_task()
        if self._is_ending and task is not None:
            task.cancel()  # when it waits the next time
