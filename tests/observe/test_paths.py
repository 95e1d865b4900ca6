"""The lines that arrows are."""

from __future__ import annotations

from piped.observe.paths import Column, Point, along


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
