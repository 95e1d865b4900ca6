"""What other programs print."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies

from piped.exceptions import UnfitBaton
from piped.processors.process_processors import ParseIostatOutput
from tests.processors.trying import complaint, result

TWO = "parse-iostat-output: {input_path: '', format: [[sda, [tps]], [sdb, [tps, MB/s]]]}"
numbers = strategies.floats(min_value=0, max_value=1e9)


def test_several_devices_stand_beside_each_other() -> None:
    assert result(TWO, "1 2.5 3") == {"sda": {"tps": 1}, "sdb": {"tps": 2.5, "MB/s": 3}}


def test_what_follows_the_devices_is_passed_over() -> None:
    assert result(TWO, "1 2 3 99 99")["sdb"] == {"tps": 2, "MB/s": 3}


def test_several_lines_are_several_measurements() -> None:
    found = result("parse-iostat-output", {"line": "1 2 3\n\n4 5 6\n"})["line"]
    assert [each["disk0"]["tps"] for each in found] == [2, 5]


@given(numbers, numbers, numbers)
def test_all_numbers_arrive(first: float, second: float, third: float) -> None:
    processor = ParseIostatOutput(input_path="")
    measured = processor.process(f" {first}\t{second}  {third} ")
    assert list(measured["disk0"].values()) == [first, second, third]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("1 2", "3 numbers are needed, and '1 2' has 2"),
        ("1 2 x", "could not convert string to float: 'x'"),
        ("KB/t tps MB/s", "has more than numbers"),
        (b"1 2 3", "iostat prints text"),
        (" \n", "nothing but blanks"),
    ],
)
def test_what_iostat_does_not_print_is_unfit(line: Any, complaint: str) -> None:
    with pytest.raises(UnfitBaton, match=complaint):
        result("parse-iostat-output", {"line": line})


def test_a_format_that_is_none_is_found_before_there_is_a_baton() -> None:
    assert "format" in complaint("parse-iostat-output: {format: [[disk0, tps]]}")
    assert "format" in complaint("parse-iostat-output: {format: [disk0]}")
