"""Reads the standard input, and hands over its lines.

1. It is read by a thread of its own, a piece at a time and only when the lines before it are done
   with. So it may be a file, a pipe or a terminal, and stays as it is for all others who use it.
2. The end of the input is told once, and stops the process if that is wanted, after the last line.
"""

from __future__ import annotations

import asyncio
import logging
import os
from typing import TYPE_CHECKING, Any

from twisted.application.service import Service

from piped.interop import outcome_of
from piped.interop.own_thread import in_own_thread
from piped.providers.feeding import Feeding

if TYPE_CHECKING:
    from piped.dependencies import ResourceDependency
    from piped.environment import RuntimeEnvironment
    from piped.providers.stdin_settings import StdinSettings

__all__ = ["StandardInput", "Stdin"]

logger = logging.getLogger(__name__)

_CHUNK = 64 * 1024


class Stdin(Service):
    """The standard input of this process."""

    def __init__(
        self,
        settings: StdinSettings,
        processor: ResourceDependency,
        runtime_environment: RuntimeEnvironment,
    ) -> None:
        self.setName("stdin")
        self._settings = settings
        self._environment = runtime_environment
        self._feeding = Feeding("stdin", processor, runtime_environment.clock)
        self._lines = settings.lines()
        self._input = StandardInput()

    def startService(self) -> None:
        super().startService()
        self._feeding.begin(self._feed())

    def stopService(self) -> Any:
        super().stopService()
        return outcome_of(self._feeding.end())

    async def _feed(self) -> None:
        ended = False
        while not ended:
            data = await self._input.read(_CHUNK)
            ended = not data
            for piece in self._lines.end() if ended else self._lines.feed(data):
                if piece.data is None:
                    logger.warning("stdin: a line of %d bytes was skipped", piece.size)
                else:
                    await self._feeding.hand(self._settings.baton(piece))
        await self._feeding.hand({"line": None})
        if self._settings.stop_at_end:
            logger.info("stdin: the input has ended, and the process stops")
            self._environment.stop()


class StandardInput:
    """Reads it in a thread. What was being read when that was given up, is what is read next."""

    def __init__(self) -> None:
        self._reading: asyncio.Future[bytes] | None = None

    async def read(self, size: int) -> bytes:
        """What comes next; nothing, at the end."""
        if self._reading is None:
            self._reading = in_own_thread(_read, size)
        data = await asyncio.shield(self._reading)
        self._reading = None
        return data


def _read(size: int) -> bytes:
    try:
        return os.read(0, size)
    except OSError as error:  # it is closed
        logger.warning("stdin cannot be read: %s", error)
        return b""
