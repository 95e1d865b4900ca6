"""The lines that arrows are."""

from __future__ import annotations

import pytest

from piped.observe.paths import Column, End, Point, along, freely, halfway


def test_a_line_between_two_layers_is_a_curve() -> None:
    assert (
        along([Point(0, 0, 10), Point(20, 33, 40)], 0) == "M0.0 10.0C0.0 20.0 20.0 20.0 20.0 30.0"
    )


def test_a_line_that_leads_up_begins_at_the_lower_end() -> None:
    path = along([Point(0, 0, 10), Point(20, 33, 40)], 0, upwards=True)
    assert path == "M20.0 33.0C20.0 23.0 0.0 23.0 0.0 13.0"


def test_a_line_goes_straight_through_a_layer_that_it_passes() -> None:
    path = along([Point(0, 0, 10), Point(5, 20, 30), Point(0, 43, 50)], 0)
    assert "L5.0 30.0" in path


def test_a_line_to_another_column_goes_through_what_is_free_between_them() -> None:
    one, other = Column(0, 0, 100), Column(200, 0, 100)
    path = along([Point(50, 80, 100, one), Point(250, 0, 20, other)], 0)
    assert "188.0 107.0" in path
    assert "188.0 -7.0" in path
    assert path.endswith("L250.0 -3.0")


ONE = End(100, 100, 40, 16)


@pytest.mark.parametrize(
    ("other", "start", "end"),
    [
        # Below, on either side: by the side, to the top.
        (End(300, 300, 40, 16), "M140.0 90.0C", " 290.0 281.0"),
        (End(0, 300, 40, 16), "M60.0 90.0C", " -10.0 281.0"),
        # Above: round the right sides.
        (End(90, 0, 40, 16), "M140.0 90.0C", " 133.0 -10.0"),
        # Side by side: over both.
        (End(300, 110, 40, 16), "M90.0 84.0C", " 290.0 91.0"),
    ],
)
def test_a_free_line_goes_round_what_stands_below(other: End, start: str, end: str) -> None:
    path, _ = freely(ONE, other, 0)
    assert path.startswith(start)
    assert path.endswith(end)


def test_free_lines_between_the_same_boxes_are_apart() -> None:
    other = End(300, 300, 40, 16)
    assert len({freely(ONE, other, at)[0] for at in range(5)}) == 5


def test_a_label_stands_on_its_line() -> None:
    assert halfway([Point(0, 0, 10), Point(20, 30, 40)]) == (10, 20)
    _, (x, y) = freely(ONE, End(300, 300, 40, 16), 2)
    assert 140 < x < 300
    assert 100 < y < 284
