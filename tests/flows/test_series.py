"""Parts behind one another, and parts beside one another, as one part."""

from __future__ import annotations

from typing import Any

import pytest

from piped.exceptions import FlowError
from piped.flows import END, Collector, Flow, Items, drain, parallel, series, tube
from piped.flows.series import Joined, joined

from .parts import Hand, Source


def less(number: int) -> int:
    return number - 1


def more(number: int) -> int:
    return number + 1


def text(number: int) -> str:
    return str(number)


async def run(*parts: Any) -> list[Any]:
    collector = Collector()
    await Flow(Items([1, 2]), *parts, collector).run()
    return collector.items


async def test_parts_behind_one_another_are_one_part() -> None:
    both = series(more, text)
    assert await run(both) == ["2", "3"]
    assert await run(both) == ["2", "3"], "it is a recipe"
    assert await run(series(series(more, more), series(text))) == ["3", "4"]


async def test_each_item_goes_through_each_branch() -> None:
    assert sorted(await run(parallel(more, series(less, less)))) == [-1, 0, 2, 3]
    assert await run(parallel(more), text) == ["2", "3"]


async def test_a_series_may_end_with_a_drain() -> None:
    stored: list[Any] = []
    await Flow(Items([1]), series(more, drain(stored.append))).run()
    assert stored == [2]


def test_nothing_stands_behind_a_drain() -> None:
    with pytest.raises(FlowError, match=r"nothing flows on from append to text: it is a drain"):
        series(drain([].append), tube(text)).make()


def test_a_series_says_what_it_is_made_of() -> None:
    assert repr(series(more, parallel(text, more))) == "<tube more | parallel(text, more)>"
    assert repr(series(more, tube(text)).make()) == "more … text"
    assert repr(series(Hand()).make()) == "Hand"


def test_what_is_joined_is_one_drain_and_one_fount() -> None:
    source, hand = Source(), Hand()
    made = joined([tube(more).make(), joined([tube(less).make(), tube(text).make()])])
    assert isinstance(made, Joined)
    source.flow_to(made).flow_to(hand)
    source.push(1)
    source.end(END)
    assert (hand.items, hand.reason) == (["1"], END)
