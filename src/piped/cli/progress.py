"""How far a long input was read, for whoever waits at a terminal."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from time import monotonic
from typing import IO, Any, TextIO

__all__ = ["Progress", "size_of"]

_PATIENCE = 1.0  # seconds before anything is shown
_INTERVAL = 0.1
_WIDTH = 30


def size_of(file: IO[Any]) -> int | None:
    """The bytes that are in `file`, where that can be known before it is read."""
    try:
        found = os.fstat(file.fileno())
    except (OSError, ValueError):
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else None


class Progress:
    """A line that is written anew: a bar where the size is known, else a count."""

    def __init__(
        self, out: TextIO, size: int | None = None, clock: Callable[[], float] = monotonic
    ) -> None:
        self._out = out
        self._size = size
        self._clock = clock
        self._wanted = out.isatty()
        self._next = clock() + _PATIENCE
        self._shown = False

    def update(self, batons: int, read: int) -> None:
        """So many batons and bytes are behind us."""
        if self._wanted and self._clock() >= self._next:
            self._next = self._clock() + _INTERVAL
            self._shown = True
            self._out.write(f"\r\x1b[K{self._line(batons, read)}")
            self._out.flush()

    def clear(self) -> None:
        """Take the line away, for others to write."""
        if self._shown:
            self._shown = False
            self._out.write("\r\x1b[K")
            self._out.flush()

    def _line(self, batons: int, read: int) -> str:
        if not self._size:
            return f"{batons:,} batons"
        part = min(read / self._size, 1.0)
        done = round(part * _WIDTH)
        return f"[{'#' * done}{'.' * (_WIDTH - done)}] {part:4.0%}  {batons:,} batons"
