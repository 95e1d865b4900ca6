"""Items to lists, and lists to items."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from piped.flows import END, Reason, batch, unbatch
from piped.flows.receipt import refused

from .parts import Hand, Source, Time, joined


def test_so_many_items_are_a_list_and_the_rest_is_one_at_the_end() -> None:
    source, hand = Source(), Hand()
    joined(source, batch(2), hand)
    source.push(1, 2, 3)
    assert hand.items == [[1, 2]]
    source.end(END)
    assert hand.items == [[1, 2], [3]]
    assert hand.reason is END


def test_a_list_that_was_full_early_does_not_end_the_next_one() -> None:
    source, hand, time = Source(), Hand(), Time()
    joined(source, batch(2, within=10), hand, time=time)
    source.push(1)
    time.advance(9)
    source.push(2)
    source.push(3)
    time.advance(2)
    assert hand.items == [[1, 2]]
    time.advance(8)
    assert hand.items == [[1, 2], [3]]


def test_a_list_is_answered_for_all_that_it_has() -> None:
    source, hand = Source(), Hand()
    joined(source, batch(2), hand)
    source.push(1, 2, 3)
    hand.settle(refused(ValueError()))
    assert [answers[0].badness if answers else None for answers in source.answers.values()] == [
        2,
        2,
        None,
    ]


def test_what_has_waited_goes_on_with_fewer() -> None:
    source, hand, time = Source(), Hand(), Time()
    joined(source, batch(3, within=10), hand, time=time)
    source.push(1)
    time.advance(5)
    source.push(2)
    time.advance(5)
    assert hand.items == [[1, 2]]
    source.push(3, 4, 5, 6)
    assert hand.items == [[1, 2], [3, 4, 5]]
    time.advance(9)
    assert len(hand.items) == 2, "the time counts from the first of a list"
    time.advance(1)
    assert hand.items == [[1, 2], [3, 4, 5], [6]]


def test_a_complete_list_that_waits_holds_the_source_back() -> None:
    source, hand = Source(), Hand()
    joined(source, batch(2), hand)
    hand.pause()
    source.push(1)
    assert source.is_flowing
    source.push(2)
    assert source.is_paused
    hand.resume()
    assert source.is_flowing


def test_a_stop_refuses_what_was_gathered() -> None:
    source, hand, time = Source(), Hand(), Time()
    joined(source, batch(2, within=10), hand, time=time)
    source.push(1)
    hand.stop(Reason("enough"))
    assert source.answers[1][0].badness == 2
    assert time.waiting == 0
    assert hand.items == []


def test_a_list_of_nothing_is_none() -> None:
    with pytest.raises(ValueError, match="one item at least"):
        batch(0)


@given(st.lists(st.lists(st.integers(), max_size=5), max_size=8), st.integers(1, 7))
def test_items_that_were_put_into_lists_come_out_again(lists: list[list[int]], size: int) -> None:
    source, hand = Source(receipts=False), Hand()
    joined(source, unbatch(), batch(size), unbatch(), hand)
    for each in lists:
        source.push(each)
    source.end(END)
    assert hand.items == [item for each in lists for item in each]
