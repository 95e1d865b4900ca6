"""Items of one key go one after the other, in their order; others at once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given, strategies as st

from piped.flows import END, Collector, Flow, Items, tube
from piped.flows.lanes import Lanes

from .parts import Hand, Source, joined


class Work:
    """A function whose items end when the test says so."""

    def __init__(self) -> None:
        self.under_way: dict[str, asyncio.Future[None]] = {}

    async def __call__(self, item: str) -> str:
        self.under_way[item] = asyncio.get_running_loop().create_future()
        try:
            await self.under_way[item]
        finally:
            del self.under_way[item]
        return item.upper()

    async def end(self, item: str) -> None:
        self.under_way[item].set_result(None)
        await turns()


async def turns() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def key(item: str) -> str:
    return item[0]


async def test_those_with_the_same_key_wait_for_one_another_and_others_pass() -> None:
    source, hand, work = Source(), Hand(), Work()
    joined(source, tube(work, parallel=3, key=key, ordered=False), hand)
    source.push("a1", "a2", "b1", "a3")
    await turns()
    assert set(work.under_way) == {"a1", "b1"}
    await work.end("b1")
    assert hand.items == ["B1"]
    await work.end("a1")
    assert set(work.under_way) == {"a2"}
    await work.end("a2")
    await work.end("a3")
    assert hand.items == ["B1", "A1", "A2", "A3"]


async def test_in_order_what_passed_waits_for_its_turn() -> None:
    source, hand, work = Source(), Hand(), Work()
    joined(source, tube(work, parallel=3, key=key), hand)
    source.push("a1", "a2", "b1")
    await turns()
    await work.end("b1")
    await work.end("a1")
    assert hand.items == ["A1"]
    await work.end("a2")
    assert hand.items == ["A1", "A2", "B1"]


async def test_an_item_without_a_key_is_refused_alone() -> None:
    source, hand, work = Source(), Hand(), Work()
    joined(source, tube(work, parallel=3, key=key), hand)
    source.push("", "a1")
    await turns()
    await work.end("a1")
    assert type(source.answers[""][0].failure) is IndexError
    assert hand.items == ["A1"]


async def test_a_stop_refuses_those_that_wait_behind_others() -> None:
    source, hand, work = Source(), Hand(), Work()
    joined(source, tube(work, parallel=3, key=key), hand)
    source.push("a1", "a2", "b1")
    await turns()
    hand.stop()
    await turns()
    assert [answers[0].badness for answers in source.answers.values()] == [2, 2, 2]
    assert hand.reason is not None


async def test_many_that_wait_for_one_key_keep_none_of_another_from_passing() -> None:
    source, hand, work = Source(), Hand(), Work()
    joined(source, tube(work, parallel=2, key=key, ordered=False), hand)
    source.push(*[f"a{number}" for number in range(500)], "b")
    await turns()
    assert set(work.under_way) == {"a0", "b"}


async def test_no_more_wait_for_one_key_than_there_is_room_for() -> None:
    source, hand, work = Source(), Hand(), Work()
    joined(source, tube(work, parallel=2, key=key), hand)
    pushed = 0
    while source.is_flowing and pushed < 1000:
        source.push(f"a{pushed}")
        pushed += 1
        await turns()
    assert pushed == 1 + 100 + 1, "one is under way, so many wait, and one was on its way"
    for number in range(pushed):
        await work.end(f"a{number}")
    assert len(hand.items) == pushed
    assert source.is_flowing


async def test_whose_turn_is_first_is_not_kept_from_it_by_what_has_passed() -> None:
    source, hand, work = Source(), Hand(), Work()
    joined(source, tube(work, parallel=2, key=key), hand)
    source.push("a0", "a1", *[f"b{number}" for number in range(150)])
    await turns()
    for number in range(150):
        if f"b{number}" in work.under_way:  # until there is no room for more that has passed
            await work.end(f"b{number}")
    assert set(work.under_way) == {"a0"}
    await work.end("a0")
    assert "a1" in work.under_way
    while work.under_way:
        await work.end(next(iter(work.under_way)))
    assert len(hand.items) == 152


@pytest.mark.parametrize("ordered", [True, False])
async def test_a_flow_with_keys_ends_after_its_last_item(ordered: bool) -> None:
    async def same(item: int) -> int:
        await asyncio.sleep(0)
        return item

    kept = Collector()
    part = tube(same, parallel=4, key=lambda item: item % 3, ordered=ordered)
    assert await Flow(Items(range(500), size=7), part, kept).run() is END
    if ordered:
        assert kept.items == list(range(500))
    for each in range(3):
        assert [item for item in kept.items if item % 3 == each] == list(range(each, 500, 3))


@given(st.lists(st.integers(0, 3), max_size=30), st.data())
def test_of_each_key_one_is_under_way_and_all_get_their_turn(keys: list[int], data: Any) -> None:
    lanes = Lanes()
    for number, each in enumerate(keys):
        lanes.add(each, number)
    under_way: list[int] = []
    begun: list[int] = []
    while len(lanes) or under_way:
        if lanes.ready and data.draw(st.booleans(), label="begin"):
            key, number = lanes.begin()
            assert key not in under_way
            under_way.append(key)  # type: ignore[arg-type]
            begun.append(number)
        elif under_way:
            lanes.ended(under_way.pop(data.draw(st.integers(0, len(under_way) - 1))))
        else:
            assert lanes.ready
    assert sorted(begun) == list(range(len(keys)))
    for each in set(keys):
        of_key = [number for number in begun if keys[number] == each]
        assert of_key == sorted(of_key)
