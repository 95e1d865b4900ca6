"""Founts of what comes later: of asynchronous iterators.

1. The next is asked for when those before have flowed on, and never while the fount is paused.
2. Stopped, it cancels what it waits for, and ends when that has ended.
3. What the iterator raises is the reason of the end.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Callable
from contextlib import aclosing
from typing import Any

from piped.flows.batch import Batch
from piped.flows.fount import Fount
from piped.flows.reason import END, Reason, failed
from piped.interop import drive

__all__ = ["Coming", "ComingBatches", "ComingItems"]

_TURN = 100  # items after which others have their turn, though more are there


class Coming(Fount):
    """Derive from it: `run` gets what comes, and hands it over by `take`, until the end."""

    def __init__(self) -> None:
        super().__init__()
        self._task: asyncio.Task[None] | None = None
        self._room: asyncio.Future[None] | None = None
        self._since = 0

    async def run(self) -> Reason:
        """Begin when it may flow. Gives the reason of the end, or raises it."""
        raise NotImplementedError

    def on_flow(self) -> None:
        if self._task is None:
            self._task = drive(self._run(), name=repr(self))
        elif self._room is not None and not self._room.done():
            self._room.set_result(None)

    def on_stop(self, reason: Reason) -> None:
        if self._task is None:
            self.end(reason)
        else:
            self._task.cancel()

    async def _run(self) -> None:
        try:
            reason = await self.run()
        except asyncio.CancelledError:
            # Somebody else may have cancelled it: that is a failure, and no end.
            reason = self.stopped_by or failed(asyncio.CancelledError())
        except Exception as failure:  # noqa: BLE001 - whatever the iterator raises
            reason = failed(failure)
        self.end(reason)

    async def take(self, batch: Batch) -> None:
        """Hand on what has come, and wait until there is room for more."""
        self.emit(batch)
        self._since += len(batch.items)
        if self._since >= _TURN:
            self._since = 0
            await asyncio.sleep(0)
        while not self.is_flowing and self.stopped_by is None:
            self._room = asyncio.get_running_loop().create_future()
            await self._room


class ComingBatches(Coming):
    """The batches of an asynchronous generator."""

    def __init__(self, batches: Callable[[], AsyncGenerator[Batch, None]]) -> None:
        super().__init__()
        self._batches = batches

    async def run(self) -> Reason:
        async with aclosing(self._batches()) as batches:
            async for batch in batches:
                await self.take(batch)
        return END


class ComingItems(Coming):
    """The items of an asynchronous iterable. Those of one turn of the loop travel together."""

    def __init__(self, given: Callable[[], Any], size: int = 100) -> None:
        super().__init__()
        self._given = given
        self._size = size
        self._items: list[Any] = []
        self._is_due = False

    async def run(self) -> Reason:
        return await self.run_on(self._given())

    async def run_on(self, iterable: AsyncIterable[Any]) -> Reason:
        """Take all items of it, and close it."""
        items = aiter(iterable)
        try:
            async for item in items:
                await self._take_one(item)
        finally:
            self._hand_over()
            close = getattr(items, "aclose", None)
            if close is not None:
                await close()
        return END

    async def _take_one(self, item: Any) -> None:
        self._items.append(item)
        if len(self._items) >= self._size or not self.is_flowing:
            items, self._items = self._items, []
            await self.take(Batch(items))
        elif not self._is_due:
            self._is_due = True
            asyncio.get_running_loop().call_soon(self._turn)

    def _turn(self) -> None:
        self._is_due = False
        self._hand_over()

    def _hand_over(self) -> None:
        if self._items:
            items, self._items = self._items, []
            self.emit(Batch(items))
