"""Delays before trying again."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, strategies as st

from piped.backoff import Backoff


def test_delays_grow_up_to_the_longest() -> None:
    backoff = Backoff(1, 30, chance=lambda: 0.0)
    delays = [backoff.next() for _ in range(6)]
    assert delays == pytest.approx([1, math.e, math.e**2, math.e**3, 30, 30])


def test_they_begin_anew_after_a_success() -> None:
    backoff = Backoff(1, 30, chance=lambda: 0.0)
    assert [backoff.next(), backoff.next()] == pytest.approx([1, math.e])
    backoff.reset()
    assert backoff.next() == 1


@given(
    first=st.floats(0.001, 10),
    longest=st.floats(10, 100),
    chances=st.lists(st.floats(0, 1), max_size=200),
)
def test_a_delay_is_never_longer_than_the_longest_and_never_nothing(
    first: float, longest: float, chances: list[float]
) -> None:
    backoff = Backoff(first, longest, chance=iter(chances).__next__)
    for _ in chances:
        assert 0.8 * first <= backoff.next() * 1.0000001
        assert backoff.attempts <= len(chances)


@given(st.integers(0, 10_000))
def test_any_number_of_failures_is_a_number(failures: int) -> None:
    backoff = Backoff(1, 30)
    backoff.attempts = failures
    assert 0.8 <= backoff.next() <= 30
