"""A buffer that goes on to the disk.

1. What the drain takes passes. What it does not take waits in memory, up to the bounds of a buffer;
   its originators hear when it is stored behind.
2. What is beyond goes to a journal on the disk. Its originators hear that it is confirmed as soon
   as it is there, and it is gone from there when it is confirmed behind. Items stay in order: as
   long as something is to be read from the disk, what comes in goes there.
3. What is on the disk from last time comes first. So does what was refused: it stays on the disk,
   and comes again with the next start.
4. When there is too much on the disk, what flows in is held back.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from piped.exceptions import brief
from piped.flows.buffer import Bounds, Buffer
from piped.flows.codec import Codec, Plain
from piped.flows.drain import Finishing
from piped.flows.holding import MOST, Pair, answer_for
from piped.flows.journal import Journal
from piped.flows.reason import Reason, failed
from piped.flows.receipt import CONFIRMED, Answer, Receipt, refused, unfinished
from piped.flows.tube import Tube
from piped.interop import drive

if TYPE_CHECKING:
    from piped.flows.batch import Batch

__all__ = ["Spilling", "spill"]

logger = logging.getLogger(__name__)

_READ = 1024 * 1024  # bytes that are read from the disk at once
_REFUSED = 2  # the badness of an answer


class Spilling(Buffer, Finishing):
    """Holds some in memory, and the rest in a journal."""

    def __init__(self, journal: Journal, bounds: Bounds, disk: int, codec: Codec) -> None:
        super().__init__(bounds)
        self.journal = journal
        self.kept = 0  # items that were refused behind, and stay on the disk
        self._disk = disk
        self._codec = codec
        self._is_open = False
        self._pending: deque[tuple[Pair, tuple[int, float]]] = deque()
        self._pending_weight = 0
        self._done: list[int] = []
        self._out = 0  # items of the disk that are not answered yet
        self._task: asyncio.Task[None] | None = None
        self._is_closed = False
        self._waiting = []

    @property
    def is_done(self) -> bool:
        """Whether the folder is left to the next one, and knows what is done."""
        return self._is_closed

    @property
    def waiting(self) -> int:
        return super().waiting + len(self._pending)

    @property
    def on_disk(self) -> int:
        """How many items are to be read from the disk."""
        return self.journal.unread

    @property
    def is_full(self) -> bool:
        size = self.bounds.size
        return (
            len(self._pending) >= MOST
            or (size is not None and self._pending_weight >= size)
            or self.journal.size >= self._disk
        )

    @property
    def is_empty(self) -> bool:
        is_here = bool(self._held or self._pending or self._task)
        if self.stopped_by is not None:
            return not is_here
        return not is_here and self._is_open and not self.journal.unread

    def flowing_from(self, fount: Any) -> Any:
        self._work()
        return super().flowing_from(fount)

    def receive(self, batch: Batch) -> None:
        if self._is_behind_disk:
            # Not at once: it would overtake.
            super(Buffer, self).receive(batch)
        else:
            super().receive(batch)

    def keep_one(self, pair: Pair, marks: tuple[int, float]) -> None:
        if self._is_behind_disk or self.is_beyond(1, marks[0]):
            self._pending.append((pair, marks))
            self._pending_weight += marks[0]
            self._work()
        else:
            super().keep_one(pair, marks)

    def refuse(self, answer: Answer) -> None:
        super().refuse(answer)
        while self._pending:
            answer_for(self._next_pending()[0][1], answer)

    def let_go(self) -> None:
        super().let_go()
        self._work()

    @property
    def _is_behind_disk(self) -> bool:
        return bool(self._task is not None or self._pending or self.journal.unread)

    def _next_pending(self) -> tuple[Pair, tuple[int, float]]:
        self._pending_weight -= self._pending[0][1][0]
        return self._pending.popleft()

    def _has_work(self) -> bool:
        if self.stopped_by is not None:
            return bool(self._done)
        return bool(not self._is_open or self._pending or self._done or self._wants_more())

    def _wants_more(self) -> bool:
        if not self.journal.unread or self.stopped_by is not None:
            return False
        most = self.bounds.items or MOST
        return 2 * len(self._held) < most and not self.is_beyond(1, 1)

    def _work(self) -> None:
        if self._task is None and self._has_work():
            self._task = drive(self._go_to_disk(), name=f"{self!r}: disk")
            self._task.add_done_callback(self._has_gone)

    def _has_gone(self, task: asyncio.Task[None]) -> None:
        self._task = None
        if not task.cancelled() and (failure := task.exception()) is not None:
            logger.error("%r: %s: %s", self, type(failure).__name__, brief(failure))
            self.refuse(refused(failure))
            self.stop(failed(failure))
        self.let_go()
        self._close_if_over()

    async def _go_to_disk(self) -> None:
        if not self._is_open:
            await asyncio.to_thread(self.journal.open)
            self._is_open = True
        while self._has_work():
            self._stay_in_memory()
            if self._pending:
                await self._write()
            if self._wants_more():
                await self._read()
            if self._done:
                done, self._done = self._done, []
                await asyncio.to_thread(self.journal.done, done)

    def _stay_in_memory(self) -> None:
        """What waits for the disk may stay, if nothing before it is there, and there is room."""
        if self.journal.unread:
            return
        while self._pending and not self.is_beyond(1, self._pending[0][1][0]):
            super().keep_one(*self._next_pending())
        super().let_go()

    async def _write(self) -> None:
        pairs = [self._next_pending()[0] for _ in range(len(self._pending))]
        payloads, receipts = [], []
        for item, receipt in pairs:
            try:
                payloads.append(self._codec.encode(item))
            except Exception as failure:  # noqa: BLE001 - of the user's codec
                self.fail(failure, receipt)
            else:
                receipts.append(receipt)
        if not payloads:
            return
        answer = CONFIRMED
        try:
            await asyncio.to_thread(self.journal.append, payloads)
        except OSError as failure:
            logger.error("%r: %d items cannot be kept: %s", self, len(payloads), failure)  # noqa: TRY400 - the disk's fault
            answer = refused(failure)
        for receipt in receipts:
            answer_for(receipt, answer)

    async def _read(self) -> None:
        room = max((self.bounds.items or MOST) - len(self._held), 1)
        size = _READ if self.bounds.size is None else max(self.bounds.size - self.weight, 1)
        for number, payload in await asyncio.to_thread(
            self.journal.read, min(room, MOST), min(size, _READ)
        ):
            try:
                item = self._codec.decode(payload)
                marks = self.measured(item)
            except Exception:
                self.kept += 1
                logger.exception("%r: record %d stays on the disk", self, number)
                continue
            self._out += 1
            receipt = Receipt(partial(self._answered, number))
            if self.stopped_by is not None:
                receipt.settle(unfinished(self.stopped_by))
            else:
                super().keep_one((item, receipt), marks)
        super().let_go()

    def _answered(self, number: int, answer: Answer) -> None:
        self._out -= 1
        if answer.badness < _REFUSED:
            self._done.append(number)
            self._work()
        else:
            self.kept += 1
            if self.stopped_by is None:
                logger.warning("%r: an item stays on the disk, since it was %s", self, answer.said)
        self._close_if_over()

    def end(self, reason: Reason) -> None:
        super().end(reason)
        self._close_if_over()

    def _close_if_over(self) -> None:
        """Leave the folder to the next one when nothing more can come of it."""
        if self.reason is not None and not (self._out or self._done or self._task):
            self.journal.close()
            self._is_closed = True
            self._tell()


def spill(
    folder: str | Path,
    *,
    items: int | None = None,
    size: int | None = None,
    disk: int = 1024**3,
    codec: Codec | None = None,
    weigh: Any = len,
) -> Tube:
    """A `buffer` in memory that goes on to a folder on the disk, up to so many bytes.

    What is there survives a crash, comes first the next time, and is confirmed to its originators.
    Items are bytes, or what JSON knows, unless there is a `codec`.
    """
    bounds = Bounds(items, size, "wait", weigh)
    journal = Path(folder)
    return Tube(lambda: Spilling(Journal(journal), bounds, disk, codec or Plain()), "spill")
