"""Durations and sizes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from piped.options import Duration, Size, duration_text, size_text
from piped.options.units import duration_of, size_of
from tests.options.reading import problem_of, value_of

DURATIONS = {
    "1.5s": 1.5,
    "200ms": 0.2,
    "15us": 0.000015,
    "2m": 120.0,
    "1h30m": 5400.0,
    "1d": 86400.0,
    "1w": 604800.0,
    "0.1s": 0.1,
    "1m0.3s": 60.3,
    "10": 10.0,
    "0": 0.0,
    "2.5": 2.5,
}
SIZES = {
    "10MiB": 10 * 2**20,
    "1.5 GB": 1_500_000_000,
    "1kB": 1000,
    "1KB": 1000,
    "1KiB": 1024,
    "512": 512,
    "7B": 7,
    "2TiB": 2 * 2**40,
    "1.0005kB": 1000,
}


@pytest.mark.parametrize(("text", "seconds"), DURATIONS.items())
def test_durations_are_seconds(text: str, seconds: float) -> None:
    found = value_of(text, Duration)
    assert found == seconds
    assert type(found) is float


@pytest.mark.parametrize(("text", "size"), SIZES.items())
def test_sizes_are_bytes(text: str, size: int) -> None:
    found = value_of(text, Size)
    assert found == size
    assert type(found) is int


NO_DURATIONS = [
    "soon",
    "''",
    "5 minutes",
    "30m1h",
    "1h1h",
    "-1s",
    "-1",
    ".inf",
    ".nan",
    "1e3s",
    "1.s",
]


@pytest.mark.parametrize("text", [*NO_DURATIONS, "true", "[1s]", "null"])
def test_what_is_no_duration(text: str) -> None:
    assert problem_of(text, Duration).startswith("x: expected a duration like 1.5s, got ")


@pytest.mark.parametrize(
    "text", ["big", "''", "10 M", "1.5", "-1", "10mib", "1GiB1MiB", "true", "[]"]
)
def test_what_is_no_size(text: str) -> None:
    assert problem_of(text, Size).startswith("x: expected a size like 10MiB, got ")


@pytest.mark.parametrize(
    ("type_", "problem"),
    [
        (Duration, "x: expected a duration like 1.5s, got '5' | name the unit: 5s"),
        (Size, "x: expected a size like 10MiB, got '5' | name the unit: 5MiB"),
    ],
)
def test_a_number_in_quotes_has_no_unit(type_: Any, problem: str) -> None:
    assert problem_of("'5'", type_) == problem


@given(st.integers(0, 10**15))
def test_durations_come_back(microseconds: int) -> None:
    seconds = microseconds / 1_000_000
    assert duration_of(duration_text(seconds)) == seconds


@given(st.integers(0, 10**17))
def test_sizes_come_back(size: int) -> None:
    text = size_text(size)
    assert size_of(text) == size or len(text) > 16  # longer numbers nobody writes


@given(st.text())
def test_any_other_text_is_none(text: str) -> None:
    assert duration_of(text) is None or text[-1] in "wdhms"
    assert size_of(text) is None or text[-1] == "B"


def test_texts_are_short() -> None:
    assert [duration_text(each) for each in (0, 0.0015, 5400, 90061.5)] == [
        "0s",
        "1ms500us",
        "1h30m",
        "1d1h1m1s500ms",
    ]
    assert [size_text(each) for each in (0, 1, 1000, 1536, 10 * 2**20)] == [
        "0B",
        "1B",
        "1kB",
        "1536B",
        "10MiB",
    ]
