"""One file that may grow, be renamed, be emptied and be written anew, and end."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from piped.providers.file_positions import identity_of

if TYPE_CHECKING:
    from piped.providers.file_positions import Position
    from piped.providers.lines import Lines, LineSettings

__all__ = ["Tail", "moved_to"]

_AT_ONCE: int = getattr(os, "RWF_NOWAIT", 0)


class Tail:
    """A file, open or not. What is done here waits for the disk, and is called in a thread."""

    chunk_size = 64 * 1024

    def __init__(self, position: Position, settings: LineSettings, now: float) -> None:
        self.position = position
        self.lines: Lines = settings.lines()
        self.is_here = True  # at a path that is looked for
        self.grew = now  # when it was seen to grow
        self.size = -1
        self._read = position.position
        self._settings = settings
        self._descriptor: int | None = None

    @property
    def path(self) -> Path:
        return Path(self.position.path)

    @property
    def is_open(self) -> bool:
        return self._descriptor is not None

    @property
    def has_more(self) -> bool:
        return self.size > self._read

    def look(self, now: float) -> str:
        """See what has become of it, and open it. Says what is unusual."""
        descriptor = self._open()
        if descriptor is None:
            return ""
        size = os.fstat(descriptor).st_size
        told = ""
        if size != self.size:
            if size < self._read or not self.position.knows(descriptor):
                told = f"{self.path} was written anew, and is read from its beginning"
                self._restart()
            self.size, self.grew = size, now
        return told

    def is_as_it_was(self) -> bool:
        """Whether it is closed, and there is no reason to open it."""
        if self.is_open or self.has_more:
            return False
        found = self.path.stat()
        return identity_of(found) == self.position.identity and found.st_size == self.size

    def read(self) -> bytes:
        """What comes next."""
        assert self._descriptor is not None, "it was looked at"
        return self._taken(os.pread(self._descriptor, self.chunk_size, self._read))

    def read_at_once(self, buffer: bytearray) -> bytes | None:
        """What comes next, if that is in memory: then it waits for no disk, and needs no thread."""
        assert self._descriptor is not None, "it was looked at"
        if not _AT_ONCE:
            return None
        try:
            size = os.preadv(self._descriptor, [buffer], self._read, _AT_ONCE)
        except OSError:  # it is on the disk, or the file system cannot tell
            return None
        return self._taken(bytes(memoryview(buffer)[:size])) if size else None

    def _taken(self, data: bytes) -> bytes:
        assert self._descriptor is not None, "it was read"
        self._read += len(data)
        self.position.remember(self._descriptor, self._read)
        return data

    def skip_to_end(self) -> None:
        """Count all that it is now as processed, or as handed over as a whole."""
        assert self._descriptor is not None, "it was looked at"
        self._read = self.position.position = self.size
        self.position.remember(self._descriptor, self.size)
        self.position.done = True

    def has_grown(self) -> bool:
        """Whether it is not what it was when it was looked at."""
        assert self._descriptor is not None, "it was looked at"
        return os.fstat(self._descriptor).st_size != self.size

    def close(self) -> None:
        """Hold it no more. It goes on at what was processed."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)
        self._read = self.position.position
        self.lines = self._settings.lines()

    def _open(self) -> int | None:
        if self._descriptor is None:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            found = os.fstat(descriptor)
            is_it = identity_of(found) == self.position.identity and stat.S_ISREG(found.st_mode)
            if not is_it:  # it was renamed just now
                os.close(descriptor)
                return None
            self._descriptor = descriptor
        return self._descriptor

    def _restart(self) -> None:
        self.position.restart()
        self._read = 0
        self.lines = self._settings.lines()


def moved_to(folder: Path, path: Path) -> Path:
    """Move a file there. One of the same name is not written over."""
    folder.mkdir(parents=True, exist_ok=True)
    number = 0
    while True:
        target = folder / (f"{path.name}.{number}" if number else path.name)
        try:
            os.link(path, target)
        except FileExistsError:
            number += 1
        except OSError:  # it is another file system, or one without such links
            if not target.exists():
                shutil.move(path, target)
                return target
            number += 1
        else:
            path.unlink()
            return target
