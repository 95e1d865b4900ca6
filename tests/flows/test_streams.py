"""Streams of asyncio, asynchronous iterators, and founts that are iterated over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from piped import flows
from piped.exceptions import FlowStopped
from piped.flows import END, STOPPED, Collector, Flow, Items, Reason
from piped.flows.reason import failed

from .parts import Hand, Source
from .wires import until


class Numbers:
    """Counts, and knows whether it was closed."""

    def __init__(self, stop: int = 1_000_000, failure: Exception | None = None) -> None:
        self.given = 0
        self.is_closed = False
        self._stop = stop
        self._failure = failure

    async def __aiter__(self) -> AsyncIterator[int]:
        try:
            while self.given < self._stop:
                self.given += 1
                yield self.given
            if self._failure is not None:
                raise self._failure
        finally:
            self.is_closed = True


async def turns(number: int = 20) -> None:
    for _ in range(number):
        await asyncio.sleep(0)


async def test_the_items_of_an_asynchronous_iterator_flow() -> None:
    collector, numbers = Collector(), Numbers(1000)
    assert await Flow(flows.from_async(numbers), lambda item: item * 2, collector).run() is END
    assert collector.items == [2 * number for number in range(1, 1001)]
    assert numbers.is_closed


async def test_nothing_is_asked_for_while_the_flow_is_paused() -> None:
    numbers, hand = Numbers(), Hand()
    fount = flows.from_async(numbers)
    hand.takes_a_pause = True
    fount.flow_to(hand)
    await turns()
    first = len(hand.items)
    assert 0 < first == numbers.given < 1000
    hand.resume()
    await turns()
    assert first < len(hand.items) == numbers.given < 1000
    fount.stop()
    await turns()
    assert numbers.is_closed
    assert hand.reason is STOPPED


async def test_what_the_iterator_raises_is_the_reason() -> None:
    flow = Flow(flows.from_async(Numbers(1, ValueError("broken"))), Collector())
    with pytest.raises(ValueError, match="broken"):
        await flow.run()


async def test_a_fount_that_was_stopped_before_it_began_asks_for_nothing() -> None:
    numbers, collector = Numbers(), Collector()
    fount = flows.from_async(numbers)
    fount.stop()
    fount.flow_to(collector)
    assert collector.reason is STOPPED
    assert numbers.given == 0


async def test_others_have_their_turn_though_more_is_always_there() -> None:
    numbers, collector = Numbers(100_000), Collector()
    flow = Flow(flows.from_async(numbers), collector)
    flow.start()
    await turns()
    assert 0 < len(collector.items) < 100_000
    flow.stop()
    await flow.wait()


async def stream_pair(path: Path) -> tuple[Any, Any, Any]:
    """Two connected ends, each a reader and a writer, and the server."""
    found: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    server = await asyncio.start_unix_server(lambda *end: found.set_result(end), str(path))
    one = await asyncio.open_unix_connection(str(path))
    return one, await found, server


async def test_bytes_flow_through_asyncio_streams_and_back(tmp_path: Path) -> None:
    (reader, writer), (other_reader, other_writer), server = await stream_pair(tmp_path / "s")
    collector = Collector()
    there = Flow(
        flows.from_stream(other_reader), flows.lines(), flows.to_lines(b"!\n"),
        flows.to_stream(other_writer),
    )  # fmt: skip
    back = Flow(flows.from_stream(reader), flows.lines(b"!\n"), collector)
    there.start()
    back.start()
    lines = [b"%d" % number for number in range(20_000)]
    await Flow(Items(lines), flows.to_lines(), flows.to_stream(writer)).run()
    assert await there.wait() is END
    assert await back.wait() is END
    assert collector.items == lines
    for each in (writer, other_writer):
        each.close()
    server.close()


async def test_a_stream_that_nobody_reads_holds_its_flow_back(tmp_path: Path) -> None:
    (_, writer), (other_reader, other_writer), server = await stream_pair(tmp_path / "s")
    source, chunk = Source(), b"a" * 10_000_000
    source.flow_to(flows.to_stream(writer))
    source.push(chunk)
    await turns()
    assert source.is_paused
    assert source.answers[chunk] == []
    size = 0
    while size < len(chunk):
        size += len(await other_reader.read(1 << 20))
    await until(lambda: not source.is_paused)
    assert source.confirmed == [chunk]
    source.end(failed(ValueError("cut")))
    await turns()
    assert writer.transport.is_closing()
    other_writer.close()
    server.close()


async def test_a_fount_is_iterated_over_and_items_are_confirmed_as_the_next_is_asked_for() -> None:
    source = Source()
    items = flows.iterate(source)
    first = asyncio.ensure_future(anext(items))
    await turns()
    source.push(1, 2)
    assert await first == 1
    assert source.is_paused
    assert source.confirmed == []
    assert await anext(items) == 2
    assert source.confirmed == [1]
    source.end(END)
    with pytest.raises(StopAsyncIteration):
        await anext(items)
    assert source.confirmed == [1, 2]


async def test_who_leaves_early_stops_the_fount_and_refuses_what_it_had() -> None:
    source = Source()
    async with aclosing(flows.iterate(source)) as items:
        first = asyncio.ensure_future(anext(items))
        await turns()
        source.push(1, 2, 3)
        await first
        await anext(items)
    assert source.stopped_by is STOPPED
    assert source.confirmed == [1]
    assert isinstance(source.answers[2][0].failure, FlowStopped)
    assert isinstance(source.answers[3][0].failure, FlowStopped)


async def test_iterating_gives_all_and_then_raises_the_failure_of_the_end() -> None:
    found: list[int] = []

    async def take(items: AsyncIterator[int]) -> None:
        async for item in items:
            found.append(item)  # noqa: PERF401 - what came before the failure counts

    fount = flows.from_async(Numbers(250, ValueError("broken")))
    with pytest.raises(ValueError, match="broken"):
        await take(flows.iterate(fount))
    assert found == list(range(1, 251))


async def test_an_iterated_fount_may_have_ended_before() -> None:
    source = Source()
    source.push("a")
    source.end(Reason("over"))
    assert [item async for item in flows.iterate(source)] == ["a"]
