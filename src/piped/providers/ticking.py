"""One interval: the loop that ticks.

1. The first tick of an interval comes at once, the first of a cron at its time.
2. A tick waits for its processor to be available, and for its own end before the next.
3. Stopping ends the waiting, never a tick that runs; starting again meanwhile makes no second loop.
4. A tick that fails is logged, and the next comes as if it had not. One that is dropped, as the
   pipeline declares, is no failure.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Coroutine
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from twisted.application.service import Service

from piped.clock import Clock
from piped.exceptions import BatonDropped
from piped.interop import drive, outcome_of, settled
from piped.processing.handing import hand_to
from piped.providers.intervals import Interval

if TYPE_CHECKING:
    from piped.dependencies import ResourceDependency

__all__ = ["TickInterval"]

logger = logging.getLogger(__name__)


class _Stopped(Exception):
    """The waiting was ended by `stop_ticking`."""


class TickInterval(Service):
    """Ticks at its times, between `start_ticking` and `stop_ticking`."""

    processor: ResourceDependency

    def __init__(self, name: str, interval: Interval, clock: Clock) -> None:
        self.setName(f"ticks.interval.{name}")
        self.ticking = False
        self._interval = interval
        self._clock = clock
        self._previous = clock.time()
        self._loop: asyncio.Task[None] | None = None
        self._waiting: asyncio.Task[Any] | None = None

    def startService(self) -> None:
        Service.startService(self)
        if self._interval.auto_start:
            self.start_ticking()

    def stopService(self) -> Any:
        Service.stopService(self)
        self.stop_ticking()
        return outcome_of(self._ended())

    def start_ticking(self) -> None:
        """Tick from now on."""
        self.ticking = True
        if self._loop is None:
            self._loop = drive(self._tick_on(), name=self.name)

    def stop_ticking(self) -> None:
        """Tick no more. A tick that runs goes on to its end."""
        self.ticking = False
        if self._waiting is not None:
            self._waiting.cancel()

    async def _ended(self) -> None:
        if self._loop is not None:
            await self._loop

    async def _tick_on(self) -> None:
        try:
            while self.ticking:
                with suppress(_Stopped):
                    await self._tick_until_stopped()
        finally:
            self._loop = None

    async def _tick_until_stopped(self) -> None:
        await self._wait_for(self._sleep(self._delay(first=True)))
        while True:
            processor = await self._wait_for(self._available())
            began = self._clock.monotonic()
            await self._tick(processor)
            elapsed = self._clock.monotonic() - began
            await self._wait_for(self._sleep(self._delay(elapsed=elapsed)))

    async def _sleep(self, delay: float) -> None:
        await self._clock.sleep(delay)

    async def _available(self) -> Any:
        return await self.processor.wait_for_resource()

    async def _tick(self, processor: Any) -> None:
        now, previous = self._clock.time(), self._previous
        self._previous = now
        baton = {
            "interval": self._interval.interval,
            "tick": now,
            "previous_tick": previous,
            "delta": now - previous,
        }
        try:
            await settled(hand_to(processor, baton))
        except BatonDropped:
            logger.debug("%s: %s dropped the tick", self.name, self.processor.provider)
        except Exception:
            logger.exception("%s: %s failed", self.name, self.processor.provider)

    def _delay(self, *, first: bool = False, elapsed: float = 0.0) -> float:
        jitter = random.uniform(0, self._interval.jitter)  # noqa: S311 - nobody is to be kept from guessing it
        if self._interval.interval is not None:
            return jitter + (0.0 if first else max(self._interval.interval - elapsed, 0.0))
        assert self._interval.cron is not None
        now = self._clock.time()
        moment = datetime.fromtimestamp(now, UTC)
        return jitter + self._interval.cron.next(moment, self._interval.time_zone).timestamp() - now

    async def _wait_for(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """What `coroutine` gives, unless the ticking is stopped before."""
        self._waiting = drive(coroutine)
        if not self.ticking:
            self._waiting.cancel()
        try:
            return await self._waiting
        except asyncio.CancelledError:
            this = asyncio.current_task()
            if this is not None and this.cancelling():
                raise
            raise _Stopped from None
        finally:
            self._waiting = None
