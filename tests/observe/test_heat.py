"""Times as colours."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from piped.observe.heat import colour_of_time, text_of_time

times = st.floats(0, 1e6)


@pytest.mark.parametrize(
    ("time", "mean", "colour"),
    [
        (0, 0, "#00FF00"),
        (0, 1, "#00FF00"),
        (1, 2, "#7FFF00"),
        (2, 2, "#FFFF00"),
        (4, 2, "#FF7F00"),
        (200, 2, "#FF0200"),
    ],
)
def test_they_go_from_green_by_yellow_to_red(time: float, mean: float, colour: str) -> None:
    assert colour_of_time(time, mean) == colour


@given(times, times, st.floats(0.001, 1e6))
def test_what_takes_longer_is_never_greener(one: float, other: float, mean: float) -> None:
    shorter, longer = (colour_of_time(each, mean) for each in (min(one, other), max(one, other)))
    assert int(shorter[1:3], 16) <= int(longer[1:3], 16)
    assert int(shorter[3:5], 16) >= int(longer[3:5], 16)


def test_they_are_told_in_milliseconds() -> None:
    assert [text_of_time(each) for each in (0.0000123, 0.0123, 1.23)] == [
        "0.012 ms",
        "12.3 ms",
        "1230 ms",
    ]
