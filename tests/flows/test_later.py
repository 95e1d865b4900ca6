"""Stages whose function is asynchronous."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from twisted.internet.defer import Deferred

from piped.exceptions import FlowStopped
from piped.flows import END, Batch, Collector, Flow, Items, Receipt, drain, tube
from piped.testing import ManualClock

from .parts import Hand, Source


class Broken(Exception):
    """What functions of these tests raise."""


class Work:
    """Gives what comes of items when the test says so."""

    def __init__(self) -> None:
        self.begun: dict[Any, asyncio.Future[Any]] = {}
        self.cancelled: list[Any] = []

    async def __call__(self, item: Any) -> Any:
        self.begun[item] = asyncio.get_running_loop().create_future()
        try:
            return await self.begun[item]
        except asyncio.CancelledError:
            self.cancelled.append(item)
            raise

    @property
    def under_way(self) -> list[Any]:
        return [item for item, made in self.begun.items() if not made.done()]

    async def give(self, *items: Any) -> None:
        for item in items:
            self.begun[item].set_result(item * 10)
        await turn()

    async def fail(self, item: Any, failure: BaseException) -> None:
        self.begun[item].set_exception(failure)
        await turn()


async def turn() -> None:
    await ManualClock().settle()


def joined(function: Any, **options: Any) -> tuple[Source, Any, Hand]:
    source, stage, hand = Source(), tube(function, **options).make(), Hand()
    source.flow_to(stage).flow_to(hand)
    return source, stage, hand


def bad(source: Source) -> list[Any]:
    return [item for item, some in source.answers.items() if [each.badness for each in some] == [2]]


@pytest.mark.parametrize("parallel", [1, 2, 4])
async def test_at_most_so_many_items_are_under_way_and_while_more_wait_nothing_flows_in(
    parallel: int,
) -> None:
    work = Work()
    source, stage, hand = joined(work, parallel=parallel)
    source.push(*range(1, 7))
    source.push(7, 8)
    for _ in range(8):
        await turn()
        assert len(work.under_way) <= parallel
        assert stage.waiting + source.waiting + len(work.under_way) + len(hand.items) == 8
        await work.give(work.under_way[0])
    hand.settle_all()
    assert source.confirmed == [1, 2, 3, 4, 5, 6, 7, 8]
    assert source.is_flowing


async def test_what_comes_of_items_is_handed_on_in_their_order() -> None:
    work = Work()
    source, _, hand = joined(work, parallel=3)
    source.push(1, 2, 3)
    await turn()
    await work.give(3, 2)
    assert hand.items == []
    await work.give(1)
    assert [each.items for each in hand.batches] == [[10, 20, 30]]


async def test_what_comes_of_items_is_handed_on_as_it_comes_if_so_declared() -> None:
    work = Work()
    source, _, hand = joined(work, parallel=3, ordered=False)
    source.push(1, 2, 3)
    await turn()
    await work.give(3)
    await work.give(1, 2)
    assert [each.items for each in hand.batches] == [[30], [10, 20]]


async def test_while_it_is_held_back_no_item_is_begun() -> None:
    work = Work()
    source, _, hand = joined(work)
    source.push(1, 2)
    await turn()
    hand.pause()
    await work.give(1)
    assert (work.under_way, hand.items) == ([], [])
    hand.resume()
    await turn()
    assert (work.under_way, hand.items) == ([2], [10])


class Many:
    """An asynchronous generator of which the test sees how far it has come."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.made = 0
        self.closed = 0

    async def __call__(self, item: Any) -> AsyncIterator[Any]:
        try:
            for each in range(self.number):
                self.made += 1
                yield each
                await asyncio.sleep(0)
        finally:
            self.closed += 1


async def test_a_generator_waits_at_its_next_yield_while_it_is_held_back() -> None:
    many = Many(5)
    source, _, hand = joined(many)
    hand.takes_a_pause = True
    source.push(1)
    await turn()
    made = many.made
    await turn()
    assert many.made == made < 5
    while hand.pauses:
        hand.resume()
        await turn()
    assert hand.items == [0, 1, 2, 3, 4]
    hand.settle_all()
    assert source.confirmed == [1]


async def test_a_generator_behind_a_slow_one_makes_no_more_than_there_is_room_for() -> None:
    slow = asyncio.get_running_loop().create_future()
    made: list[int] = []

    async def numbers(item: int) -> AsyncIterator[int]:
        if item == 1:
            yield await slow
        else:
            for each in range(1000):
                made.append(each)
                yield each

    source, stage, hand = joined(numbers, parallel=2)
    source.push(1, 2)
    await turn()
    assert len(made) == stage.waiting == 100
    slow.set_result(-1)
    for _ in range(200):
        await turn()
    assert hand.items == [-1, *range(1000)]


async def test_stopped_it_cancels_what_is_under_way_and_ends_when_that_has_ended() -> None:
    work = Work()
    source, stage, hand = joined(work, parallel=2)
    source.push(1, 2, 3)
    await turn()
    hand.stop()
    assert not stage.is_over
    await turn()
    assert hand.reason is not None
    assert sorted(work.cancelled) == [1, 2]
    assert bad(source) == [1, 2, 3]


async def test_stopped_it_closes_generators_at_once() -> None:
    many = Many(5)
    source, _, hand = joined(many)
    hand.takes_a_pause = True
    source.push(1)
    await turn()
    hand.stop()
    await turn()
    assert many.closed == 1
    hand.settle_all()
    assert bad(source) == [1]


async def test_a_generator_that_will_not_be_cancelled_holds_up_nothing() -> None:
    async def stubborn(item: int) -> AsyncIterator[int]:
        while item < 10:
            try:
                await asyncio.get_running_loop().create_future()
            except asyncio.CancelledError:
                item += 1
            yield item

    source, _, hand = joined(stubborn)
    source.push(1)
    await turn()
    hand.stop()
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        for _ in range(20):
            task.cancel()
            await turn()
    assert hand.reason is not None
    assert [len(each) for each in source.answers.values()] == [1]


async def test_stopped_before_anything_has_begun_it_refuses_all() -> None:
    work = Work()
    source, _, hand = joined(work)
    source.push(1, 2)
    hand.stop()
    await turn()
    assert (bad(source), work.begun, hand.reason is None) == ([1, 2], {}, False)


async def test_stopped_while_it_comes_to_its_end_and_is_held_back_it_ends() -> None:
    work = Work()
    source, _, hand = joined(work)
    hand.pause()
    source.push(1, 2)
    source.end(END)
    hand.stop()
    assert (bad(source), hand.reason) == ([1, 2], END)


async def test_what_comes_when_it_is_stopped_is_refused() -> None:
    source, stage, hand = joined(Work())
    hand.stop()
    stage.receive(Batch([1], [source.receipt(1)]))
    assert bad(source) == [1]


async def test_it_ends_when_all_has_been_handed_on() -> None:
    work = Work()
    source, stage, hand = joined(work, parallel=2)
    source.push(1, 2, 3)
    source.end(END)
    for item in (1, 2, 3):
        await turn()
        assert not stage.is_over
        await work.give(item)
    assert hand.items == [10, 20, 30]
    assert str(hand.reason) == END.said


async def test_an_item_that_fails_is_refused_and_the_flow_goes_on() -> None:
    work = Work()
    source, _, hand = joined(work)
    source.push(1, 2)
    await turn()
    await work.fail(1, Broken())
    await work.give(2)
    hand.settle()
    assert (bad(source), source.confirmed) == ([1], [2])


async def test_a_failure_may_end_the_flow() -> None:
    work = Work()
    source, _, hand = joined(work, failing="stop")
    source.push(1, 2)
    await turn()
    await work.fail(1, Broken())
    assert bad(source) == [1, 2]
    assert hand.reason is not None
    assert isinstance(hand.reason.failure, Broken)


async def test_a_function_that_awaits_what_was_cancelled_has_failed() -> None:
    work = Work()
    source, _, hand = joined(work)
    source.push(1, 2)
    await turn()
    work.begun[1].cancel()
    await turn()
    await work.give(2)
    hand.settle()
    assert (bad(source), source.confirmed) == ([1], [2])
    assert isinstance(source.answers[1][0].failure, Exception), "nobody else is cancelled by it"


async def test_a_function_that_raises_a_cancellation_by_itself_has_failed() -> None:
    async def cancelling(item: int) -> int:
        raise asyncio.CancelledError

    source, _, hand = joined(cancelling)
    source.push(1, 2)
    source.end(END)
    await turn()
    assert bad(source) == [1, 2]
    assert hand.reason is END


@pytest.mark.parametrize("has_begun", [True, False])
async def test_a_task_that_is_cancelled_from_outside_stops_the_flow(has_begun: bool) -> None:
    source, _, hand = joined(Work())
    source.push(1, 2)
    if has_begun:
        await turn()
    [task] = asyncio.all_tasks() - {asyncio.current_task()}
    task.cancel()
    await turn()
    assert bad(source) == [1, 2]
    assert hand.reason is not None
    assert isinstance(hand.reason.failure, FlowStopped)


def test_the_end_of_the_loop_leaves_nothing_behind() -> None:
    work = Work()

    async def main() -> tuple[Source, Hand]:
        source, _, hand = joined(work, parallel=2)
        source.push(1, 2, 3)
        await turn()
        return source, hand

    source, hand = asyncio.run(main())
    assert sorted(work.cancelled) == [1, 2]
    assert bad(source) == [1, 2, 3]
    assert hand.reason is not None


async def test_deferreds_are_awaited() -> None:
    waiting: Deferred[int] = Deferred()
    source, _, hand = joined(lambda item: waiting, later=True)
    source.push(1)
    await turn()
    waiting.callback(5)
    await turn()
    assert hand.items == [5]


async def test_a_function_that_fails_before_there_is_something_to_await_refuses_its_item() -> None:
    def broken(item: int) -> Deferred[int]:
        raise Broken

    source, _, _ = joined(broken, later=True)
    source.push(1)
    await turn()
    assert bad(source) == [1]


async def test_a_function_may_stop_the_flow_that_it_is_in() -> None:
    async def stopping(item: int) -> int:
        hand.stop()
        return item

    source, _, hand = joined(stopping, parallel=2)
    source.push(1, 2, 3)
    await turn()
    assert bad(source) == [1, 2, 3]
    assert hand.reason is not None


async def test_a_fault_of_a_part_ends_the_flow_with_it() -> None:
    class Faulty(Receipt):
        __slots__ = ()

        def settle(self, answer: Any = None, times: int = 1) -> None:
            raise LookupError("a fault")

    async def made(item: int) -> int:
        return item

    _, stage, _ = joined(made)
    stage.receive(Batch([1], [Faulty(print)]))
    await turn()
    assert stage.stopped_by is not None
    assert isinstance(stage.stopped_by.failure, LookupError)


async def test_a_long_flow_of_asynchronous_tubes_keeps_the_order() -> None:
    stored: list[int] = []

    async def later(item: int) -> int:
        await asyncio.sleep(0)
        return item

    async def store(items: list[int]) -> None:
        await asyncio.sleep(0)
        stored.extend(items)

    tubes = [tube(later, parallel=number) for number in (1, 2, 4)]
    await Flow(Items(range(500), size=7), *tubes, drain(store)).run()
    assert stored == list(range(500))


async def test_what_never_waits_is_handed_on_in_turns_and_does_not_pile_up() -> None:
    most = 0
    source = Items(range(10_000), size=10)

    async def quick(item: int) -> int:
        nonlocal most
        most = max(most, item - hand.received)
        return item

    stage, hand = tube(quick).make(), Collector()
    source.flow_to(stage).flow_to(hand)
    await hand.done()
    assert hand.items == list(range(10_000))
    assert most < 200


async def test_behind_an_item_that_takes_long_no_more_comes_than_there_is_room_for() -> None:
    slow = asyncio.get_running_loop().create_future()

    async def work(item: int) -> int:
        return await slow if item == 0 else item

    source, stage, hand = Items(range(1000), size=10), tube(work, parallel=2).make(), Collector()
    source.flow_to(stage).flow_to(hand)
    await turn()
    await turn()
    assert source.passed < 150
    assert stage.waiting < 150
    slow.set_result(0)
    await hand.done()
    assert hand.items == list(range(1000))
