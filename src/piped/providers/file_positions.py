"""How far files were read: each known by what it is, not by what it is called.

A file is its device and its inode. Since an inode is given again to another file, the first bytes
must be the same, too.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

from piped import durable

__all__ = ["Identity", "Position", "dumped", "identity_of", "loaded", "write"]

Identity = tuple[int, int]
_HEAD = 256  # bytes by which a file is known


@dataclass(slots=True)
class Position:
    """How far one file was read and processed."""

    path: str
    device: int
    inode: int
    position: int = 0
    head_size: int = 0
    head: str = ""
    done: bool = False  # handed over as a whole

    @property
    def identity(self) -> Identity:
        return self.device, self.inode

    def knows(self, descriptor: int) -> bool:
        """Whether the file has the first bytes that it had."""
        return _digest(descriptor, self.head_size) == self.head or not self.head_size

    def remember(self, descriptor: int, size: int) -> None:
        """Know the file by its first bytes; `size` of them were read."""
        size = min(size, _HEAD)
        if size > self.head_size:
            self.head_size, self.head = size, _digest(descriptor, size)

    def restart(self) -> None:
        """It is another file, or has become one."""
        self.position = self.head_size = 0
        self.head, self.done = "", False


def identity_of(stat: os.stat_result) -> Identity:
    return stat.st_dev, stat.st_ino


def loaded(path: Path) -> dict[Identity, Position] | None:
    """What was kept, or None if nothing was. Raises `ValueError` for what is no such file."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        found = [Position(**each) for each in json.loads(content)["files"]]
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"{path} does not say how far files were read: {error}") from error
    return {each.identity: each for each in found}


def dumped(positions: list[Position]) -> bytes:
    """What is to be kept."""
    return json.dumps({"files": [asdict(each) for each in positions]}, indent=1).encode()


def write(path: Path, content: bytes) -> None:
    """Keep it, safe from crashes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    durable.write(path, content)


def _digest(descriptor: int, size: int) -> str:
    return sha256(os.pread(descriptor, size, 0)).hexdigest()
