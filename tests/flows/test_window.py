"""Lists of items that slide along."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from piped.flows import END, window

from .parts import Hand, Source, Time, joined


def slid(*args: Any, **options: Any) -> tuple[Source, Hand, Time]:
    source, hand, time = Source(), Hand(), Time()
    joined(source, window(*args, **options), hand, time=time)
    return source, hand, time


def test_windows_follow_one_another() -> None:
    source, hand, _ = slid(2)
    source.push(1, 2, 3, 4, 5)
    assert hand.items == [[1, 2], [3, 4]]


def test_windows_slide_by_their_step() -> None:
    source, hand, _ = slid(3, 1)
    source.push(1, 2, 3, 4, 5)
    assert hand.items == [[1, 2, 3], [2, 3, 4], [3, 4, 5]]


def test_an_item_is_answered_when_all_its_windows_are() -> None:
    source, hand, _ = slid(2, 1)
    source.push(1, 2, 3)
    assert [batch.items for batch in hand.batches] == [[[1, 2], [2, 3]]]
    assert source.confirmed == []
    hand.settle()
    assert source.confirmed == [1, 2]
    source.end(END)
    assert source.confirmed == [1, 2, 3]


def test_at_the_end_what_was_in_no_window_is_in_a_last_one() -> None:
    source, hand, _ = slid(3, 2)
    source.push(1, 2, 3)
    source.end(END)
    assert hand.items == [[1, 2, 3]]
    source, hand, _ = slid(3, 2)
    source.push(1, 2, 3, 4)
    source.end(END)
    assert hand.items == [[1, 2, 3], [3, 4]]


def test_windows_of_time_follow_one_another() -> None:
    source, hand, time = slid(within=10)
    source.push(1)
    time.advance(5)
    source.push(2)
    time.advance(5)
    source.push(3)
    time.advance(10)
    assert hand.items == [[1, 2], [3]]
    assert time.waiting == 0


def test_windows_of_time_slide_by_their_step() -> None:
    source, hand, time = slid(within=10, step=5)
    source.push(1)
    time.advance(6)
    source.push(2)
    time.advance(20)
    assert hand.items == [[1], [1, 2], [2]]
    assert time.waiting == 0


def test_one_of_time_holds_back_what_is_more_than_it_may_have() -> None:
    source, hand, time = slid(within=10, items=2)
    source.push(1, 2)
    assert source.is_paused
    time.advance(10)
    assert source.is_flowing
    assert hand.items == [[1, 2]]


@pytest.mark.parametrize("options", [{"size": 2, "step": 3}, {"size": 0}, {"within": 1, "step": 2}])
def test_no_item_falls_between_windows(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="a window"):
        window(**options)


def test_a_window_is_of_items_or_of_time() -> None:
    with pytest.raises(TypeError, match="either"):
        window()


@given(st.integers(0, 30), st.integers(1, 6), st.data())
def test_every_item_is_in_its_windows_and_no_other(number: int, size: int, data: Any) -> None:
    step = data.draw(st.integers(1, size))
    source, hand, _ = slid(size, step)
    for item in range(number):
        source.push(item)
    source.end(END)
    whole = [list(range(at, at + size)) for at in range(0, number - size + 1, step)]
    assert hand.items[: len(whole)] == whole
    assert {item for each in hand.items for item in each} == set(range(number))
    hand.settle_all()
    assert len(source.confirmed) == number
