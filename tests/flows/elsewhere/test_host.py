"""A host that is stopped, held back, looked at, and full."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from piped.exceptions import FailedElsewhere
from piped.flows import Collector, Feed, Flow, Items, tube
from piped.flows.elsewhere.client import through
from piped.flows.elsewhere.host import Host
from piped.interop.reactor import prepare, shut_down
from piped.testing import ManualClock

from .wires import until

QUICK: dict[str, Any] = {"initial_delay": 0.01, "max_delay": 0.05}


@pytest.fixture(autouse=True)
async def _reactor() -> AsyncIterator[None]:
    prepare(asyncio.get_running_loop())
    yield
    await shut_down()


class Work:
    """A stage that waits at a gate."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.begun: list[int] = []

    def tube(self, **options: Any) -> Any:
        return tube(self._done, name="work", **options)

    async def _done(self, number: int) -> int:
        self.begun.append(number)
        await self.gate.wait()
        return 10 * number


@pytest.fixture
def work() -> Work:
    return Work()


async def test_one_that_is_stopped_ends_what_is_on_its_way_and_the_next_one_has_the_rest(
    tmp_path: Path, work: Work
) -> None:
    path, items = f"unix:{tmp_path / 'socket'}", Collector()
    host = Host(path, work.tube(parallel=3), room=5)
    await host.start()
    flow = Flow(Items(range(20), size=1), through(path, **QUICK), items)
    flow.start()
    await until(lambda: len(work.begun) == 3)
    stopping = asyncio.ensure_future(host.stop())
    await asyncio.sleep(0)
    assert not stopping.done()
    work.gate.set()
    await stopping
    done = list(work.begun)
    assert items.items == [10 * number for number in done]
    assert not flow.drains[0].is_done
    host = Host(path, work.tube())
    await host.start()
    await flow.wait()
    assert items.items == [10 * number for number in range(20)]
    assert work.begun == list(range(20)), "each was worked on once"
    await host.stop()


async def test_what_takes_too_long_then_is_given_up_and_comes_to_the_next_one(
    tmp_path: Path, work: Work, clock: ManualClock
) -> None:
    path, items = f"unix:{tmp_path / 'socket'}", Collector()
    host = Host(path, work.tube(), clock=clock)
    await host.start()
    flow = Flow(Items(range(5), size=1), through(path, **QUICK), items)
    flow.start()
    await until(lambda: work.begun == [0])
    stopping = asyncio.ensure_future(host.stop(within=5))
    await clock.advance(4)
    assert not stopping.done()
    await clock.advance(2)
    await stopping
    work.gate.set()
    host = Host(path, work.tube())
    await host.start()
    await flow.wait()
    assert items.items == [0, 10, 20, 30, 40]
    assert work.begun == [0, 0, 1, 2, 3, 4]
    await host.stop()


async def test_a_flow_that_is_aborted_while_there_is_no_host_waits_for_none(
    tmp_path: Path, work: Work, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    path = f"unix:{tmp_path / 'socket'}"
    host = Host(path, work.tube())
    await host.start()
    work.gate.set()
    feed: Feed = Feed()
    flow = Flow(feed, through(path), tube(lambda number: number), Collector(), clock=clock)
    flow.start()
    await feed.confirmed(1)
    await host.stop()
    await until(lambda: "connecting again" in caplog.text)
    flow.stop()
    flow.abort()
    await flow.wait()


async def test_a_failure_there_still_ends_the_flow_here(tmp_path: Path) -> None:
    @tube(failing="stop")  # type: ignore[untyped-decorator]  # as `drain` is
    def picky(number: int) -> int:
        if number == 3:
            raise ValueError("three is too many")
        return number

    path = f"unix:{tmp_path / 'socket'}"
    host = Host(path, picky)
    await host.start()
    with pytest.raises(FailedElsewhere, match="three is too many"):
        await Flow(Items(range(10), size=1), through(path, **QUICK), Collector()).run()
    await host.stop()


async def test_one_that_is_held_back_takes_nothing_and_goes_on_later(
    tmp_path: Path, work: Work
) -> None:
    path, items, late = f"unix:{tmp_path / 'socket'}", Collector(), Collector()
    work.gate.set()
    host = Host(path, work.tube())
    await host.start()
    feed: Feed = Feed(room=10)
    flow = Flow(feed, through(path), items)
    flow.start()
    await feed.confirmed(1)
    host.hold_back()
    waiting = asyncio.ensure_future(feed.confirmed(2))
    other = Flow(Items([3]), through(path), late)
    other.start()
    await until(lambda: sum(part.waiting for part in host.seen() if part.kind == "fount") == 2)
    assert host.senders == 2
    assert work.begun == [1]
    host.go_on()
    await waiting
    await other.wait()
    assert (items.items, late.items) == ([10, 20], [30])
    feed.close()
    await flow.wait()
    await host.stop()


async def test_what_is_seen_of_it_is_what_has_passed_in_all_flows_together(tmp_path: Path) -> None:
    @tube
    def halved(number: int) -> int:
        if number % 2:
            raise ValueError("it is odd")
        return number // 2

    path = f"unix:{tmp_path / 'socket'}"
    host = Host(path, halved)
    await host.start()
    assert host.seen() == []
    for times in (1, 2):
        await Flow(Items(range(10)), through(path), Collector()).run()
        await until(lambda: not host.senders)
        parts = [(each.name, each.kind, each.passed, each.refused) for each in host.seen()]
        assert parts == [
            ("remote", "fount", 10 * times, 0),
            ("halved", "tube", 5 * times, 5 * times),
            ("remote", "drain", 5 * times, 0),
        ]
    await host.stop()


async def test_where_there_is_no_place_those_who_were_lost_are_forgotten(
    tmp_path: Path, work: Work
) -> None:
    path = f"unix:{tmp_path / 'socket'}"
    host = Host(path, work.tube(), connections=2)
    await host.start()
    for number in range(5):
        lost = Flow(Items([number]), through(path, patience=0.0), Collector())
        lost.start()
        await until(lambda: number in work.begun)  # noqa: B023 - it is awaited
        lost.abort()
        await lost.wait()
    work.gate.set()
    items = Collector()
    await Flow(Items([7]), through(path), items).run()
    assert items.items == [70]
    await host.stop()
