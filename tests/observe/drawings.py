"""Drawings for tests."""

from __future__ import annotations

import itertools

from piped.observe.drawing import Arrow, Box, BoxKind, Drawing, Frame

__all__ = ["HARD", "chain", "drawing"]

# Names with all that means something to one format or another.
HARD = 'a "b" \\n <c> & #d; `e` ]\nf'


def drawing(text: str, name: str = "it") -> Drawing:
    """The drawing of "a: b !c, b: c", where a hands to b, or to c on failure."""
    hands = {box: to.split() for box, _, to in (each.partition(": ") for each in text.split(", "))}
    ids = dict.fromkeys([*hands, *(to.strip("!") for tos in hands.values() for to in tos)])
    arrows = [
        Arrow(box, to.strip("!"), error=to.startswith("!"))
        for box, tos in hands.items()
        for to in tos
    ]
    return Drawing([Frame(name, [Box(each, each) for each in ids], arrows)])


def chain(count: int, name: str = "chain") -> Frame:
    """Steps in a row, of every kind in turn."""
    kinds = list(BoxKind)
    boxes = [
        Box(f"{name}/{at}", f"step-{at}", kinds[at % len(kinds)], "a detail" * (at % 2))
        for at in range(count)
    ]
    arrows = [Arrow(one.id, other.id) for one, other in itertools.pairwise(boxes)]
    return Frame(name, boxes, arrows)
