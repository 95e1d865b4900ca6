"""Founts of asynchronous iterators."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from piped.flows import END, STOPPED, Batch, Flow, Fount
from piped.flows.coming import ComingBatches, ComingItems

from .parts import Hand


class Broken(Exception):
    """What the tests' iterators raise."""


class Counting:
    """Counts how often it was asked, and whether it was closed."""

    def __init__(self, most: int = 1000, pause: float | None = 0) -> None:
        self.asked = 0
        self.closed = 0
        self._most = most
        self._pause = pause

    async def batches(self) -> AsyncGenerator[Batch, None]:
        try:
            async for item in self.items():
                yield Batch([item])
        finally:
            self.closed += 1

    async def items(self) -> AsyncGenerator[int, None]:
        for number in range(self._most):
            self.asked += 1
            if self._pause is not None:
                await asyncio.sleep(self._pause)
            yield number


async def turns(number: int = 50) -> None:
    for _ in range(number):
        await asyncio.sleep(0)


async def test_all_batches_flow_and_it_ends() -> None:
    counting, hand = Counting(5), Hand()
    ComingBatches(counting.batches).flow_to(hand)
    assert await hand.done() == END
    assert (hand.items, counting.closed) == ([0, 1, 2, 3, 4], 1)


async def test_nothing_is_asked_for_while_it_is_paused() -> None:
    counting, hand = Counting(), Hand()
    hand.takes_a_pause = True
    ComingBatches(counting.batches).flow_to(hand)
    for number in range(1, 4):
        await turns()
        assert hand.items == list(range(number))
        assert counting.asked == number
        hand.resume()
    hand.stop()
    await hand.done()


async def test_stopped_it_leaves_what_it_waits_for_and_closes_it() -> None:
    counting, hand = Counting(pause=1000), Hand()
    ComingBatches(counting.batches).flow_to(hand)
    await turns()
    hand.stop()
    assert await hand.done() == STOPPED
    assert (counting.asked, counting.closed) == (1, 1)


async def test_stopped_before_it_began_it_ends() -> None:
    hand, fount = Hand(), ComingBatches(Counting().batches)
    fount.stop()
    fount.flow_to(hand)
    assert await hand.done() == STOPPED


@pytest.mark.parametrize("size", [1, 3, 100])
async def test_what_the_iterator_raises_is_the_reason_after_all_before_it(size: int) -> None:
    async def items() -> AsyncGenerator[int, None]:
        for number in range(4):
            yield number
        raise Broken("no more")

    hand = Hand()
    ComingItems(items, size).flow_to(hand)
    with pytest.raises(Broken):
        await hand.done()
    assert hand.items == [0, 1, 2, 3]


@pytest.mark.parametrize("pause", [None, 0])
async def test_items_travel_together_but_not_too_many(pause: float | None) -> None:
    counting, hand = Counting(250, pause), Hand()
    ComingItems(counting.items, 100).flow_to(hand)
    await hand.done()
    assert hand.items == list(range(250))
    sizes = [len(batch) for batch in hand.batches]
    assert max(sizes) <= 100
    assert sizes == [100, 100, 50] if pause is None else len(sizes) > 3


async def test_an_item_flows_when_it_is_there_and_waits_for_no_others() -> None:
    gates = [asyncio.Event() for _ in range(4)]
    closed: list[bool] = []

    class Opened:
        """An iterator that is no generator, and knows how to be closed."""

        def __init__(self) -> None:
            self._left = iter(enumerate(gates))

        def __aiter__(self) -> Opened:
            return self

        async def __anext__(self) -> int:
            number, gate = next(self._left)
            await gate.wait()
            return number

        async def aclose(self) -> None:
            closed.append(True)

    hand = Hand()
    ComingItems(Opened).flow_to(hand)
    for number, gate in enumerate(gates[:3]):
        gate.set()
        await turns()
        assert [each.items for each in hand.batches] == [[each] for each in range(number + 1)]
    hand.stop()
    assert await hand.done() == STOPPED
    assert closed == [True]


async def test_items_that_never_wait_let_others_have_their_turn() -> None:
    async def items() -> AsyncGenerator[int, None]:
        while True:
            yield 1

    hand = Hand()
    ComingItems(items).flow_to(hand)
    await turns(10)
    hand.stop()
    assert await hand.done() == STOPPED


class Leaving(Fount):
    """Notes when it is left."""

    def __init__(self, heard: list[Any]) -> None:
        super().__init__()
        self._heard = heard

    def on_flow(self) -> None:
        self.emit(Batch([1]))
        self.end(END)

    async def leave(self) -> None:
        self._heard.append("left")


async def test_a_flow_leaves_its_founts_when_all_is_stored() -> None:
    heard: list[Any] = []

    class Slow(Hand):
        def receive(self, batch: Batch) -> None:
            self.begun()
            asyncio.get_running_loop().call_later(0.01, self.stored, batch)

        def stored(self, batch: Batch) -> None:
            heard.append(batch.items)
            self.ended()

    assert await Flow(Leaving(heard), Slow()).run() == END
    assert heard == [[1], "left"]
