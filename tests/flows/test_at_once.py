"""Stages whose function gives what comes of an item at once, or something to await."""

from __future__ import annotations

import asyncio
from typing import Any

from hypothesis import given, strategies as st

from piped.flows import CONFIRMED, Collector, Flow, Items
from piped.flows.at_once import AtOnce

from .parts import Hand, Source
from .test_later import Broken, Work, bad, turn


def joined(function: Any, **options: Any) -> tuple[Source, AtOnce, Hand]:
    source, stage, hand = Source(), AtOnce(function, **options), Hand()
    source.flow_to(stage).flow_to(hand)
    return source, stage, hand


async def test_what_comes_at_once_travels_together() -> None:
    source, stage, hand = joined(lambda item: item * 10)
    source.push(1, 2, 3)
    await turn()
    assert [batch.items for batch in hand.batches] == [[10, 20, 30]]
    assert (stage.waiting, source.confirmed) == (0, [])
    hand.settle_all()
    assert source.confirmed == [1, 2, 3]


async def test_behind_what_comes_later_all_wait_for_their_turn() -> None:
    work = Work()
    source, _, hand = joined(lambda item: work(item) if item == 2 else item * 10)
    source.push(1, 2, 3)
    await turn()
    assert hand.items == [10]
    await work.give(2)
    source.push(4)
    await turn()
    assert hand.items == [10, 20, 30, 40]


async def test_what_does_not_wait_goes_on_if_order_does_not_matter() -> None:
    work = Work()
    source, _, hand = joined(
        lambda item: work(item) if item == 2 else item * 10, parallel=2, ordered=False
    )
    source.push(1, 2, 3, 4)
    await turn()
    assert hand.items == [10, 30, 40]
    await work.give(2)
    assert hand.items == [10, 30, 40, 20]


async def test_of_one_item_come_none_or_many_and_it_is_answered_with_all_of_them() -> None:
    source, _, hand = joined(lambda item: [item] * item, many=True)
    source.push(0, 1, 3)
    await turn()
    assert hand.items == [1, 3, 3, 3]
    assert source.confirmed == [0]
    hand.settle_all()
    assert source.answers == {item: [CONFIRMED] for item in (0, 1, 3)}


async def test_an_item_that_fails_is_refused_and_the_others_go_on() -> None:
    def function(item: int) -> int:
        if item == 2:
            raise Broken
        if item == 3:
            raise asyncio.CancelledError
        return item

    source, stage, hand = joined(function)
    source.push(1, 2, 3, 4)
    await turn()
    assert hand.items == [1, 4]
    assert bad(source) == [2, 3]
    assert stage.stopped_by is None


async def test_a_failure_may_end_the_flow() -> None:
    def broken(item: int) -> int:
        raise Broken

    source, _, hand = joined(broken, failing="stop")
    source.push(1, 2)
    await turn()
    assert bad(source) == [1, 2]
    assert isinstance(getattr(hand.reason, "failure", None), Broken)


async def test_while_it_is_held_back_no_item_is_begun() -> None:
    called: list[int] = []
    source, _, hand = joined(called.append)
    hand.pause()
    source.push(1, 2)
    await turn()
    assert called == []
    hand.resume()
    await turn()
    assert called == [1, 2]


async def test_who_holds_it_back_while_it_works_gets_nothing_that_was_not_begun() -> None:
    called: list[int] = []

    def function(item: int) -> int:
        called.append(item)
        if item == 2:
            hand.pause()
        return item

    source, _, hand = joined(function)
    source.push(1, 2, 3, 4)
    await turn()
    assert (called, hand.items) == ([1, 2], [])
    hand.resume()
    await turn()
    assert hand.items == [1, 2, 3, 4]


async def test_others_have_their_turn() -> None:
    turns: list[int] = []
    until = 0.0

    def busy(item: int) -> int:
        nonlocal until
        until += 0.001
        while asyncio.get_running_loop().time() < until:
            pass
        return item

    async def others() -> None:
        while True:
            turns.append(hand.received)
            await asyncio.sleep(0)

    hand = Collector()
    until = asyncio.get_running_loop().time()
    other = asyncio.ensure_future(others())
    await Flow(Items(range(100), size=100), AtOnce(busy), hand).run()
    other.cancel()
    assert hand.items == list(range(100))
    assert len(set(turns)) > 5


@given(
    kinds=st.lists(st.sampled_from(["now", "later", "fails", "fails later"]), max_size=20),
    sizes=st.integers(1, 7),
    parallel=st.integers(1, 3),
)
def test_the_order_is_that_of_the_items(kinds: list[str], sizes: int, parallel: int) -> None:
    async def later(number: int) -> int:
        for _ in range(number % 3):
            await asyncio.sleep(0)
        return now(number)

    def now(number: int) -> int:
        if kinds[number].startswith("fails"):
            raise Broken
        return number

    def function(number: int) -> Any:
        return (later if kinds[number].endswith("later") else now)(number)

    async def run() -> list[int]:
        hand, source = Collector(), Items(range(len(kinds)), size=sizes, told=lambda *_: None)
        await Flow(source, AtOnce(function, parallel), hand).run()
        return hand.items

    expected = [at for at, kind in enumerate(kinds) if not kind.startswith("fails")]
    assert asyncio.run(run()) == expected
