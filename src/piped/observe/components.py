"""What stands outside of all frames, taken apart where no arrow joins it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from piped.observe.drawing import Arrow, Box, Frame

__all__ = ["parts"]


def parts(frame: Frame) -> Iterator[Frame]:
    """The frame itself; without a name, each part of it that hangs together."""
    if frame.name:
        yield frame
        return
    leaders = _leaders(frame)
    boxes: dict[str, list[Box]] = {}
    arrows: dict[str, list[Arrow]] = {}
    for box in frame.boxes:
        boxes.setdefault(leaders[box.id], []).append(box)
    for arrow in frame.arrows:
        arrows.setdefault(leaders[arrow.source], []).append(arrow)
    for leader, members in boxes.items():
        yield replace(frame, boxes=members, arrows=arrows.get(leader, ()))


def _leaders(frame: Frame) -> dict[str, str]:
    """For each box one of those that it hangs together with, the same for all of them."""
    above = {box.id: box.id for box in frame.boxes}

    def leader(each: str) -> str:
        while above[each] != each:
            above[each] = above[above[each]]
            each = above[each]
        return each

    for arrow in frame.arrows:
        above[leader(arrow.target)] = leader(arrow.source)
    return {each: leader(each) for each in above}
