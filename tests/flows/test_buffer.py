"""What a buffer holds, and what becomes of what it has no room for."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from piped.exceptions import BufferFull, ItemDropped
from piped.flows import CONFIRMED, END, Reason, buffer
from piped.flows.buffer import Overflow

from .parts import Hand, Source, joined


def held(**options: Any) -> tuple[Source, Any, Hand]:
    """A source, a buffer, and a hand that takes nothing."""
    source, hand = Source(), Hand()
    joined(source, buffer(**options), hand)
    hand.pause()
    return source, source.drain, hand


def failures(source: Source, *items: Any) -> list[type]:
    return [type(answer.failure) for item in items for answer in source.answers[item]]


def test_what_is_taken_at_once_passes_as_it_is() -> None:
    source, _, hand = held(items=2)
    hand.resume()
    source.push(1, 2, 3, 4)
    assert [batch.items for batch in hand.batches] == [[1, 2, 3, 4]]
    hand.settle()
    assert source.confirmed == [1, 2, 3, 4]


def test_the_source_flows_while_the_drain_is_paused() -> None:
    source, part, _ = held(items=3)
    source.push(1, 2)
    assert source.is_flowing
    assert part.waiting == 2


def test_a_full_one_holds_back_and_lets_go_when_there_is_room() -> None:
    source, _, hand = held(items=2)
    source.push(1)
    source.push(2)
    assert not source.is_flowing
    hand.resume()
    assert hand.items == [1, 2]
    source.push(3)
    assert hand.items == [1, 2, 3]


def test_the_oldest_are_dropped_for_newer_ones() -> None:
    source, part, hand = held(items=2, overflow="drop-oldest")
    source.push(1, 2, 3)
    assert source.is_flowing
    assert failures(source, 1) == [ItemDropped]
    assert part.dropped == 1
    hand.resume()
    assert hand.items == [2, 3]


def test_the_newest_are_dropped_for_older_ones() -> None:
    source, part, hand = held(items=2, overflow="drop-newest")
    source.push(1, 2, 3)
    assert failures(source, 3) == [ItemDropped]
    assert part.dropped == 1
    hand.resume()
    assert hand.items == [1, 2]


def test_what_there_is_no_room_for_is_refused() -> None:
    source, part, _ = held(items=2, overflow="refuse")
    source.push(1, 2, 3)
    assert failures(source, 3) == [BufferFull]
    assert part.refused == 1


def test_it_is_bounded_by_the_size_of_its_items() -> None:
    source, part, hand = held(size=5, overflow="drop-oldest")
    source.push("aa", "bbb")
    assert part.weight == 5
    source.push("c")
    assert failures(source, "aa") == [ItemDropped]
    hand.resume()
    assert hand.items == ["bbb", "c"]
    assert part.weight == 0


def test_an_item_that_cannot_be_weighed_is_refused_alone() -> None:
    source, _, hand = held(size=5)
    source.push("aa", 7, "b")
    assert failures(source, 7) == [TypeError]
    hand.resume()
    assert hand.items == ["aa", "b"]


def test_an_item_that_is_larger_than_all_the_room_still_passes_one_that_waits() -> None:
    source, _, hand = held(size=2)
    source.push("aaaa")
    assert source.is_paused
    hand.resume()
    assert hand.items == ["aaaa"]


def test_the_end_comes_after_all_that_is_held() -> None:
    source, _, hand = held(items=5)
    source.push(1, 2)
    source.end(END)
    assert hand.reason is None
    hand.resume()
    assert hand.items == [1, 2]
    assert hand.reason is END


def test_a_stop_refuses_what_is_held_also_after_the_end() -> None:
    source, _, hand = held(items=5)
    source.push(1, 2)
    source.end(END)
    hand.stop(Reason("enough"))
    assert all(answers[0].badness == 2 for answers in source.answers.values())
    assert hand.reason is END


@pytest.mark.parametrize("options", [{"items": 0}, {"size": 0}, {"overflow": "spill"}])
def test_a_buffer_without_room_is_no_buffer(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"overflow is one of|room for one"):
        buffer(**options)


@given(
    st.lists(st.lists(st.integers(1, 4), min_size=1, max_size=4), max_size=20),
    st.sampled_from(["drop-oldest", "drop-newest", "refuse"]),
)
def test_one_that_never_waits_never_holds_more_than_its_bounds(
    pushes: list[list[int]], overflow: Overflow
) -> None:
    source, part, hand = held(items=5, size=9, weigh=lambda pair: pair[1], overflow=overflow)
    for number, weights in enumerate(pushes):
        source.push(*[((number, each), weight) for each, weight in enumerate(weights)])
        assert part.waiting <= 5
        assert part.weight <= 9
        assert source.is_flowing
    hand.resume()
    assert part.weight == 0
    hand.settle_all()
    assert all(len(answers) == 1 for answers in source.answers.values())
    assert {item for item, answers in source.answers.items() if answers == [CONFIRMED]} == set(
        hand.items
    )


@given(st.lists(st.integers(1, 7), max_size=20))
def test_one_that_waits_holds_its_bounds_and_one_batch_at_most(sizes: list[int]) -> None:
    source, part, hand = held(items=5)
    pushed = 0
    for size in sizes:
        if not source.is_flowing:
            hand.resume()
            hand.pause()
        source.push(*range(pushed, pushed + size))
        pushed += size
        assert part.waiting < 5 + 7
    hand.resume()
    assert hand.items == list(range(pushed))
