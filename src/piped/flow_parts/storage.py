"""Drains that store: what comes while they are at work is stored next, together.

1. A batch is stored when the one before it is, or beside it, if several may be under way.
2. When as many items wait as may be stored at once, what flows in is held back.
3. What cannot be stored for now is tried again, for ever, later and later: nothing is lost.
4. Ended at once, it refuses what it has not stored.
5. What waits may be kept in another form than it came in (`condensed`).
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import cached_property
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any, NamedTuple

from piped.backoff import Backoff
from piped.clock import Clock, LoopClock
from piped.flows.complaints import Complaints
from piped.flows.drain import Drain
from piped.flows.reason import STOPPED, Reason, failed
from piped.flows.receipt import CONFIRMED, Answer, Receipt, answer_to, settle, unfinished
from piped.interop import drive

if TYPE_CHECKING:
    from piped.flows.batch import Batch
    from piped.flows.pause import Pause
    from piped.flows.working import Failing

__all__ = ["Load", "NotNow", "Storage"]

logger = logging.getLogger(__name__)

_FIRST_WAIT, _LONGEST_WAIT = 0.1, 10.0


class NotNow(Exception):
    """It cannot be stored for now, whatever it is."""


class Waiting(NamedTuple):
    """A batch that is to be stored."""

    items: Sequence[Any]
    receipts: list[Receipt] | None


class Load:
    """Items that are to be stored, each of which is answered once."""

    def __init__(self, batches: list[Waiting]) -> None:
        self._batches = batches
        self._left: set[int] | None = None  # those that were not answered; None for all

    def __len__(self) -> int:
        return sum(len(batch.items) for batch in self._batches)

    @property
    def parts(self) -> list[Sequence[Any]]:
        """The items of each batch, as they were kept."""
        return [batch.items for batch in self._batches]

    @property
    def items(self) -> Sequence[Any]:
        """All of them."""
        parts = self.parts
        return parts[0] if len(parts) == 1 else list(chain.from_iterable(parts))

    def confirm(self, numbers: Iterable[int] | None = None) -> None:
        """They are stored; all that are left, if no numbers are given."""
        self.answer(CONFIRMED, numbers)

    def answer(self, answer: Answer, numbers: Iterable[int] | None = None) -> int:
        """Answer for some of the items, or for all that are left. How many these were."""
        if numbers is None and self._left is None:
            self._left = set()
            for batch in self._batches:
                settle(batch.receipts, answer)
            return len(self)
        if self._left is None:
            self._left = set(range(len(self)))
        answered = self._left & set(self._left if numbers is None else numbers)
        self._left -= answered
        if answered and self.has_receipts:
            receipts = self._receipts
            heard = [receipts[number] for number in sorted(answered)]
            settle([each for each in heard if each is not None], answer)
        return len(answered)

    @property
    def has_receipts(self) -> bool:
        return any(batch.receipts is not None for batch in self._batches)

    @cached_property
    def _receipts(self) -> list[Receipt | None]:
        """That of each item, if somebody waits for its answer."""
        return [
            each
            for items, receipts in self._batches
            for each in (repeat(None, len(items)) if receipts is None else receipts)
        ]


class Storage(Drain):
    """Derive from it: `store` a load, by `persist`, and confirm or refuse its items."""

    def __init__(self, most: int, parallel: int = 1, failing: Failing = "refuse") -> None:
        super().__init__()
        self.clock: Clock = LoopClock()
        self.refused = 0
        self._complaints = Complaints()
        self.most = most
        self._parallel = parallel
        self._failing = failing
        self._queue: deque[Waiting] = deque()
        self._queued = 0
        self._working = 0
        self._workers: set[asyncio.Task[None]] = set()
        self._full: Pause | None = None
        self._aborted: Reason | None = None

    async def store(self, load: Load) -> None:
        """Store all items, and answer for each of them."""
        raise NotImplementedError

    def condensed(self, items: list[Any]) -> Sequence[Any]:
        """What is kept of items while they wait: they, or what gives them when it is iterated."""
        return items

    @property
    def waiting(self) -> int:
        """How many items are not being stored yet."""
        return self._queued

    def receive(self, batch: Batch) -> None:
        self.received += len(batch.items)
        if self._aborted is not None:
            batch.settle(unfinished(self._aborted))
            return
        self.begun()
        self._queue.append(Waiting(self.condensed(batch.items), batch.receipts))
        self._queued += len(batch.items)
        if self._working < self._parallel:
            self._working += 1
            worker = drive(self._work(), name=repr(self))
            self._workers.add(worker)
            worker.add_done_callback(self._left)
        if self._queued >= self.most and self._full is None and self.fount is not None:
            self._full = self.fount.pause()

    def stop(self, reason: Reason = STOPPED) -> None:
        if self._aborted is None:
            self._aborted = reason
            answer = unfinished(reason)
            for batch in self._taken(self._queued):
                settle(batch.receipts, answer)
                self.ended()
            for worker in self._workers:
                worker.cancel()
        super().stop(reason)

    async def persist(self, attempt: Callable[[], Awaitable[Any]]) -> None:
        """Try until it is no more `NotNow`."""
        backoff = Backoff(_FIRST_WAIT, _LONGEST_WAIT)
        while True:
            try:
                await attempt()
            except NotNow as reason:
                delay = backoff.next()
                logger.warning("%r: %s; again in %.1f s", self, reason, delay)
                await self.clock.sleep(delay)
            else:
                return

    def refuse(self, load: Load, failure: Exception, numbers: Iterable[int] | None = None) -> None:
        """Some items cannot be stored, ever."""
        answer = answer_to(failure, ends=self._failing == "stop")
        self.refused += load.answer(answer, numbers)
        if self._failing == "refuse" and not load.has_receipts:
            self._complaints.tell(self, self.refused, failure)
        if self._failing == "stop":
            self.stop(failed(failure))

    async def _work(self) -> None:
        try:
            await self._store_all()
        finally:
            self._working -= 1

    async def _store_all(self) -> None:
        while self._queue:
            batches = self._taken(self.most)
            load = Load(batches)
            try:
                await self.store(load)
            except Exception as failure:  # noqa: BLE001 - whatever it is, its originators hear of it
                self.refuse(load, failure)
            finally:
                # Of what was stored all is answered; what is left was ended at once.
                aborted = self._aborted or STOPPED
                load.answer(unfinished(aborted))
                for _ in batches:
                    self.ended()

    def _taken(self, most: int) -> list[Waiting]:
        """Some batches, of so many items, if there are more than one."""
        batches: list[Waiting] = []
        while self._queue and most > 0 and (not batches or len(self._queue[0].items) <= most):
            batches.append(self._queue.popleft())
            count = len(batches[-1].items)
            most -= count
            self._queued -= count
        if self._queued < self.most and self._full is not None:
            full, self._full = self._full, None
            full.resume()
        return batches

    def _left(self, worker: asyncio.Task[None]) -> None:
        self._workers.discard(worker)
        if not worker.cancelled() and (failure := worker.exception()) is not None:
            raise failure
