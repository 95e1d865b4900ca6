"""Files to which lines are appended, and which others may move away at any time.

1. A file is opened when something is written, and again when another one, or none, has its name.
2. Nothing is buffered: what was written is with the system, and what was not is an error.
3. With days, the file of an earlier day gets that day added to its name before anything is
   written. Which day it is of is when it was written last, which all processes can see.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from threading import Lock
from typing import IO

__all__ = ["AppendedFile", "DailyFile"]


class AppendedFile:
    """One file; may be written to from any thread."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[bytes] | None = None
        self._lock = Lock()

    def append(self, data: bytes) -> None:
        """Write all of `data`, or raise an OSError."""
        with self._lock:
            try:
                self._write(self._opened(), data)
            except OSError as error:
                self._close()
                error.add_note(f"while {str(self.path)!r} was written")
                raise

    def close(self) -> None:
        """Give the file back. It is opened again if something is written."""
        with self._lock:
            self._close()

    def _write(self, file: IO[bytes], data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[file.write(rest) :]

    def _opened(self) -> IO[bytes]:
        if self._file is None or not self._is_at_path(self._file):
            self._close()
            self._file = self.path.open("ab", buffering=0)
        return self._file

    def _is_at_path(self, file: IO[bytes]) -> bool:
        try:
            return os.path.samestat(self.path.stat(), os.fstat(file.fileno()))
        except FileNotFoundError:
            return False

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


class DailyFile(AppendedFile):
    """A file for each day."""

    def __init__(self, path: Path, now: Callable[[], float]) -> None:
        super().__init__(path)
        self._now = now

    def _opened(self) -> IO[bytes]:
        file = super()._opened()
        day = _day_of(file, self._now())
        if day:
            self._move_away(file, day)
            file = super()._opened()
        return file

    def _move_away(self, file: IO[bytes], day: str) -> None:
        # Until the file is closed, no other process moves it.
        fcntl.flock(file, fcntl.LOCK_EX)
        if self._is_at_path(file):
            self.path.rename(self._free_name(day))
        self._close()

    def _free_name(self, day: str) -> Path:
        names = (f"{self.path.name}.{day}{f'.{n}' if n else ''}" for n in count())
        return next(each for each in map(self.path.with_name, names) if not each.exists())


def _day_of(file: IO[bytes], now: float) -> str:
    """The day of a file that is of an earlier one, and has something in it."""
    found = os.fstat(file.fileno())
    day, today = (time.strftime("%Y-%m-%d", time.localtime(at)) for at in (found.st_mtime, now))
    return day if found.st_size and day < today else ""
