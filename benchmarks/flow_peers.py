"""Other ways to let things flow: what `benchmarks.flows` measures ours beside."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

import anyio
from anyio.streams.buffered import BufferedByteReceiveStream
from tubes.framing import bytesToLines
from tubes.itube import IDrain, IFount
from tubes.kit import NoPause, beginFlowingFrom, beginFlowingTo
from tubes.tube import series, tube
from twisted.python.failure import Failure
from zope.interface import implementer

ITEMS, STEPS = 100_000, 5
LINE = b"2026-11-21 12:00:00 some words of a log file, as long as most of them are, I think\n"
CHUNK = 65_536
DATA = LINE * 200_000
CHUNKS = [DATA[at : at + CHUNK] for at in range(0, len(DATA), CHUNK)]


def plus_one(number: int) -> int:
    return number + 1


def by_generator(number: int) -> Iterator[int]:
    yield number + 1


@implementer(IDrain)
class Counter:
    """A drain of Tubes that counts."""

    inputType = fount = None

    def __init__(self) -> None:
        self.count = 0

    def flowingFrom(self, fount: Any) -> None:
        beginFlowingFrom(self, fount)

    def receive(self, item: Any) -> None:
        del item
        self.count += 1

    def flowStopped(self, reason: Any) -> None:
        """It counts no ends."""


@implementer(IFount)
class Pushing:
    """A fount of Tubes that pushes all that it has."""

    outputType = drain = None

    def __init__(self, items: Iterable[Any]) -> None:
        self._items = items

    def flowTo(self, drain: Any) -> Any:
        return beginFlowingTo(self, drain)

    def pauseFlow(self) -> Any:
        return NoPause()

    def stopFlow(self) -> None:
        """It ends by itself."""

    def run(self) -> None:
        receive = self.drain.receive  # type: ignore[attr-defined]
        for item in self._items:
            receive(item)
        self.drain.flowStopped(Failure(StopIteration()))  # type: ignore[attr-defined]


@tube
class PlusOne:
    """What Tubes has for a function."""

    def received(self, number: int) -> Iterator[int]:
        yield number + 1


async def generators() -> int:
    """The limit: generators that take from one another."""
    found: Iterator[int] = iter(range(ITEMS))
    for _ in range(STEPS):
        found = step(found)
    return sum(1 for _ in found)


def step(numbers: Iterator[int]) -> Iterator[int]:
    for number in numbers:
        yield plus_one(number)


async def nested_maps() -> int:
    found: Iterator[int] = iter(range(ITEMS))
    for _ in range(STEPS):
        found = map(plus_one, found)
    return sum(1 for _ in found)


async def tubes() -> int:
    counter, fount = Counter(), Pushing(range(ITEMS))
    fount.flowTo(series(*[PlusOne() for _ in range(STEPS)], counter))
    fount.run()
    return counter.count


async def anyio_streams() -> int:
    """A task for each step, and a stream with room for a hundred items between two."""
    async with anyio.create_task_group() as group:
        first, found = anyio.create_memory_object_stream[int](100)
        group.start_soon(send_all, first)
        for _ in range(STEPS):
            send, receive = anyio.create_memory_object_stream[int](100)
            group.start_soon(pump, found, send)
            found = receive
        count = 0
        async with found:
            async for _ in found:
                count += 1
    return count


async def send_all(stream: Any) -> None:
    async with stream:
        for number in range(ITEMS):
            await stream.send(number)


async def pump(source: Any, target: Any) -> None:
    async with source, target:
        async for number in source:
            await target.send(plus_one(number))


async def async_generators() -> int:
    async def numbers() -> AsyncIterator[int]:
        for number in range(ITEMS):
            yield number

    async def one_more(source: AsyncIterator[int]) -> AsyncIterator[int]:
        async for number in source:
            yield plus_one(number)

    found: AsyncIterator[int] = numbers()
    for _ in range(STEPS):
        found = one_more(found)
    return len([None async for _ in found])


async def split() -> int:
    """The limit: what `bytes.split` does with each chunk."""
    count, rest = 0, b""
    for chunk in CHUNKS:
        *lines, rest = (rest + chunk).split(b"\n")
        count += len(lines)
    return count


async def tubes_lines() -> int:
    counter, fount = Counter(), Pushing(CHUNKS)
    fount.flowTo(series(bytesToLines(), counter))
    fount.run()
    return counter.count


async def asyncio_readline() -> int:
    reader = asyncio.StreamReader()
    reader.feed_data(DATA)
    reader.feed_eof()
    count = 0
    while await reader.readline():
        count += 1
    return count


async def anyio_buffered() -> int:
    stream: Any = BufferedByteReceiveStream(Receiving())
    count = 0
    try:
        while True:
            await stream.receive_until(b"\n", 1 << 20)
            count += 1
    except anyio.IncompleteRead:
        return count


class Receiving(anyio.abc.ByteReceiveStream):
    """Gives the chunks."""

    def __init__(self) -> None:
        self._chunks = iter(CHUNKS)

    async def receive(self, max_bytes: int = CHUNK) -> bytes:
        del max_bytes
        try:
            return next(self._chunks)
        except StopIteration:
            raise anyio.EndOfStream from None

    async def aclose(self) -> None:
        """There is nothing to close."""
