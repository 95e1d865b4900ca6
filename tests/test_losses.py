"""What is told of losses at the end of a run of tests."""

from __future__ import annotations

from typing import Any

from tests.losses import PROPERTY, Losses, table


def test_the_middle_and_the_longest_are_told_of_each_service_and_way() -> None:
    times = [
        ("b", "cut", "lost after", 0.001),
        ("b", "cut", "lost after", 0.002),
        ("b", "cut", "lost after", 0.009),
        ("b", "cut", "found after", 0.5),
        ("a", "silent", "found after", 1.0),
    ]
    lines = table([(PROPERTY, each) for each in times] + [("other", 1)])
    assert [line.split() for line in lines[1:]] == [
        ["a:", "silent", "-", "-", "1000.0", "1000.0"],
        ["b:", "cut", "2.0", "9.0", "500.0", "500.0"],
    ]


def test_nothing_is_told_where_nothing_was_noted() -> None:
    assert table([("other", 1)]) == []


def test_what_a_test_waits_for_is_noted() -> None:
    noted: list[tuple[str, Any]] = []
    loss = Losses(lambda name, value: noted.append((name, value))).of("it", "cut")
    with loss.lost():
        assert noted == []
    with loss.found():
        assert len(noted) == 1
    assert len(table(noted)) == 2
