"""A fount that others put items into.

1. Items that are put in during one turn of the loop travel together.
2. There is room for some; who waits for room is let in first come, first served.
3. When it ends, whoever waits is told why.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

from piped.flows.batch import batch_of
from piped.flows.fount import Fount
from piped.flows.reason import END, Reason
from piped.flows.receipt import Answer, Receipt

__all__ = ["Feed"]


class Feed(Fount):
    """Put items in with `offer`, `put` or `confirmed`; `close` it when there are no more."""

    def __init__(self, room: int = 1000, *, confirms: bool | None = None) -> None:
        super().__init__()
        # Whether who hands it a baton is to wait until that is stored. None: it is for no batons.
        self.confirms = confirms
        self._free = room
        self._items: list[tuple[Any, Receipt | None]] = []
        self._queue: deque[asyncio.Future[None]] = deque()
        self._let = 0  # who were let in, and have not come yet
        self._is_due = False

    @property
    def waiting(self) -> int:
        return super().waiting + len(self._items)

    def offer(self, item: Any, receipt: Receipt | None = None) -> bool:
        """Put it in if there is room now."""
        self._check_open()
        if self._is_full():
            return False
        self._take(item, receipt)
        return True

    async def put(self, item: Any, receipt: Receipt | None = None) -> None:
        """Put it in when there is room."""
        self._check_open()
        if self._is_full():
            room = asyncio.get_running_loop().create_future()
            self._queue.append(room)
            try:
                await room
            except asyncio.CancelledError:
                self._left(room)
                raise
            self._check_open()
            self._free += 1  # it was kept for us
            self._take(item, receipt)
            self._came()
        else:
            self._take(item, receipt)

    async def confirmed(self, item: Any) -> None:
        """Put it in, and wait until it is stored. Raises what kept it from being."""
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

        def told(answer: Answer) -> None:
            if not answered.done():
                answered.set_result(answer)

        await self.put(item, Receipt(told))
        (await answered).check()

    def close(self, reason: Reason = END) -> None:
        """Nothing more comes: end when all that was put in has gone."""
        self._hand_over(even_paused=True)  # what is held back waits in the outbox
        self.end(reason)
        self._let_in_all()

    def on_flow(self) -> None:
        self._hand_over()

    def on_stop(self, reason: Reason) -> None:
        self._hand_over(even_paused=True)  # it is refused
        self.end(reason)
        self._let_in_all()

    def _check_open(self) -> None:
        reason = self.stopped_by or self.reason
        if reason is not None:
            raise reason.as_failure()

    def _is_full(self) -> bool:
        """Whether there is no room, or others are before us."""
        return self._free <= 0 or bool(self._queue) or self._let > 0

    def _take(self, item: Any, receipt: Receipt | None) -> None:
        self._free -= 1
        self._items.append((item, receipt))
        if not self._is_due:
            self._is_due = True
            asyncio.get_running_loop().call_soon(self._turn)

    def _turn(self) -> None:
        self._is_due = False
        if self.is_flowing:
            self._hand_over()

    def _hand_over(self, *, even_paused: bool = False) -> None:
        """What was put in goes; while it is held back it stays, and takes its room."""
        if not self._items or (self.is_paused and not even_paused):
            return
        pairs, self._items = self._items, []
        self._free += len(pairs)
        self._let_in(len(pairs))
        self.emit(batch_of(pairs))

    def _let_in(self, most: int) -> None:
        while most and self._queue:
            room = self._queue.popleft()
            if not room.done():
                self._free -= 1
                self._let += 1
                most -= 1
                room.set_result(None)

    def _let_in_all(self) -> None:
        self._let_in(len(self._queue))

    def _left(self, room: asyncio.Future[None]) -> None:
        """Who waited for room has gone."""
        if room in self._queue:
            self._queue.remove(room)
        elif room.done() and not room.cancelled():
            self._free += 1
            self._came()

    def _came(self) -> None:
        """Who was let in is in, or has gone: those behind are let in as there is room."""
        self._let -= 1
        if not self._let:
            self._let_in(max(self._free, 0))
