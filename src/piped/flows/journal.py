"""A queue on the disk, which survives crashes.

1. What was appended is on the disk when `append` returns. It is read in order, once in the life of
   a process; what is not `done` is read again in the next.
2. What is done stands in the file `position`, since it was saved. A segment of which all is done is
   removed. A crash in between makes something come again, and never lets anything go.
3. Numbers are never used twice, so that what is told of one segment is never taken for another's.

It knows no loop, and may be used by one thread at a time.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
from pathlib import Path
from typing import Any, BinaryIO

from piped import durable
from piped.exceptions import FlowError
from piped.flows.segment import Segment, encoded, records

__all__ = ["Journal"]

logger = logging.getLogger(__name__)


class Journal:
    """Keeps records in a folder, which is its own while it is open."""

    def __init__(self, folder: Path, segment_size: int = 8 * 1024 * 1024) -> None:
        self.folder = folder
        self._segment_size = segment_size
        self._segments: list[Segment] = []
        self._lock: int | None = None
        self._file: BinaryIO | None = None  # the last segment, to append to
        self._reading: tuple[Segment, BinaryIO] | None = None
        self._next = 0
        self._next_read = 0

    @property
    def unread(self) -> int:
        """How many records were not read yet, done or not."""
        return self._next - self._next_read

    @property
    def size(self) -> int:
        """Bytes on the disk."""
        return sum(each.size for each in self._segments)

    @property
    def left(self) -> int:
        """How many records are not done."""
        return sum(each.left for each in self._segments)

    def open(self) -> None:
        """Take the folder, and see what is there. What a crash has torn is cut off."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._take_lock()
        told = self._told()
        for path in sorted(self.folder.glob("*.segment")):
            segment = Segment(path, int(path.stem))
            segment.look()
            segment.restore(told["done"].get(path.stem, ()))
            self._segments.append(segment)
        for segment in self._segments:
            self._check(segment)
        self._next = max([told["next"], *(each.end for each in self._segments)])
        self._next_read = self._segments[0].first if self._segments else self._next
        self._remove_finished()

    def append(self, payloads: list[bytes]) -> None:
        """Have them on the disk."""
        segment = self._to_append()
        assert self._file is not None
        try:
            self._file.write(b"".join(map(encoded, payloads)))
            self._file.flush()
            os.fsync(self._file.fileno())
        except BaseException:
            self._cut_off(segment)
            raise
        segment.size = self._file.tell()
        segment.count += len(payloads)
        self._next += len(payloads)

    def read(self, most: int, size: int) -> list[tuple[int, bytes]]:
        """The next records and their numbers: so many, and no more when they have so many bytes."""
        found: list[tuple[int, bytes]] = []
        while self._next_read < self._next and len(found) < most and size > 0:
            segment = self._to_read()
            if segment is None:
                break
            number, payload = self._next_read, self._read_one()
            if payload is None:
                self._leave_broken(segment)
                continue
            self._next_read += 1
            if not segment.is_done(number):
                found.append((number, payload))
                size -= len(payload)
        return found

    def done(self, numbers: list[int]) -> None:
        """They are not needed any more."""
        for number in numbers:
            self._segment_of(number).finish(number)
        self._save()
        self._remove_finished()

    def close(self) -> None:
        """Let others have the folder."""
        self._close_reading()
        self._close_file()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _check(self, segment: Segment) -> None:
        """Cut off what was written last and not to its end. Elsewhere nothing may be missing."""
        beyond = segment.path.stat().st_size - segment.size
        if not beyond:
            return
        if segment is self._segments[-1]:
            logger.warning("%s: %d bytes were not written to their end", segment.path, beyond)
            os.truncate(segment.path, segment.size)
        else:
            logger.error("%s is broken: what follows byte %d is lost", segment.path, segment.size)
            segment.is_broken = True

    def _told(self) -> dict[str, Any]:
        path = self.folder / "position"
        if not path.exists():
            return {"next": 0, "done": {}}
        return json.loads(path.read_bytes())  # type: ignore[no-any-return]

    def _save(self) -> None:
        done = {each.path.stem: each.finished() for each in self._segments}
        text = json.dumps({"next": self._next, "done": done})
        durable.write(self.folder / "position", text.encode())

    def _take_lock(self) -> None:
        self._lock = os.open(self.folder / "lock", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._lock)
            self._lock = None
            raise FlowError(
                f"the folder {self.folder} is somebody else's",
                hint="Give each flow that spills a folder of its own.",
            ) from None

    def _to_append(self) -> Segment:
        """The last segment, or a new one when that is full."""
        segment = self._segments[-1] if self._segments else None
        if segment is not None and self._has_room(segment):
            self._file = self._file or segment.path.open("ab")
            return segment
        self._close_file()
        segment = Segment(self.folder / f"{self._next:020}.segment", self._next)
        self._file = segment.path.open("ab")
        durable.flush_folder(self.folder)
        self._segments.append(segment)
        return segment

    def _has_room(self, segment: Segment) -> bool:
        is_last = segment.end == self._next  # others behind it may have been removed
        return is_last and segment.size < self._segment_size and not segment.is_sealed

    def _cut_off(self, segment: Segment) -> None:
        """What could not be written to its end was never there."""
        segment.is_sealed = True
        self._close_file()
        os.truncate(segment.path, segment.size)

    def _segment_of(self, number: int) -> Segment:
        """The last segment that begins at that number, or before."""
        for segment in reversed(self._segments):
            if segment.first <= number:
                return segment
        raise LookupError(number)

    def _to_read(self) -> Segment | None:
        """The segment of what is read next, which may begin later: others may be gone."""
        segment = next((each for each in self._segments if each.end > self._next_read), None)
        if segment is None:
            self._next_read = self._next
        elif self._reading is None or self._reading[0] is not segment:
            self._close_reading()
            self._next_read = segment.first
            self._reading = segment, segment.path.open("rb")
        return segment

    def _read_one(self) -> bytes | None:
        assert self._reading is not None
        return next(records(self._reading[1]), None)

    def _leave_broken(self, segment: Segment) -> None:
        """The disk has lost what it had. What can be read of the segment was read."""
        logger.error(
            "%s is broken: %d records from %d on are lost",
            segment.path,
            segment.end - self._next_read,
            self._next_read,
        )
        segment.is_broken = segment.is_sealed = True
        for number in range(self._next_read, segment.end):
            segment.finish(number)
        self._next_read = segment.end

    def _remove_finished(self) -> None:
        for segment in [each for each in self._segments if not each.left]:
            if self._reading is not None and self._reading[0] is segment:
                self._close_reading()
            if segment is self._segments[-1]:
                self._close_file()
            if segment.is_broken:
                segment.path.rename(segment.path.with_suffix(".broken"))
            else:
                segment.path.unlink()
            self._segments.remove(segment)

    def _close_reading(self) -> None:
        if self._reading is not None:
            self._reading[1].close()
            self._reading = None

    def _close_file(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
