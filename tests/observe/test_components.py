"""What hangs together."""

from __future__ import annotations

from piped.observe.components import parts
from piped.observe.drawing import Arrow, Box, Frame

BOXES = [Box(each, each) for each in "abcde"]
ARROWS = [Arrow("a", "c"), Arrow("c", "e"), Arrow("d", "b")]


def test_what_has_no_frame_is_taken_apart() -> None:
    found = [
        ("".join(box.id for box in each.boxes), len(each.arrows), each.upwards)
        for each in parts(Frame("", BOXES, ARROWS, upwards=True))
    ]
    assert found == [("ace", 2, True), ("bd", 1, True)]


def test_a_frame_stays_whole() -> None:
    frame = Frame("it", BOXES, ARROWS)
    assert list(parts(frame)) == [frame]
