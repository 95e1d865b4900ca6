"""Which bytes a client wants (rules of `piped.web.files.ranges`)."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from piped.web.files.ranges import Unsatisfiable, ranges_of


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("bytes=0-0", [(0, 1)]),
        ("bytes=2-4", [(2, 5)]),
        ("bytes=8-", [(8, 10)]),
        ("bytes=-3", [(7, 10)]),
        ("bytes=-30", [(0, 10)]),
        ("bytes=5-100", [(5, 10)]),
        ("Bytes = 1-2", [(1, 3)]),
        ("bytes=0-1, 4-5", [(0, 2), (4, 6)]),
        ("bytes=4-5,0-1", [(4, 6), (0, 2)]),
        ("bytes=0-1,20-30", [(0, 2)]),
        ("bytes=,0-1,", [(0, 2)]),
    ],
)
def test_ranges_are_read(header: str, wanted: list[tuple[int, int]]) -> None:
    assert [(each.start, each.stop) for each in ranges_of(header, 10)] == wanted


@pytest.mark.parametrize(
    "header",
    [
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=a-b",
        "bytes=4-2",
        "bytes=1-2;3",
        "lines=1-2",
        "bytes=1--2",
        "bytes=0-5,3-8",
        "bytes=" + ",".join(f"{n}-{n}" for n in range(17)),
        "bytes=" + "9" * 30 + "-",
    ],
)
def test_what_cannot_be_read_or_only_makes_work_asks_for_all(header: str) -> None:
    assert ranges_of(header, 1000) == []


@pytest.mark.parametrize(
    ("header", "size"), [("bytes=10-", 10), ("bytes=-0", 10), ("bytes=0-0", 0)]
)
def test_what_lies_behind_the_end_cannot_be_had(header: str, size: int) -> None:
    with pytest.raises(Unsatisfiable):
        ranges_of(header, size)


@given(st.text("0123456789-, =bytes"), st.integers(0, 50))
def test_ranges_are_always_within_the_file(text: str, size: int) -> None:
    try:
        ranges = ranges_of(f"bytes={text}", size)
    except Unsatisfiable:
        return
    assert all(0 <= each.start < each.stop <= size for each in ranges)
