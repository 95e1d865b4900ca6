"""Asyncio's streams and asynchronous iterators, as founts and drains; and founts as iterators."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from typing import Any

from piped.flows.batch import Batch
from piped.flows.coming import ComingItems
from piped.flows.drain import Drain
from piped.flows.fount import Fount
from piped.flows.pause import Pause
from piped.flows.reason import STOPPED, Reason
from piped.flows.receipt import unfinished
from piped.flows.storing import Storing
from piped.interop import drive

__all__ = ["from_async", "from_stream", "iterate", "to_stream"]

_CHUNK = 65_536


class _ToStream(Storing):
    """Writes to an asyncio stream, and closes its side at the end."""

    input = bytes

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        super().__init__(self._write, failing="stop")
        self._writer = writer

    async def _write(self, items: list[bytes]) -> None:
        self._writer.write(b"".join(items))
        await self._writer.drain()

    def flow_ended(self, reason: Reason) -> None:
        self.begun()
        task = drive(self._finish(reason), name=repr(self))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        super().flow_ended(reason)

    async def _finish(self, reason: Reason) -> None:
        try:
            others = self._tasks - {asyncio.current_task()}
            if others:
                await asyncio.wait(others)
            if reason.failure is not None:
                self._writer.transport.abort()
            elif self._writer.can_write_eof():
                self._writer.write_eof()
            else:
                self._writer.close()
        finally:
            self.ended()


class _Taken(Drain):
    """Holds a batch until it was taken."""

    def __init__(self) -> None:
        super().__init__()
        self.batches: list[Batch] = []
        self.hold: Pause | None = None
        self.news = asyncio.Event()

    def receive(self, batch: Batch) -> None:
        self.received += len(batch)
        self.batches.append(batch)
        if self.hold is None and self.fount is not None:
            self.hold = self.fount.pause()
        self.news.set()

    def flow_ended(self, reason: Reason) -> None:
        super().flow_ended(reason)
        self.news.set()

    def let_go(self) -> None:
        hold, self.hold = self.hold, None
        if hold is not None:
            hold.resume()


def from_async(items: AsyncIterable[Any]) -> Fount:
    """What an asynchronous iterable gives; what it raises is the reason of the end."""
    return ComingItems(lambda: items, size=1)


def from_stream(reader: asyncio.StreamReader, size: int = _CHUNK) -> Fount:
    """The bytes that can be read from an asyncio stream."""

    async def chunks() -> AsyncIterator[bytes]:
        while chunk := await reader.read(size):
            yield chunk

    made = ComingItems(chunks, size=1)
    made.output = bytes
    return made


def to_stream(writer: asyncio.StreamWriter) -> Drain:
    """Writes to an asyncio stream, whose writing side it closes at the end."""
    return _ToStream(writer)


async def iterate(fount: Any) -> AsyncGenerator[Any, None]:
    """What a fount gives. An item is confirmed when the next one is asked for.

    Whoever leaves early has the fount stopped when the iterator is closed: see
    `contextlib.aclosing`. If the fount ends with a failure, it is raised.
    """
    taken = _Taken()
    fount.flow_to(taken)
    batch: Batch | None = None
    at = 0
    try:
        while True:
            while taken.batches:
                batch, at = taken.batches.pop(0), 0
                for at, item in enumerate(batch.items):
                    yield item
                    if batch.receipts is not None:
                        batch.receipts[at].settle()
                batch = None
            if taken.reason is not None:
                taken.reason.check()
                return
            taken.news.clear()
            taken.let_go()
            if not taken.batches and taken.reason is None:
                await taken.news.wait()
    finally:
        rest = [*([batch.part(at)] if batch is not None else []), *taken.batches]
        for each in rest:
            each.settle(unfinished(STOPPED))
        taken.batches.clear()
        taken.stop()
