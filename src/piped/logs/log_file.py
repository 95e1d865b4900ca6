"""A log file that makes room for itself."""

from __future__ import annotations

import logging
import os
from contextlib import AbstractContextManager, suppress
from io import FileIO
from itertools import pairwise
from pathlib import Path

__all__ = ["LogFile"]

logger = logging.getLogger(__name__)


class LogFile(logging.Handler):
    """
    Appends lines to a file. Before it outgrows `rotate` bytes it becomes `name.1`, which becomes
    `name.2`, up to `keep` of them; a `rotate` of 0 lets it grow.
    """

    def __init__(self, path: str | os.PathLike[str], *, rotate: int = 0, keep: int = 1) -> None:
        self.path = Path(path).absolute()  # whatever changes the working directory later
        self._rotate = self._limit = rotate
        self._keep = keep
        self._open()
        super().__init__()  # after which it is known to `logging`, and is closed by it at the end

    def emit(self, record: logging.LogRecord) -> None:
        try:
            # One write a line, so that the lines of two processes do not mix.
            self._write(f"{self.format(record)}\n".encode(errors="backslashreplace"))
        except Exception:  # noqa: BLE001 - logging must not fail its callers; the handler reports it
            self.handleError(record)

    def reopen(self) -> None:
        """Go on in a new file, if somebody moved this one away."""
        with self._held():
            self._replace()
            self._limit = self._rotate

    def close(self) -> None:
        with self._held():
            self._file.close()
        super().close()

    def _held(self) -> AbstractContextManager[object]:
        assert self.lock is not None, "a handler has a lock from its creation"
        return self.lock

    def _replace(self) -> None:
        former = self._file
        self._open()
        former.close()

    def _open(self) -> None:
        self._file = FileIO(self.path, "a")
        self._size = os.fstat(self._file.fileno()).st_size

    def _write(self, line: bytes) -> None:
        if self._limit and self._size and self._size + len(line) > self._limit:
            self._make_room()
        self._size += len(line)
        while line:
            line = line[self._file.write(line) :]

    def _make_room(self) -> None:
        try:
            self._shift()
            self._replace()
        except OSError as error:
            self._limit = 0  # until it is opened anew; before the warning, which comes here, too
            logger.warning("%s grows, as it cannot be rotated: %s", self.path, error.strerror)

    def _shift(self) -> None:
        kept = [Path(f"{self.path}.{number}") for number in range(1, self._keep + 1)]
        if not kept:
            self.path.unlink(missing_ok=True)
        for name, following in reversed(list(pairwise([self.path, *kept]))):
            with suppress(FileNotFoundError):  # there are not as many yet
                name.replace(following)
