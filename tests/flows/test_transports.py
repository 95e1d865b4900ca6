"""Flows over real sockets, of asyncio and of Twisted."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from piped import flows
from piped.flows import END, Batch, Collector, Flow, Items, Reason
from piped.flows.connection import Connection
from piped.flows.reason import failed
from piped.interop import reactor

from .parts import Hand, Source
from .wires import WAYS, Net, Unix, until


@pytest.fixture(params=WAYS)
async def net(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Net]:
    reactor.prepare(asyncio.get_running_loop())
    made = WAYS[request.param](tmp_path)
    try:
        yield made
        async with asyncio.timeout(10):
            await made.close()
    finally:
        await reactor.shut_down()


async def pair(net: Net, each: Callable[[Connection], Any] | None = None) -> tuple[Any, Any]:
    """The two ends of a connection, of which the second has no flow."""
    served: list[Connection] = []

    def keep(connection: Connection) -> Any:
        served.append(connection)
        staying = Flow(Source(), Collector())
        return each(connection) if each else [Flow(Source(), connection.drain), staying]

    await net.serve(keep)
    client = await net.connect()
    await until(lambda: served)
    return client, served[0]


def upper(connection: Connection) -> Flow:
    return Flow(connection.fount, flows.lines(), bytes.upper, flows.to_lines(), connection.drain)


class Counted:
    """Says how many there were, when it knows."""

    def __init__(self) -> None:
        self.count = 0

    def received(self, item: bytes) -> Iterator[bytes]:
        self.count += len(item)
        return iter(())

    def stopped(self, reason: Reason) -> Iterator[bytes]:
        yield b"%d bytes" % self.count


async def test_a_server_makes_a_flow_for_each_connection(net: Net) -> None:
    await net.serve(upper)
    for word in [b"one", b"two"]:
        client, collector = await net.connect(), Collector()
        back = Flow(client.fount, flows.lines(), collector)
        back.start()
        await Flow(Items([word] * 1000), flows.to_lines(), client.drain).run()
        assert await back.wait() is END
        assert collector.items == [word.upper()] * 1000


async def test_an_answer_may_come_after_our_side_was_closed(net: Net) -> None:
    await net.serve(lambda c: Flow(c.fount, flows.tube(Counted), c.drain))
    client, collector = await net.connect(), Collector()
    back = Flow(client.fount, collector)
    back.start()
    await Flow(Items([b"a" * 100] * 20_000), client.drain).run()
    assert await back.wait() is END
    assert b"".join(collector.items) == b"2000000 bytes"


async def test_the_fount_may_end_long_before_the_drain(net: Net) -> None:
    client, served = await pair(net)
    hand = Hand()
    client.fount.flow_to(hand)
    served.drain.fount.end(END)
    await until(lambda: hand.reason)
    assert hand.reason is END
    other = Collector()
    served.fount.flow_to(other)
    source = Source()
    source.flow_to(client.drain)
    source.push(b"still here")
    source.end(END)
    await until(lambda: other.reason)
    assert b"".join(other.items) == b"still here"
    assert (await client.drain.done()) is END


async def test_who_does_not_read_holds_back_who_writes(net: Net) -> None:
    client, served = await pair(net)
    made = itertools.count()
    chunks = [b"a" * 10_000] * 10_000
    hand = Hand()
    served.fount.flow_to(hand)
    hand.pause()
    items = Items((chunk for chunk in chunks if next(made) >= 0), size=1)
    sending = Flow(items, client.drain)
    sending.start()
    await until(lambda: items.is_paused)
    await asyncio.sleep(0)
    held = 0
    while held != (held := items.passed):
        for _ in range(20):
            await asyncio.sleep(0)
    assert items.passed < len(chunks)
    assert not client.drain.is_done
    hand.resume()
    await sending.wait()
    await until(lambda: hand.reason)
    assert sum(map(len, hand.items)) == 100_000_000


async def test_an_item_is_confirmed_when_it_has_gone(net: Net) -> None:
    client, served = await pair(net)
    source = Source()
    source.flow_to(client.drain)
    big = b"a" * 20_000_000
    source.push(big)
    assert source.answers[big] == []
    assert source.is_paused
    collector = Collector()
    served.fount.flow_to(collector)
    await until(lambda: source.answers[big])
    assert source.confirmed == [big]
    assert not source.is_paused


async def test_small_items_are_confirmed_and_hold_nobody_back(net: Net) -> None:
    client, served = await pair(net)
    source, collector = Source(), Collector()
    source.flow_to(client.drain)
    served.fount.flow_to(collector)
    for item in (b"one", b"two"):
        source.push(item)
        assert not source.is_paused
        await until(partial(source.answers.__getitem__, item))
    assert source.confirmed == [b"one", b"two"]
    assert client.drain.received == 2
    await until(lambda: b"".join(collector.items) == b"onetwo")


async def test_who_comes_after_the_loss_is_stopped_and_what_still_comes_is_refused(
    net: Net,
) -> None:
    client, _ = await pair(net)
    source = Source()
    client.abort()
    await until(lambda: client.is_lost)
    source.flow_to(client.drain)
    assert source.stopped_by is not None
    assert source.stopped_by.failure is not None
    client.drain.receive(Batch([b"late"], [source.receipt(b"late")]))
    assert [each[0].badness for each in source.answers.values()] == [2]


async def test_a_connection_that_is_lost_is_a_failure_of_both_ends(net: Net) -> None:
    client, served = await pair(net)
    hand, source = Hand(), Source()
    client.fount.flow_to(hand)
    source.flow_to(client.drain)
    source.push(b"a" * 20_000_000)
    served.abort()
    await until(lambda: hand.reason and source.stopped_by)
    assert hand.reason is not None
    assert hand.reason.failure is not None
    assert source.stopped_by is not None
    assert source.stopped_by.failure is not None
    assert [each[0].badness for each in source.answers.values()] == [2]


async def test_done_raises_what_kept_the_last_bytes_from_going(net: Net) -> None:
    client, served = await pair(net)
    collector = Collector()
    client.fount.flow_to(collector)
    sending = Flow(Items([b"a" * 20_000_000]), client.drain)
    sending.start()
    served.abort()
    with pytest.raises(Exception, match=r"(?i)connection|lost|closed|reset|pipe"):
        await sending.wait()


async def test_a_drain_that_is_told_of_a_failure_drops_the_connection(net: Net) -> None:
    client, served = await pair(net)
    hand, source = Hand(), Source()
    served.fount.flow_to(hand)
    source.flow_to(client.drain)
    source.push(b"a part")
    await until(lambda: hand.items)
    source.end(failed(ValueError("the rest is not to be had")))
    await until(lambda: hand.reason)
    if isinstance(net, Unix):
        return  # they know no other end
    assert hand.reason is not None
    assert hand.reason.failure is not None


async def test_a_flow_that_fails_drops_its_connection(
    net: Net, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(connection: Connection) -> Flow:
        raise ValueError("no flow is to be had")

    with caplog.at_level(logging.WARNING):
        await net.serve(broken)
        client, collector = await net.connect(), Collector()
        client.fount.flow_to(collector)
        await until(lambda: collector.reason)
    assert "no flow is to be had" in caplog.text


async def test_a_server_that_is_closed_waits_for_what_is_on_its_way(net: Net) -> None:
    gate, stored = asyncio.Event(), []

    async def slowly(items: list[bytes]) -> None:
        await gate.wait()
        stored.extend(items)

    server = await net.serve(lambda c: Flow(c.fount, flows.drain(slowly)))
    client = await net.connect()
    source = Source()
    source.flow_to(client.drain)
    source.push(b"one")
    await until(lambda: server.connections and server.connections[0].fount.passed)
    closing = asyncio.ensure_future(server.close())
    await asyncio.sleep(0)
    assert not closing.done()
    gate.set()
    await closing
    assert stored == [b"one"]
    net.servers.clear()


async def test_a_connection_for_which_there_is_no_flow_is_closed(net: Net) -> None:
    await net.serve(lambda c: None)
    client, collector = await net.connect(), Collector()
    client.fount.flow_to(collector)
    await until(lambda: collector.reason)
    assert collector.reason is END
