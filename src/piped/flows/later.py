"""Stages whose function is asynchronous, at work on some items at once.

1. At most `parallel` items are under way, and what came of a hundred more waits to be handed on.
   While more wait to be begun, nothing flows in. Of those with the same key one is under way, and
   so that others may pass them some wait here.
2. What comes of items is handed on in their order, or as it comes. What comes in one turn of the
   loop is handed on together.
3. While the stage is paused no item is begun; an asynchronous generator waits at its next `yield`.
4. Stopped, it cancels what is under way, and ends when that has ended.
5. A function that awaits what somebody cancelled has failed. A task that is cancelled itself, as by
   the end of the loop, stops the flow.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, cast

from piped.exceptions import FlowError
from piped.flows.batch import batch_of
from piped.flows.functions import yields_later
from piped.flows.lanes import FREE, Lanes
from piped.flows.reason import Reason, cancelled
from piped.flows.receipt import CONFIRMED, Answer, Receipt, unfinished
from piped.flows.working import Failing, Working
from piped.interop import drive, is_cancelled, settled

if TYPE_CHECKING:
    from piped.flows.batch import Batch
    from piped.flows.pause import Pause

__all__ = ["Later", "Place", "answer_for"]

_ROOM = 100  # items of which something has come before its turn; and what may come of one


class Place:
    """What came of one item, until its turn has come."""

    __slots__ = ("has_ended", "made")

    def __init__(self) -> None:
        self.made: list[tuple[Any, Receipt | None]] = []
        self.has_ended = False


class Later(Working):
    """Awaits what a function makes of each item, or iterates over it."""

    def __init__(
        self,
        function: Callable[[Any], Any],
        parallel: int = 1,
        ordered: bool = True,
        failing: Failing = "refuse",
        key: Callable[[Any], Hashable] | None = None,
    ) -> None:
        super().__init__(function, failing)
        self._key = key
        self._yields = yields_later(function)
        self._parallel = parallel
        self._ordered = ordered
        self._todo = Lanes()
        self._places: deque[Place] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._full: Pause | None = None
        self._ending: Reason | None = None
        self._is_due = False
        self._room: list[asyncio.Future[None]] = []

    @property
    def waiting(self) -> int:
        return super().waiting + len(self._todo) + sum(len(each.made) for each in self._places)

    def receive(self, batch: Batch) -> None:
        for item, receipt in batch.pairs():
            self._add(item, receipt)
        self._begin()

    def _add(self, item: Any, receipt: Receipt | None) -> None:
        if self.stopped_by is not None:
            answer_for(receipt, unfinished(self.stopped_by))
        elif self._key is None:
            self._todo.add(FREE, (item, receipt, None))
        else:
            try:
                key = self._key(item)
                hash(key)
            except Exception as failure:  # noqa: BLE001 - of the user's function
                self.fail(failure, receipt)
            else:
                self._todo.add(key, (item, receipt, self._new_place()))

    def finish(self, reason: Reason) -> None:
        self._ending = reason
        self._check_end()

    def on_flow(self) -> None:
        self._make_room()
        self._begin()
        super().on_flow()

    def on_stop(self, reason: Reason) -> None:
        answer = unfinished(reason)
        for _, receipt, place in self._todo.cleared():
            answer_for(receipt, answer)
            if place is not None:
                place.has_ended = True
                self._due()
        for task in self._tasks:
            task.cancel()
        super().on_stop(reason)
        self._check_end()  # it may have been about to end

    def _begin(self) -> None:
        """Have as many at work as there is work for, and hold back what cannot be begun."""
        free = self._parallel - len(self._tasks)
        for _ in range(min(free, self._todo.ready) if self._may_begin() else 0):
            self._drive(self._work())
        self._hold_back()

    def _may_begin(self) -> bool:
        # With a key, those that wait have their places already.
        begun = len(self._places) - (0 if self._key is None else len(self._todo))
        return not self.is_paused and begun < self._parallel + _ROOM

    def _drive(self, work: Coroutine[Any, Any, None]) -> None:
        task = drive(work, name=repr(self))
        self._tasks.add(task)
        task.add_done_callback(self._left)

    def _hold_back(self) -> None:
        is_full = len(self._todo) > (0 if self._key is None else _ROOM)
        if is_full and self._full is None and self.fount is not None:
            self._full = self.fount.pause()
        elif not is_full and self._full is not None:
            full, self._full = self._full, None
            full.resume()

    async def _work(self) -> None:
        while self._todo.ready and self._may_begin():
            await self._next()

    async def _next(self) -> None:
        """Work on the next item."""
        key, (item, receipt, place) = self._todo.begin()
        self._hold_back()
        place = place or self._new_place()
        await self._finish(key, receipt, place, self._make(item, receipt, place))

    async def _finish(
        self, key: Hashable, receipt: Receipt | None, place: Place, making: Awaitable[None]
    ) -> None:
        """Answer for an item when what comes of it has come."""
        try:
            await making
        except (Exception, asyncio.CancelledError) as failure:
            if isinstance(failure, asyncio.CancelledError) and is_cancelled():
                answer_for(receipt, unfinished(self.stopped_by or cancelled()))
                raise
            self._failed(failure, receipt)
        else:
            answer_for(receipt, CONFIRMED)
        finally:
            self._todo.ended(key)
            place.has_ended = True
            self._due()

    def _failed(self, failure: BaseException, receipt: Receipt | None) -> None:
        """The function has raised something, or what it awaits was cancelled."""
        if not isinstance(failure, Exception):
            failure = FlowError("what it waited for was cancelled")
        self.fail(failure, receipt)

    def _new_place(self) -> Place:
        place = Place()
        self._places.append(place)
        return place

    async def _make(self, item: Any, receipt: Receipt | None, place: Place) -> None:
        if not self._yields:
            self._put(await settled(self._function(item)), receipt, place)
            return
        async with aclosing(self._function(item)) as many:
            async for made in many:
                self._put(made, receipt, place)
                await self._wait_for_room(place)

    def _put(self, made: Any, receipt: Receipt | None, place: Place) -> None:
        if receipt is not None:
            receipt.hold()
        place.made.append((made, receipt))
        self._due()

    def _due(self) -> None:
        if not self._is_due:
            self._is_due = True
            asyncio.get_running_loop().call_soon(self._hand_over)

    def _hand_over(self) -> None:
        self._is_due = False
        pairs: list[tuple[Any, Receipt | None]] = []
        for place in list(self._places):
            if place.made:
                pairs += place.made
                place.made = []
            if place.has_ended:
                self._places.remove(place)
            elif self._ordered:
                break
        if pairs:
            self.emit(batch_of(pairs))
        self._make_room()
        self._begin()
        self._check_end()

    async def _wait_for_room(self, place: Place) -> None:
        while (self.is_paused and self.stopped_by is None) or len(place.made) >= _ROOM:
            room = asyncio.get_running_loop().create_future()
            self._room.append(room)
            await room

    def _make_room(self) -> None:
        room, self._room = self._room, []
        for each in room:
            if not each.done():
                each.set_result(None)

    def _left(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            self.stop(cancelled())  # if it is not the stop that has cancelled it
        elif (failure := task.exception()) is not None:
            self.fail_with(cast("Exception", failure))
        self._begin()
        self._check_end()

    def _check_end(self) -> None:
        done = not (self._todo or self._tasks or self._places)
        if self._ending is not None and done:
            self.end(self._ending)


def answer_for(receipt: Receipt | None, answer: Answer) -> None:
    if receipt is not None:
        receipt.settle(answer)
