"""The items of an interval, folded to one."""

from __future__ import annotations

from operator import add
from typing import Any

import pytest

from piped.flows import END, Reason, roll_up

from .parts import Hand, Source, Time, joined


def folded(**options: Any) -> tuple[Source, Hand, Time]:
    source, hand, time = Source(), Hand(), Time()
    joined(source, roll_up(10, **options), hand, time=time)
    return source, hand, time


def test_the_items_of_an_interval_are_one() -> None:
    source, hand, time = folded(fold=add)
    source.push(1, 2)
    time.advance(5)
    source.push(3)
    time.advance(5)
    assert hand.items == [6]
    hand.settle()
    assert source.confirmed == [1, 2, 3]


def test_an_interval_that_went_early_does_not_end_the_next_one() -> None:
    source, hand, time = folded(fold=add, items=2)
    source.push(1)
    time.advance(9)
    source.push(2)
    source.push(3)
    time.advance(2)
    assert hand.items == [3]
    time.advance(8)
    assert hand.items == [3, 3]


def test_stopped_it_refuses_what_was_folded() -> None:
    class Slow(Source):
        def on_stop(self, reason: Reason) -> None:
            pass  # it ends later

    source, hand = Slow(), Hand()
    joined(source, roll_up(10, add), hand)
    source.push(1, 2)
    hand.stop()
    assert [[each.badness for each in some] for some in source.answers.values()] == [[2], [2]]
    assert hand.reason is None


def test_what_they_are_folded_into_can_be_given() -> None:
    source, hand, time = folded(fold=lambda count, _: count + 1, start=int)
    source.push("a", "b", "c")
    time.advance(10)
    assert hand.items == [3]


def test_each_key_is_folded_apart() -> None:
    source, hand, time = folded(fold=add, key=lambda item: item % 2)
    source.push(1, 2, 3, 4)
    time.advance(10)
    assert hand.items == [(1, 4), (0, 6)]
    hand.settle()
    assert source.confirmed == [1, 2, 3, 4]


def test_so_many_items_go_on_early() -> None:
    source, hand, time = folded(fold=add, items=2)
    source.push(1, 2, 3)
    assert hand.items == [3]
    time.advance(10)
    assert hand.items == [3, 3]


def test_an_item_that_cannot_be_folded_is_refused_alone() -> None:
    source, hand, time = folded(fold=add)
    source.push(1, "a", 2)
    time.advance(10)
    assert hand.items == [3]
    assert type(source.answers["a"][0].failure) is TypeError


def test_the_end_does_not_wait_for_the_interval() -> None:
    source, hand, time = folded(fold=add)
    source.push(1, 2)
    source.end(END)
    assert hand.items == [3]
    assert hand.reason is END
    assert time.waiting == 0


def test_an_interval_of_nothing_is_none() -> None:
    with pytest.raises(ValueError, match="longer than nothing"):
        roll_up(0, add)
