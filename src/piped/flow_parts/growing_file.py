"""A file that lines are appended to, and that becomes another one when it is large enough.

1. What could not be written as a whole is taken back, so that no half of it stays.
2. With `durable`, what was written survives the machine's end, and so does the name of the file.
3. The file is opened again if it was moved away.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import IO

from piped.durable import flush_folder
from piped.processors.appending import AppendedFile

__all__ = ["GrowingFile"]


class GrowingFile(AppendedFile):
    """One file, and those that it was before."""

    def __init__(
        self, path: Path, *, durable: bool = False, max_size: int | None = None, keep: int = 5
    ) -> None:
        super().__init__(path)
        self._durable = durable
        self._max_size = max_size
        self._keep = keep
        self._is_new = True  # to us

    def _opened(self) -> IO[bytes]:
        self._is_new = self._is_new or self._file is None
        return super()._opened()

    def _write(self, file: IO[bytes], data: bytes) -> None:
        size = os.fstat(file.fileno()).st_size
        if self._max_size is not None and size and size + len(data) > self._max_size:
            self._move_on()
            file, size = self._opened(), 0
        try:
            super()._write(file, data)
            self._flush(file)
        except OSError:
            with suppress(OSError):
                os.ftruncate(file.fileno(), size)
            raise

    def _flush(self, file: IO[bytes]) -> None:
        if not self._durable:
            return
        os.fsync(file.fileno())
        if self._is_new:
            flush_folder(self.path.resolve().parent)
            self._is_new = False

    def _move_on(self) -> None:
        """Give the file the name of an earlier one; the earliest goes."""
        self._close()
        for number in range(self._keep, 0, -1):
            former = self._named(number - 1)
            if former.exists():
                former.replace(self._named(number))

    def _named(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}") if number else self.path
