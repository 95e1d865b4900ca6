"""A file of records, each with its length and its checksum, of which some are done.

A record that was not written to its end is no record, and nothing after it is: what was appended
last is what a crash may tear.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO
from zlib import crc32

__all__ = ["Segment", "encoded", "records"]

_HEAD = struct.Struct(">II")  # checksum of all that follows, length of the record
_LENGTH = struct.Struct(">I")


def encoded(payload: bytes) -> bytes:
    """A record, as it stands in a file."""
    length = _LENGTH.pack(len(payload))
    return _LENGTH.pack(crc32(payload, crc32(length))) + length + payload


def records(file: BinaryIO) -> Iterator[bytes]:
    """The records from here on, up to the first that is none."""
    while len(head := file.read(_HEAD.size)) == _HEAD.size:
        checksum, length = _HEAD.unpack(head)
        payload = file.read(length)
        if len(payload) < length or crc32(payload, crc32(head[_LENGTH.size :])) != checksum:
            return
        yield payload


class Segment:
    """Records with numbers from `first` on; which of them are done is known here only."""

    def __init__(self, path: Path, first: int) -> None:
        self.path = path
        self.first = first
        self.count = 0
        self.size = 0  # bytes
        self.is_broken = False  # what it had cannot be read any more
        self.is_sealed = False  # nothing is appended any more
        self._done_before = first
        self._done: set[int] = set()  # beyond

    @property
    def end(self) -> int:
        """The number of the first record that is not here any more."""
        return self.first + self.count

    @property
    def left(self) -> int:
        """How many records are not done."""
        return self.end - self._done_before - len(self._done)

    def look(self) -> None:
        """See how many records are there, and how far they reach."""
        with self.path.open("rb") as file:
            for _ in records(file):
                self.count += 1
                self.size = file.tell()

    def is_done(self, number: int) -> bool:
        return number < self._done_before or number in self._done

    def finish(self, number: int) -> None:
        """That one is done."""
        if self.is_done(number):
            return
        self._done.add(number)
        while self._done_before in self._done:
            self._done.remove(self._done_before)
            self._done_before += 1

    def finished(self) -> list[list[int]]:
        """Which are done: numbers from and to, without the last."""
        ranges = [[self.first, self._done_before]]
        for number in sorted(self._done):
            if number == ranges[-1][1]:
                ranges[-1][1] += 1
            else:
                ranges.append([number, number + 1])
        return ranges

    def restore(self, ranges: Iterable[list[int]]) -> None:
        """Take in what `finished` gave before."""
        for start, stop in ranges:
            for number in range(start, min(stop, self.end)):
                self.finish(number)
