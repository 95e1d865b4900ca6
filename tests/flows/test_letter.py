"""What a user of Twisted's tubes wrote that was missing or broke, each as a test."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from piped import flows
from piped.exceptions import FlowStopped, UnfitEdge
from piped.flows import (
    END,
    STOPPED,
    Collector,
    FanIn,
    Feed,
    Flow,
    Items,
    Reason,
    endpoints,
    parallel,
    series,
    transports,
    tube,
)
from piped.flows.branches import Shedding
from piped.flows.connection import Connection
from piped.flows.reason import failed
from piped.interop import reactor

from .logs import Database, Entry, entry, parsed, parsed_line, reader, write_log
from .parts import Hand, Source, said
from .wires import until

# A program in the style of `react`: it ends when the Deferred fires that it gives.
PROGRAM = """
import sys
from pathlib import Path
from twisted.internet import asyncioreactor
asyncioreactor.install()
from twisted.internet.task import deferLater, react
from piped import flows
from tests.flows.logs import Database, parsed, reader

def begin():
    database = Database(Path(sys.argv[2]))
    flow = flows.Flow(reader(Path(sys.argv[1])), parsed, flows.drain(database.store))
    flow.start()
    return flow.wait()

react(lambda reactor: deferLater(reactor, 0, begin))
"""


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    made = Database(tmp_path / "entries.db")
    yield made
    made.connection.close()


@pytest.fixture
async def twisted() -> AsyncIterator[None]:
    """A reactor on the loop of the test."""
    reactor.prepare(asyncio.get_running_loop())
    yield
    await reactor.shut_down()


# He waited for the end of his program until all was parsed and committed, and had no way to know.


def test_the_reactor_shuts_down_after_all_was_parsed_and_committed(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log", 5000)
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM, log, tmp_path / "entries.db"],
        env={**os.environ, "PYTHONPATH": f"{root / 'src'}{os.pathsep}{root}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    with sqlite3.connect(tmp_path / "entries.db") as connection:
        [(count,)] = connection.execute("select count(*) from entries")
    connection.close()
    assert count == 5000


async def test_slow_parsing_of_the_last_lines_is_waited_for(
    tmp_path: Path, database: Database
) -> None:
    gate = asyncio.Event()

    async def expensive(item: Entry) -> Entry:
        await gate.wait()
        return item

    log = write_log(tmp_path / "log", 10)
    way = tube(expensive, parallel=10)
    running = asyncio.ensure_future(
        Flow(reader(log), parsed, way, flows.drain(database.store)).run()
    )
    await asyncio.sleep(0)
    assert not running.done()
    gate.set()
    assert await running is END
    assert database.numbers == list(range(10))


async def test_expensive_parsing_in_threads_is_waited_for(
    tmp_path: Path, database: Database
) -> None:
    log = write_log(tmp_path / "log", 500)
    lines, stored = flows.lines(encoding="utf-8"), flows.drain(database.store)
    assert (
        await Flow(reader(log), lines, flows.threads(parsed_line, parallel=2), stored).run() is END
    )
    assert database.numbers == list(range(500))


# The reason of the end got lost in a series, at a tube whose `stopped` gave None.


def test_none_from_stopped_neither_ends_early_nor_keeps_the_end() -> None:
    class Silent:
        def received(self, item: int) -> Iterator[int]:
            yield item
            yield -item

        def stopped(self, reason: Reason) -> None:
            return None

    source, hand, reason = Source(), Hand(), Reason("the log was rotated")
    source.flow_to(tube(Silent).make()).flow_to(tube(Silent).make()).flow_to(hand)
    hand.takes_a_pause = True
    source.push(1)
    source.end(reason)
    while hand.pauses:
        hand.resume()
    assert hand.items == [1, -1, -1, 1]
    assert hand.reason is reason


def test_a_reason_passes_through_a_whole_series() -> None:
    source, hand = Source(), Hand()
    failure = OSError("the disk is broken")
    whole = series(str.strip, parallel(str.upper, series(str.lower, str.title)), str.encode)
    source.flow_to(whole.make()).flow_to(hand)
    source.end(failed(failure))
    assert hand.reason is not None
    assert hand.reason.failure is failure


# The fount of a protocol did not hear that its peer had closed its side.


async def test_the_fount_of_a_protocol_ends_when_its_peer_half_closes() -> None:
    def counted(connection: Connection) -> Flow:
        return Flow(connection.fount, flows.lines(), tube(Count), connection.drain)

    server = await transports.serve(counted, "127.0.0.1")
    client = await transports.connect("127.0.0.1", server.port)
    collector = Collector()
    back = Flow(client.fount, collector)
    back.start()
    await Flow(Items([b"a", b"b", b"c"]), flows.to_lines(), client.drain).run()
    assert await back.wait() is END
    assert b"".join(collector.items) == b"3 lines"
    await server.close()


class Count:
    """Can only answer after the end."""

    def __init__(self) -> None:
        self.count = 0

    def received(self, line: bytes) -> Iterator[bytes]:
        self.count += 1
        return iter(())

    def stopped(self, reason: Reason) -> Iterator[bytes]:
        yield b"%d lines" % self.count


# The standard input had ended before there was a drain: nobody was told.


@pytest.mark.usefixtures("twisted")
async def test_dev_null_by_stdio_ends_the_flow_that_is_set_up_later() -> None:
    null, (out, into) = os.open(os.devnull, os.O_RDONLY), os.pipe()
    connection = endpoints.stdio(null, into)
    for _ in range(20):
        await asyncio.sleep(0)
    flow = Flow(connection.fount, flows.lines(), flows.to_lines(), connection.drain)
    assert await flow.run() is END
    assert await asyncio.to_thread(os.read, out, 100) == b"", "who reads sees the end"
    for each in (null, out, into):
        os.close(each)


def test_a_drain_that_comes_after_the_end_of_its_fount_is_told() -> None:
    source, hand = Source(), Hand()
    source.push("the last words")
    source.end(END)
    source.flow_to(tube(str.upper).make()).flow_to(hand)
    assert hand.items == ["THE LAST WORDS"]
    assert hand.reason is END


# He wrote a drain of his own to learn when the database was written.


async def test_the_database_being_written_can_be_waited_for(
    tmp_path: Path, database: Database
) -> None:
    drain = flows.drain(database.store).make()
    database.is_open.clear()
    source = reader(write_log(tmp_path / "log", 3))
    source.flow_to(parsed.make()).flow_to(drain)
    assert drain.reason is None
    done = asyncio.ensure_future(_wait(drain))
    await asyncio.sleep(0)
    assert not done.done()
    assert database.numbers == []
    database.is_open.set()
    assert await done is END
    assert database.numbers == [0, 1, 2]


async def _wait(drain: Any) -> Reason:
    return await drain.done()  # type: ignore[no-any-return]


async def test_all_ongoing_pipelines_can_be_waited_for(tmp_path: Path, database: Database) -> None:
    logs = [write_log(tmp_path / f"log{each}", 100, first=each * 100) for each in range(3)]
    some = [Flow(reader(log), parsed, flows.drain(database.store)) for log in logs]
    assert await asyncio.gather(*(flow.run() for flow in some)) == [END] * 3
    assert database.numbers == list(range(300))


# Some entries had to be confirmed once they were stored: he passed Deferreds along with them.


async def test_chosen_entries_are_confirmed_when_they_are_safely_written(
    database: Database,
) -> None:
    feed = Feed()
    flow = Flow(feed, parsed, flows.drain(database.store))
    flow.start()
    assert feed.offer(b"1 nobody asks\n")
    await feed.confirmed(b"2 somebody asks\n")
    assert 2 in database.numbers
    with pytest.raises(sqlite3.IntegrityError):
        await feed.confirmed(b"2 once more\n")
    with pytest.raises(ValueError, match="invalid literal"):
        await feed.confirmed(b"no number\n")
    feed.close()
    assert await flow.wait() is END
    assert database.numbers == [1, 2]


async def test_a_confirmation_is_sent_back_to_whom_the_entry_came_from(database: Database) -> None:
    """No Deferred is passed along: the receipt knows its originator."""

    def confirming(connection: Connection) -> list[Flow]:
        told, feed = Feed(), Feed()

        async def ask(line: bytes) -> None:
            await feed.confirmed(line + b"\n")
            await told.put(b"written: " + line)

        asking = Flow(connection.fount, flows.lines(), flows.drain(_each(ask)))
        storing = Flow(feed, parsed, flows.drain(database.store))
        return [asking, storing, Flow(told, flows.to_lines(), connection.drain)]

    server = await transports.serve(confirming, "127.0.0.1")
    client, collector = await transports.connect("127.0.0.1", server.port), Collector()
    source = Source()
    source.flow_to(client.drain)
    client.fount.flow_to(flows.lines().make()).flow_to(collector)
    database.is_open.clear()
    source.push(b"7 please\n")
    await until(lambda: server.connections and server.connections[0].fount.passed)
    assert collector.items == []
    database.is_open.set()
    await until(lambda: collector.items)
    assert collector.items == [b"written: 7 please"]
    assert database.numbers == [7]
    client.abort()
    for connection in server.connections:
        connection.abort()
    await server.close()


def _each(function: Any) -> Any:
    async def store(items: list[Any]) -> None:
        for item in items:
            await function(item)

    return store


async def test_one_series_serves_the_log_reader_and_the_running_program(
    tmp_path: Path, database: Database
) -> None:
    once = Flow(reader(write_log(tmp_path / "log", 5)), parsed, flows.drain(database.store))
    feed = Feed()
    always = Flow(feed, parsed, flows.drain(database.store))
    always.start()
    await once.run()
    await feed.confirmed(b"100 while it runs\n")
    always.stop()
    assert await always.wait() is STOPPED
    assert database.numbers == [0, 1, 2, 3, 4, 100]


# Two of his pipelines had to run side by side, as one part of a series.


async def test_two_pipelines_run_in_parallel_within_a_series(
    tmp_path: Path, database: Database
) -> None:
    def same(item: Entry) -> Entry:
        return item

    def loud(item: Entry) -> Entry:
        return Entry(item.number + 1000, item.said.upper())

    both = parallel(same, series(loud, same))
    log = write_log(tmp_path / "log", 4)
    await Flow(reader(log), parsed, both, flows.drain(database.store)).run()
    assert database.numbers == [0, 1, 2, 3, 1000, 1001, 1002, 1003]


# His fan-in kept the last reason only.


def test_a_fan_in_ends_with_the_reasons_of_all_its_founts() -> None:
    into, hand = FanIn(), Hand()
    sources, failure = [Source(), Source(), Source()], OSError("no more room")
    reasons = [Reason("rotated"), failed(failure), Reason("removed")]
    into.flow_to(hand)
    for source, reason in zip(sources, reasons, strict=True):
        source.flow_to(into.inlet())
        source.end(reason)
    assert said(hand.reason) is None, "more may be added until it is complete"
    into.complete()
    assert hand.reason is not None
    assert hand.reason.reasons == tuple(reasons)
    assert hand.reason.failure is failure, "a failure is not outdone by an end that came later"


# Storage that is slow must not stop what makes the logs.


async def test_what_writes_the_log_is_not_stopped_by_slow_storage(database: Database) -> None:
    database.is_open.clear()
    written: list[bytes] = []
    source = Source()
    aside = series(parsed, flows.drain(database.store))
    flow = Flow(source, parallel(flows.drain(written.append), flows.best_effort(aside)))
    flow.start()
    for number in range(100):
        assert source.is_flowing
        source.push(b"%d it happened\n" % number)
    assert len(source.confirmed) == len(written) == 100
    [shedding] = [part for part in flow.parts if isinstance(part, Shedding)]
    assert shedding.passed + shedding.dropped == 100
    assert shedding.dropped > 0
    source.end(END)
    database.is_open.set()
    await flow.wait()
    assert len(database.numbers) == shedding.passed


async def test_a_buffer_loses_the_oldest_and_stops_nobody(database: Database) -> None:
    database.is_open.clear()
    source = Source()
    room = flows.buffer(3, overflow="drop-oldest")
    flow = Flow(source, room, parsed, flows.drain(database.store))
    flow.start()
    for number in range(10):
        assert source.is_flowing
        source.push(b"%d it happened\n" % number)
    source.end(END)
    database.is_open.set()
    await flow.wait()
    assert database.numbers[-3:] == [7, 8, 9]
    assert len(source.confirmed) == len(database.numbers) < 10
    assert all(len(answers) == 1 for answers in source.answers.values())


async def test_who_emits_entries_never_waits_and_learns_what_had_no_room(
    database: Database,
) -> None:
    feed = Feed(room=5)
    database.is_open.clear()
    flow = Flow(feed, parsed, flows.drain(database.store))
    flow.start()
    taken = [feed.offer(b"%d it happened\n" % number) for number in range(20)]
    assert taken == [True] * 5 + [False] * 15
    database.is_open.set()
    feed.close()
    await flow.wait()
    assert database.numbers == [0, 1, 2, 3, 4]


# His items had types and values that were to be checked.


def test_what_does_not_fit_is_found_when_parts_are_joined() -> None:
    def numbers(item: int) -> int:
        return item

    with pytest.raises(UnfitEdge, match="gives Entry, and numbers takes int"):
        entry.make().flow_to(tube(numbers).make())


def test_an_item_whose_values_are_wrong_is_refused_and_the_others_flow() -> None:
    source, hand = Source(), Hand()
    source.flow_to(parsed.make()).flow_to(hand)
    source.push(b"1 one\n", b"two two\n", b"3 three\n")
    hand.settle_all()
    assert hand.items == [Entry(1, "one"), Entry(3, "three")]
    assert isinstance(source.answers[b"two two\n"][0].failure, ValueError)
    assert source.confirmed == [b"1 one\n", b"3 three\n"]


# OCaml's pipes are paused by what a function returns.


@pytest.mark.parametrize("way", ["async def", "a Future", "a Deferred"])
async def test_a_function_pauses_the_flow_by_what_it_returns(way: str) -> None:
    from twisted.internet.defer import Deferred

    asked: list[Any] = []

    async def coroutine(item: str) -> str:
        asked.append(asyncio.get_running_loop().create_future())
        return str(await asked[-1])

    def future(item: str) -> Any:
        asked.append(asyncio.get_running_loop().create_future())
        return asked[-1]

    def deferred(item: str) -> Any:
        asked.append(Deferred())
        return asked[-1]

    ways: dict[str, Any] = {
        "async def": tube(coroutine),
        "a Future": tube(future, later=True),
        "a Deferred": tube(deferred, later=True),
    }
    source, hand = Source(), Hand()
    source.flow_to(ways[way].make()).flow_to(hand)
    source.push("a", "b")
    await until(lambda: asked)
    assert source.is_paused
    assert hand.items == []
    for number, answer in enumerate(["A", "B"]):
        await until(partial(_has, asked, number))
        set_result = getattr(asked[number], "set_result", None) or asked[number].callback
        set_result(answer)
    await until(lambda: len(hand.items) == 2)
    assert hand.items == ["A", "B"]
    assert source.is_flowing


def _has(items: list[Any], number: int) -> bool:
    return len(items) > number


async def test_stopping_from_behind_reaches_the_source_and_refuses_what_is_held() -> None:
    """Whoever gave an entry that was not stored knows to send it again."""
    source, hand = Source(), Hand()
    source.flow_to(parsed.make()).flow_to(hand)
    source.push(b"1 one\n2 tw")
    hand.stop(Reason("the database is gone"))
    hand.settle_all()
    [answer] = source.answers[b"1 one\n2 tw"]
    assert isinstance(answer.failure, FlowStopped)
    assert source.stopped_by is not None
    assert hand.reason is not None
    assert hand.reason.said == "the database is gone"
