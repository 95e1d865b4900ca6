"""A reporter that hands each result to a processor, too."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from piped.interop import drive, settled
from piped.processing.handing import hand_to
from piped.status_testing.marks import Todo
from piped.status_testing.reporter import StatusReporter
from piped.status_testing.results import Result, Status

__all__ = ["ProcessorReporter"]

logger = logging.getLogger(__name__)


class ProcessorReporter(StatusReporter):
    """Prints as `StatusReporter` does, and makes a baton of each result.

    The baton has `test`, `status` (`success`, `failure`, `error`, `skipped`, `expected_failure` or
    `todone`), `reporter`, and with them `failure` (a Failure, or why a test was skipped) or `todo`.
    """

    def __init__(self, processor_dependency: Any = None, **options: Any) -> None:
        """processor_dependency: what gets the batons; nothing does if it is not given"""
        super().__init__(**options)
        self._processor = processor_dependency
        self._handing: set[asyncio.Task[None]] = set()

    def told(self, result: Result) -> None:
        super().told(result)
        if self._processor is not None:
            task = drive(self._hand(self._baton(result)))
            self._handing.add(task)
            task.add_done_callback(self._handing.discard)

    async def wait(self) -> None:
        """Wait until all results have been processed."""
        while self._handing:
            await asyncio.wait(self._handing)

    def _baton(self, result: Result) -> dict[str, Any]:
        baton = {"test": result.test, "status": result.status.value, "reporter": self}
        if result.failure is not None:
            from twisted.python.failure import Failure

            baton["failure"] = Failure(result.failure)
        elif result.status is Status.SKIPPED:
            baton["failure"] = result.reason
        if result.status in {Status.EXPECTED_FAILURE, Status.TODONE}:
            baton["todo"] = Todo(result.reason)
        return baton

    async def _hand(self, baton: dict[str, Any]) -> None:
        try:
            processor = await settled(self._processor.wait_for_resource())
            await settled(hand_to(processor, baton))
        except Exception:
            logger.exception("%s failed with a result", self._processor.provider)
