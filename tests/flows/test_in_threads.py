"""Tubes whose function blocks."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from piped.exceptions import UnfitEdge
from piped.flows import END, Collector, Flow, Items, Reason, threads

from .parts import Hand, Source, joined


async def until(condition: Callable[[], object]) -> None:
    """Wait for what a thread does."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - a thread does it
            await asyncio.sleep(0.001)


def doubled(number: int) -> int:
    return 2 * number


class Gate:
    """A function that lets items through when the test says so."""

    def __init__(self) -> None:
        self.begun: list[Any] = []
        self.opened = threading.Event()

    def __call__(self, item: Any) -> Any:
        self.begun.append(item)
        assert self.opened.wait(20)
        return item


async def test_the_function_runs_elsewhere_and_the_order_is_kept() -> None:
    there: set[str] = set()

    def work(item: int) -> int:
        there.add(threading.current_thread().name)
        return -item

    kept = Collector()
    assert await Flow(Items(range(200)), threads(work, parallel=4), kept).run() is END
    assert kept.items == [-number for number in range(200)]
    assert threading.current_thread().name not in there


async def test_so_many_are_under_way_and_the_source_waits_for_room() -> None:
    source, hand, gate = Source(), Hand(), Gate()
    joined(source, threads(gate, parallel=2), hand)
    source.push(1, 2, 3)
    await until(lambda: len(gate.begun) == 2)
    assert not source.is_flowing
    gate.opened.set()
    await until(lambda: hand.items == [1, 2, 3])
    hand.settle_all()
    assert source.confirmed == [1, 2, 3]
    source.end(END)
    assert hand.is_done


async def test_a_stop_waits_for_what_cannot_be_stopped() -> None:
    source, hand, gate = Source(), Hand(), Gate()
    joined(source, threads(gate), hand)
    source.push(1, 2)
    await until(lambda: gate.begun)
    hand.stop(Reason("enough"))
    await asyncio.sleep(0)
    assert not hand.is_done
    gate.opened.set()
    await until(lambda: hand.is_done)
    assert gate.begun == [1]
    assert hand.items == []
    assert [answers[0].badness for answers in source.answers.values()] == [2, 2]


async def test_generators_and_failures_are_as_in_every_tube() -> None:
    def digits(number: int) -> Iterator[int]:
        if number < 0:
            raise ValueError(number)
        yield from map(int, str(number))

    source, hand = Source(), Hand()
    joined(source, threads(digits, parallel=3), hand)
    source.push(12, -1, 34)
    await until(lambda: len(hand.items) == 4)
    hand.settle_all()
    assert hand.items == [1, 2, 3, 4]
    assert source.confirmed == [12, 34]
    assert type(source.answers[-1][0].failure) is ValueError
    source.end(END)


async def test_no_thread_is_left_behind() -> None:
    before = threading.active_count()
    await Flow(Items([1]), threads(doubled, parallel=4), Collector()).run()
    await until(lambda: threading.active_count() <= before)


async def test_what_does_not_fit_is_found_when_it_is_joined() -> None:
    part = threads(doubled).make()
    with pytest.raises(UnfitEdge):
        part.flow_to(threads(named).make())


def named(text: str) -> str:
    return text
