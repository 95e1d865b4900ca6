"""No faster than so many items in so much time."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from piped.flows import END, rate

from .parts import Hand, Source, Time, joined, said


def test_more_than_the_rate_waits_and_the_source_with_it() -> None:
    source, hand, time = Source(), Hand(), Time()
    joined(source, rate(2, per=10), hand, time=time)
    source.push(1, 2, 3, 4, 5)
    assert hand.items == [1, 2]
    assert source.is_paused
    time.advance(10)
    assert hand.items == [1, 2, 3, 4]
    time.advance(10)
    assert hand.items == [1, 2, 3, 4, 5]
    assert source.is_flowing


def test_the_end_comes_in_its_time() -> None:
    source, hand, time = Source(), Hand(), Time()
    joined(source, rate(1, per=10), hand, time=time)
    source.push(1, 2)
    source.end(END)
    assert said(hand.reason) is None
    time.advance(10)
    assert hand.items == [1, 2]
    assert hand.reason is END
    assert time.waiting == 0


def test_a_rate_of_nothing_is_none() -> None:
    with pytest.raises(ValueError, match="at least one item"):
        rate(0)


@given(
    st.integers(1, 5),
    st.floats(0.1, 10),
    st.lists(st.tuples(st.integers(1, 8), st.floats(0, 5)), max_size=15),
)
def test_no_interval_sees_more_than_the_rate(
    items: int, per: float, pushes: list[tuple[int, float]]
) -> None:
    source, hand, time = Source(), Hand(), Time()
    taken: list[float] = []
    hand.receive = lambda batch: taken.extend([time.now] * len(batch))  # type: ignore[method-assign]
    joined(source, rate(items, per=per), hand, time=time)
    for number, pause in pushes:
        source.push(*range(number))
        time.advance(pause)
    time.advance(per * (sum(number for number, _ in pushes) + 1))
    assert len(taken) == sum(number for number, _ in pushes)
    for first, later in zip(taken, taken[items:], strict=False):
        assert later - first > per * 0.9999 - 0.00001
