"""Founts of what is there already."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from piped.flows import CONFIRMED, END, Answer, Items, Reason

from .parts import Hand


def test_the_items_flow_some_at_a_time() -> None:
    hand = Hand()
    Items(range(5), size=2).flow_to(hand)
    assert [each.items for each in hand.batches] == [[0, 1], [2, 3], [4]]
    assert hand.reason is END


def test_no_more_is_read_than_is_taken() -> None:
    read: list[int] = []

    def numbers() -> Iterator[int]:
        for number in range(10):
            read.append(number)
            yield number

    hand = Hand()
    hand.takes_a_pause = True
    Items(numbers(), size=3).flow_to(hand)
    assert read == [0, 1, 2]
    hand.resume()
    assert hand.items == read == [0, 1, 2, 3, 4, 5]


def test_it_is_told_what_became_of_the_items_of_each_batch() -> None:
    told: list[tuple[Answer, list[Any]]] = []
    hand = Hand()
    Items("abc", size=2, told=lambda answer, items: told.append((answer, items))).flow_to(hand)
    hand.settle()
    assert told == [(CONFIRMED, ["a", "b"])]
    hand.settle()
    assert told == [(CONFIRMED, ["a", "b"]), (CONFIRMED, ["c"])]


def test_what_was_read_before_a_failure_flows_and_the_failure_ends_it() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise LookupError

    hand = Hand()
    Items(broken()).flow_to(hand)
    assert hand.items == [1]
    assert hand.reason is not None
    assert isinstance(hand.reason.failure, LookupError)


def closing(closed: list[str]) -> Iterator[int]:
    try:
        yield from range(100)
    finally:
        closed.append("closed")


def test_a_generator_is_closed_when_nobody_wants_more_of_it() -> None:
    closed: list[str] = []
    hand, items = Hand(), closing(closed)
    hand.takes_a_pause = True
    Items(items, size=10).flow_to(hand)
    hand.stop()
    assert closed == ["closed"]


def test_a_file_is_left_open_for_who_has_opened_it(tmp_path: Any) -> None:
    path = tmp_path / "lines"
    path.write_text("a\nb\n")
    hand = Hand()
    hand.takes_a_pause = True
    with path.open() as lines:
        Items(lines, size=1).flow_to(hand)
        hand.stop()
        assert not lines.closed


def test_a_generator_may_stop_the_flow_itself(caplog: pytest.LogCaptureFixture) -> None:
    closed: list[str] = []

    def stopping() -> Iterator[int]:
        try:
            yield 1
            hand.stop(Reason("enough"))
            yield from range(100)
        finally:
            closed.append("closed")

    hand, items = Hand(), stopping()
    Items(items, size=5).flow_to(hand)
    assert (hand.items, closed, str(hand.reason)) == ([], ["closed"], "enough")
    assert caplog.text == ""


def test_a_generator_that_fails_at_closing_ends_the_flow_with_that() -> None:
    def broken() -> Iterator[int]:
        try:
            yield from range(10)
        finally:
            raise LookupError

    hand = Hand()
    hand.takes_a_pause = True
    Items(broken(), size=1).flow_to(hand)
    hand.stop()
    assert hand.reason is not None
    assert isinstance(hand.reason.failure, LookupError)
