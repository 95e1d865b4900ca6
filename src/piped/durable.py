"""Files that hold either what was written last or what was written before, never less."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

__all__ = ["flush_folder", "write"]


def write(path: Path, content: bytes) -> None:
    """Put `content` into the file at `path`; a crash at any moment leaves the old or the new.

    The content is written beside the file, flushed to the disk, and given its name; then the
    folder is flushed, too. A new file is readable by its owner alone; an old one's mode is kept.
    """
    path = path.resolve()  # so that a link stays one
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            with suppress(FileNotFoundError):
                os.fchmod(file.fileno(), path.stat().st_mode & 0o7777)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    flush_folder(path.parent)


def flush_folder(folder: Path) -> None:
    """Have the names in a folder survive a crash."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
