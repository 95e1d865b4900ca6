"""Flows that go over real connections."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pytest

from piped.exceptions import FailedElsewhere, ResourceLost
from piped.flows import END, Answer, Collector, Feed, Flow, Items, Reason, drain
from piped.flows.elsewhere.client import remote, through
from piped.flows.elsewhere.host import Host
from piped.flows.elsewhere.server import RemoteFount
from piped.flows.elsewhere.types import typed
from piped.flows.receipt import refused
from piped.interop.reactor import prepare, shut_down
from piped.secret import Secret
from piped.testing import ManualClock
from tests.flows.parts import Hand, Source
from tests.proxy import proxy

from .wires import until

LISTEN = "tcp:0:interface=127.0.0.1"


@pytest.fixture(autouse=True)
async def _reactor() -> AsyncIterator[None]:
    prepare(asyncio.get_running_loop())
    yield
    await shut_down()


@dataclass
class Entry:
    number: int
    text: str = ""


@dataclass
class Exit:
    number: int


class Told:
    """Who hears what became of the items."""

    def __init__(self) -> None:
        self.answers: list[tuple[Any, Answer]] = []

    def __call__(self, answer: Answer, items: list[Any]) -> None:
        self.answers += [(item, answer) for item in items]

    @property
    def confirmed(self) -> list[Any]:
        return [item for item, answer in self.answers if answer.is_confirmed]


class There:
    """The other side, which collects."""

    def __init__(self, listen: str = LISTEN, *args: Any, into: Any = None, **options: Any) -> None:
        self.fount = RemoteFount(listen, *args, **options)
        self.drain: Any = Collector() if into is None else into
        self.flow = Flow(self.fount, self.drain)

    async def __aenter__(self) -> Self:
        self.flow.start()
        self.port = await self.fount.listening()
        self.endpoint = f"tcp:127.0.0.1:{self.port}"
        return self

    async def __aexit__(self, *error: object) -> None:
        self.flow.stop()
        await self.drain.finished()
        await until(lambda: self.fount._closing is not None and self.fount._closing.done())


async def test_items_arrive_in_order_and_are_confirmed_and_the_end_crosses_over() -> None:
    told, types = Told(), typed(Entry)
    entries = [Entry(number, "x" * (number % 50)) for number in range(5000)]
    async with There(LISTEN, types, ends="together") as there:
        reason = await Flow(Items(entries, told=told), remote(there.endpoint, types)).run()
        assert reason is END
        assert (await there.flow.wait()).said == END.said
        assert there.drain.items == entries
        assert told.confirmed == entries


async def test_an_item_longer_than_a_box_crosses_in_pieces_and_a_longer_one_is_refused() -> None:
    told = Told()
    texts = ["short", "x" * 900_000, "y" * 2_000_000, "end"]
    async with There() as there:
        await Flow(Items(texts, size=1, told=told), remote(there.endpoint)).run()
        assert there.drain.items == told.confirmed == [texts[0], texts[1], texts[3]]
    [said] = [answer.said for _, answer in told.answers if not answer.is_confirmed]
    assert "longer than 1048576 bytes" in said


async def test_what_the_other_side_does_not_know_is_refused_by_name_alone() -> None:
    told = Told()
    items = [Entry(1), Exit(2), Entry(3)]
    async with There(LISTEN, typed(Entry)) as there:
        away = remote(there.endpoint, typed(Entry, Exit))
        await Flow(Items(items, size=1, told=told), away).run()
        assert there.drain.items == told.confirmed == [Entry(1), Entry(3)]
    [failure] = [answer.failure for _, answer in told.answers if not answer.is_confirmed]
    assert isinstance(failure, FailedElsewhere)
    assert failure.msg == "there is no class 'Exit' here"


async def test_whoever_sent_an_item_hears_why_the_drain_there_refused_it() -> None:
    @drain
    async def stored(items: list[int]) -> None:
        if 3 in items:
            raise ValueError("no threes")

    told = Told()
    async with There(into=stored.make()) as there:
        await Flow(Items(range(5), size=1, told=told), remote(there.endpoint)).run()
    assert sorted(told.confirmed) == [0, 1, 2, 4]
    [failure] = [answer.failure for _, answer in told.answers if not answer.is_confirmed]
    assert "ValueError: no threes" in str(failure)


async def test_what_is_stopped_there_is_stopped_here() -> None:
    hand = Hand()
    async with There(into=hand, ends="together") as there:
        flow = Flow(Items(itertools.count()), remote(there.endpoint))
        flow.start()
        await until(lambda: hand.items)
        hand.stop(Reason("the disk is full"))
        hand.settle_all()
        assert (await flow.wait()).said == "the disk is full"


async def test_a_slow_drain_holds_back_the_source_on_the_other_side() -> None:
    hand, read = Hand(), []

    def numbers() -> Any:
        for number in itertools.count():
            read.append(number)
            yield number

    async with There(into=hand, room=100) as there:
        flow = Flow(Items(numbers(), size=10), remote(there.endpoint, window=1000))
        flow.start()
        await until(lambda: hand.items)
        hand.pause()
        before = -1
        while before != len(read):  # until nothing moves any more
            before = len(read)
            for _ in range(20):
                await asyncio.sleep(0.001)
        assert there.fount.waiting <= 100
        assert len(read) <= 1000 + 10
        flow.abort()
        hand.resume()
        there.flow.stop()
        hand.settle_all()


async def test_what_was_cut_off_is_sent_again_and_arrives_once() -> None:
    told, feed = Told(), range(20_000)
    async with There() as there, proxy(there.port) as network:
        away = remote(f"tcp:127.0.0.1:{network.port}", initial_delay=0.001, max_delay=0.01)
        flow = Flow(Items(feed, size=20, told=told), away)
        flow.start()
        for part in range(1, 8):
            await until(lambda: len(there.drain.items) > 2500 * part)  # noqa: B023 - it is awaited
            network.cut()
        await flow.wait()
        assert network.connections > 1
        assert there.drain.items == told.confirmed == list(feed)


async def test_without_resending_what_was_cut_off_is_refused_and_the_rest_goes_on() -> None:
    source, hand = Source(), Hand()
    async with There(into=hand) as there, proxy(there.port) as network:
        away = remote(f"tcp:127.0.0.1:{network.port}", resend=False, initial_delay=0.001)
        flow = Flow(source, away)
        flow.start()
        await until(lambda: source.is_flowing)
        source.push(1, 2)
        await until(lambda: hand.items)
        network.cut()
        await until(lambda: len(source.answers[1]) == 1)
        assert isinstance(source.answers[1][0].failure, ResourceLost)
        await until(lambda: source.is_flowing)
        source.push(3)
        await until(lambda: 3 in hand.items)
        hand.settle_all()
        source.end(END)
        await flow.wait()
    assert source.confirmed == [3]
    assert hand.items == [1, 2, 3]


async def test_a_connection_that_has_fallen_silent_is_given_up() -> None:
    source, clock = Source(), ManualClock()
    async with There() as there, proxy(there.port) as network:
        flow = Flow(source, remote(f"tcp:127.0.0.1:{network.port}"), clock=clock)
        flow.start()
        await until(lambda: source.is_flowing)
        network.silent = True
        source.push("lost")
        await until(lambda: network.connections > 1, clock)
        network.silent = False
        await until(lambda: source.confirmed == ["lost"], clock)
        source.end(END)
        await flow.wait()
        assert there.drain.items == ["lost"]


async def test_who_has_no_patience_any_more_refuses_what_was_not_answered() -> None:
    source, clock = Source(), ManualClock()
    async with There(into=Hand()) as there, proxy(there.port) as network:
        flow = Flow(source, remote(f"tcp:127.0.0.1:{network.port}", patience=60.0), clock=clock)
        flow.start()
        await until(lambda: source.is_flowing)
        source.push("one")
        await until(lambda: there.drain.items)
        await network.refuse()
        network.cut()
        await until(lambda: source.stopped_by is not None, clock)
        assert not source.answers["one"][0].is_confirmed
        with pytest.raises(ResourceLost):
            await flow.wait()
        there.drain.settle_all(refused(ValueError()))


async def test_one_who_ends_with_nothing_under_way_and_nobody_there_is_done_at_once() -> None:
    source = Source()
    flow = Flow(source, remote("tcp:127.0.0.1:1"))
    flow.start()
    source.end(END)
    assert await flow.wait() is END


async def test_they_meet_at_a_path_too(tmp_path: Path) -> None:
    fount, items = RemoteFount(f"unix:{tmp_path}/s", ends="together"), Collector()
    there = Flow(fount, items)
    there.start()
    await fount.listening()
    await Flow(Items(range(10)), remote(f"unix:{tmp_path}/s")).run()
    await there.wait()
    assert items.items == list(range(10))


async def test_those_who_share_a_secret_meet() -> None:
    async with There(secret=Secret("open sesame")) as there:
        away = remote(there.endpoint, secret=Secret("open sesame"))
        await Flow(Items(range(10)), away).run()
        assert there.drain.items == list(range(10))


@pytest.mark.parametrize("here", [None, "open barley"])
async def test_nothing_is_taken_from_who_does_not_know_the_secret(
    here: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    secret = None if here is None else Secret(here)
    async with There(secret=Secret("open sesame")) as there:
        flow = Flow(Items(range(10)), remote(there.endpoint, secret=secret, patience=0.01))
        with pytest.raises(ResourceLost):
            await flow.run()
        assert there.drain.items == []
    assert "its secret is another one" in caplog.text


async def test_nothing_is_sent_to_who_does_not_know_the_secret() -> None:
    async with There() as there:
        away = remote(there.endpoint, secret=Secret("open sesame"), patience=0.01)
        with pytest.raises(ResourceLost):
            await Flow(Items(range(10)), away).run()
        assert there.drain.items == []


def spelled(number: int) -> str:
    return str(number)


class Halved(ValueError):
    """What the stage elsewhere fails with."""


def halved(entry: Entry) -> Any:
    if entry.number % 10 == 9:
        raise Halved("a nine")
    if entry.number % 2 == 0:
        yield Exit(entry.number // 2)


async def test_items_go_through_a_stage_elsewhere() -> None:
    told, types, exits = Told(), typed(Entry, Exit), Collector()
    entries = [Entry(number) for number in range(3000)]
    host = Host(LISTEN, halved, types)
    endpoint = f"tcp:127.0.0.1:{await host.start()}"
    flow = Flow(Items(entries, size=1, told=told), through(endpoint, types), exits)
    assert (await flow.run()).said == END.said
    assert exits.items == [Exit(number) for number in range(1500)]
    assert len(told.answers) == 3000
    assert len(told.confirmed) == 2700
    refusals = {str(answer.failure) for _, answer in told.answers if not answer.is_confirmed}
    assert len(refusals) == 1
    assert "Halved: a nine" in refusals.pop()
    await host.stop()


async def test_an_item_that_went_elsewhere_is_confirmed_when_its_result_is_stored_here() -> None:
    source, hand = Source(), Hand()
    host = Host(LISTEN, spelled)
    flow = Flow(source, through(f"tcp:127.0.0.1:{await host.start()}"), hand)
    flow.start()
    await until(lambda: source.is_flowing)
    source.push(1, 2)
    await until(lambda: hand.items == ["1", "2"])
    assert source.confirmed == []
    hand.settle_all()
    await until(lambda: source.confirmed == [1, 2])
    source.end(END)
    await flow.wait()
    await host.stop()


async def test_what_went_elsewhere_comes_back_once_though_the_wire_is_cut() -> None:
    told, exits, entries = Told(), Collector(), range(5000)
    host = Host(LISTEN, spelled)
    async with proxy(await host.start()) as network:
        away = through(f"tcp:127.0.0.1:{network.port}", initial_delay=0.001, max_delay=0.01)
        flow = Flow(Items(entries, size=20, told=told), away, exits)
        flow.start()
        for part in range(1, 4):
            await until(lambda: len(exits.items) > 1000 * part)  # noqa: B023 - it is awaited
            network.cut()
        await flow.wait()
        assert exits.items == list(map(str, entries))
        assert told.confirmed == list(entries)
    await host.stop()


async def test_what_is_stopped_behind_a_stage_elsewhere_is_stopped_before_it() -> None:
    hand = Hand()
    host = Host(LISTEN, spelled)
    endpoint = f"tcp:127.0.0.1:{await host.start()}"
    flow = Flow(Items(itertools.count()), through(endpoint), hand)
    flow.start()
    await until(lambda: hand.items)
    hand.stop(Reason("it was enough"))
    hand.settle_all()
    assert (await flow.wait()).said == "it was enough"
    await host.stop()


async def test_many_send_to_one() -> None:
    async with There(room=50) as there:
        flows = [
            Flow(Items([f"{name} {number}" for number in range(500)]), remote(there.endpoint))
            for name in "abcd"
        ]
        await asyncio.gather(*[flow.run() for flow in flows])
        for name in "abcd":
            own = [item for item in there.drain.items if item.startswith(name)]
            assert own == [f"{name} {number}" for number in range(500)]


async def test_who_waits_for_an_item_hears_that_it_is_stored_elsewhere() -> None:
    feed = Feed()
    async with There() as there:
        flow = Flow(feed, remote(there.endpoint))
        flow.start()
        await feed.confirmed("one")
        assert there.drain.items == ["one"]
        feed.close()
        await flow.wait()
