"""The file that says which process is the server.

The server holds a lock on its pid file as long as it lives, so a file without a lock is stale,
even when its number has meanwhile gone to some other process. The file appears under its name only
when it is locked and has its content.
"""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from piped.exceptions import PipedError

__all__ = ["AnotherServer", "PidFile", "pidfile_name"]

logger = logging.getLogger(__name__)

# Whatever stands under the name: no waiting for a pipe's other end, no way out by a link.
_AS_FOUND = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW


class AnotherServer(PipedError):
    """The pid file belongs to a process that is alive."""


def pidfile_name(template: str | None, configuration_file: str) -> str | None:
    """
    The name of the pid file for `-p template`, where None is no `-p` and "" wants no pid file.

    Every `%d` stands for the default: the name of the configuration file, ending in ".pid".
    """
    default = f"{Path(configuration_file).stem}.pid"
    if template is None:
        return default
    return template.replace("%d", default) or None


class PidFile:
    """A pid file, and whether it is ours."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path).absolute()  # whatever changes the working directory later
        self._descriptor: int | None = None
        self._owner = 0

    def write(self) -> None:
        """Claim the file, or raise `AnotherServer`."""
        assert self._descriptor is None, "it is written already"
        with self._draft() as (draft, descriptor):
            while not self._claimed(draft):
                self._remove_stale()
            self._descriptor = os.dup(descriptor)  # which shares the lock
        self._owner = os.getpid()

    def remove(self) -> None:
        """Give up the file; remove it if it is still ours, and not our parent's."""
        if self._descriptor is None or self._owner != os.getpid():
            return
        if _same_file(self.path, self._descriptor):
            self.path.unlink()
        os.close(self._descriptor)
        self._descriptor = None

    @contextmanager
    def _draft(self) -> Iterator[tuple[Path, int]]:
        """A file beside the path, locked and complete, which nobody else has opened."""
        draft = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        draft.unlink(missing_ok=True)  # of a process that was killed, and had our number
        descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.write(descriptor, b"%d\n" % os.getpid())
            yield draft, descriptor
        finally:
            draft.unlink()
            os.close(descriptor)

    def _claimed(self, draft: Path) -> bool:
        try:
            os.link(draft, self.path)
        except FileExistsError:
            return False
        return True

    def _remove_stale(self) -> None:
        """Remove the file that stands in the way, or raise if it belongs to a living server."""
        try:
            descriptor = os.open(self.path, _AS_FOUND)
        except FileNotFoundError:
            return  # its server has just ended
        try:
            self._lock(descriptor)
            # While we waited for our turn, another may have replaced the stale one by its own.
            if _same_file(self.path, descriptor):
                self.path.unlink()
                logger.info("removed the stale pid file %s", self.path)
        finally:
            os.close(descriptor)

    def _lock(self, descriptor: int) -> None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            number = os.read(descriptor, 32).decode("ascii", "replace").strip()
            raise AnotherServer(
                f"another server is running, process {number} ({self.path})",
                hint="Stop it first, or name another file by --pidfile.",
            ) from None


def _same_file(path: Path, descriptor: int) -> bool:
    with suppress(FileNotFoundError):  # then it is no file at all
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    return False
