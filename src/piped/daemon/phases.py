"""Starting in order, and stopping in reverse.

1. Phases open in order. A phase opens only when the one before it is open.
2. A phase that fails to open ends the start: what was open is closed in reverse. Its own
   `close` is not called: what it began itself, it ends itself.
3. A start that is cancelled closes what was open, too.
4. Every open phase is closed, whatever happened to the others. No failure hides another.
5. A phase that does not close in time is named in the log, cancelled, and left behind. Should it
   end badly after all, that is logged as well.
6. Stopping what is not open does nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from piped.clock import Clock, LoopClock
from piped.exceptions import PipedError
from piped.interop import is_later, settled

__all__ = ["Phase", "PhaseFailed", "PhaseStuck", "Phases"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Phase:
    """One step of starting, and how it is undone. Both may return something to wait for."""

    name: str
    open: Callable[[], object]
    close: Callable[[], object] | None = None


class PhaseFailed(PipedError):
    """A phase did not open or close. `closing` has what went wrong in closing the others."""

    def __init__(self, phase: str, verb: str, cause: BaseException) -> None:
        super().__init__(f"{phase} did not {verb}", detail=f"{type(cause).__name__}: {cause}")
        self.phase = phase
        self.closing: tuple[PhaseFailed, ...] = ()
        self.__cause__ = cause

    @property
    def cause(self) -> BaseException:
        assert self.__cause__ is not None
        return self.__cause__


class PhaseStuck(PipedError):
    """A phase was still closing when its time was over."""


class Phases:
    """Several phases, of which the first ones are open. `limit` is in seconds, for each close."""

    def __init__(
        self, phases: Iterable[Phase], *, limit: float = 30.0, clock: Clock | None = None
    ) -> None:
        self._phases = tuple(phases)
        self._limit = limit
        self._clock = clock or LoopClock()
        self._open: list[Phase] = []
        self._left_behind: set[asyncio.Future[Any]] = set()
        # What is opening or closing now, for whoever must say so in a hurry.
        self.current = ""

    @property
    def open(self) -> tuple[str, ...]:
        """The names of the open phases, in the order in which they opened."""
        return tuple(phase.name for phase in self._open)

    async def start(self) -> None:
        """Open all phases, or raise `PhaseFailed` with none left open."""
        assert not self._open, "started already"
        for phase in self._phases:
            try:
                await self._open_one(phase)
            except Exception as cause:
                failed = PhaseFailed(phase.name, "open", cause)
                failed.closing = await self.stop()
                raise failed from cause
            except BaseException:
                # Somebody ends the start: they are not to be told that it failed.
                await self.stop()
                raise
        self.current = ""

    async def _open_one(self, phase: Phase) -> None:
        self.current = phase.name
        logger.debug("opening %s", phase.name)
        await settled(phase.open())
        self._open.append(phase)

    async def stop(self) -> tuple[PhaseFailed, ...]:
        """Close what is open, in reverse. Returns what went wrong, which is logged as well."""
        failures = []
        while self._open:
            phase = self._open.pop()
            self.current = phase.name
            try:
                await self._close_one(phase)
            except PhaseStuck as stuck:
                logger.error("%s; the other phases are closed without waiting for it", stuck.msg)  # noqa: TRY400 - where we gave up is no news
                failures.append(PhaseFailed(phase.name, "close", stuck))
            except Exception as cause:
                logger.exception("%s did not close", phase.name)
                failures.append(PhaseFailed(phase.name, "close", cause))
        self.current = ""
        return tuple(failures)

    async def _close_one(self, phase: Phase) -> None:
        logger.debug("closing %s", phase.name)
        outcome = phase.close() if phase.close else None
        if is_later(outcome):
            await self._within_limit(phase, outcome)

    async def _within_limit(self, phase: Phase, closing: object) -> None:
        task = asyncio.ensure_future(settled(closing))
        limit = asyncio.ensure_future(self._clock.sleep(self._limit))
        try:
            await asyncio.wait({task, limit}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            limit.cancel()
            if not task.done():
                self._leave_behind(phase, task)
        if not task.done():
            raise PhaseStuck(f"{phase.name} was still closing after {self._limit:g} seconds")
        if task.cancelled():
            raise PipedError(f"the closing of {phase.name} was cancelled")
        task.result()

    def _leave_behind(self, phase: Phase, task: asyncio.Future[Any]) -> None:
        def ended(task: asyncio.Future[Any]) -> None:
            self._left_behind.discard(task)
            if not task.cancelled() and (failure := task.exception()):
                logger.error("%s failed to close, late", phase.name, exc_info=failure)

        self._left_behind.add(task)
        task.add_done_callback(ended)
        task.cancel()
