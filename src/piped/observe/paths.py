"""The lines that arrows are: smooth between layers, straight through them, round into columns."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

__all__ = ["Column", "End", "Place", "Point", "along", "freely", "halfway"]

_ROUND = 8.0
_AWAY = 60.0  # how far a free line goes before it turns
_HEAD = 3.0  # how far before its end a line stops, for the head of the arrow


@dataclass(frozen=True, slots=True)
class Column:
    """Several layers below each other: where they begin and end, and how far to the left."""

    left: float = 0.0
    top: float = 0.0
    bottom: float = 0.0


@dataclass(frozen=True, slots=True)
class Point:
    """Where an arrow begins, passes a layer, or ends: a line from top to bottom."""

    x: float
    top: float
    bottom: float
    column: Column = Column()

    def moved(self, dx: float) -> Point:
        return replace(self, x=self.x + dx)


def along(points: Sequence[Point], number: int, *, upwards: bool = False) -> str:
    """The path from the bottom of the first point to the top of the last; backwards, if `upwards`.

    `number` keeps apart the lines that go to another column.
    """
    pieces = list(_pieces(points, number, upwards=upwards))
    if upwards:
        pieces = [tuple(reversed(piece)) for piece in reversed(pieces)]
    [x, y] = pieces[0][0]
    return f"M{x:.1f} {y:.1f}" + "".join(map(_drawn, pieces))


Place = tuple[float, float]


def halfway(points: Sequence[Point]) -> Place:
    """Where the label of an arrow stands: between its first two points."""
    one, other = points[0], points[1]
    if one.column != other.column:
        return one.x, one.bottom + _ROUND
    return (one.x + other.x) / 2, (one.bottom + other.top) / 2


@dataclass(frozen=True, slots=True)
class End:
    """A box at which an arrow begins or ends: its middle, and how far it reaches from there."""

    x: float
    y: float
    across: float
    down: float


def freely(one: End, other: End, number: int) -> tuple[str, Place]:
    """The path from one box to another, wherever they stand, and its middle.

    Below most boxes stand others: it leaves by a side. `number` keeps several apart.
    """
    aside = (number % 5 - 2) * 5.0
    side = 1 if other.x >= one.x else -1
    start = (one.x + side * one.across, one.y + aside)
    if other.y - other.down > one.y + one.down:
        end = (other.x + aside, other.y - other.down - _HEAD)
        bends = (start[0] + side * _AWAY, start[1]), (end[0], end[1] - _AWAY)
    elif other.y + other.down < one.y - one.down:
        side, start = 1, (one.x + one.across, one.y + aside)
        end = (other.x + other.across + _HEAD, other.y + aside)
        out = max(start[0], end[0]) + _AWAY / 2
        bends = (out, start[1]), (out, end[1])
    else:
        start = (one.x + aside, one.y - one.down)
        end = (other.x + aside, other.y - other.down - _HEAD)
        bends = (start[0], start[1] - _AWAY / 2), (end[0], end[1] - _AWAY / 2)
    path = f"M{_text(start)}C" + " ".join(map(_text, (*bends, end)))
    return path, _middle(start, *bends, end)


def _middle(start: Place, first: Place, second: Place, end: Place) -> Place:
    """Halfway along a curve."""
    weighted = zip(start, first, second, end, strict=True)
    x, y = ((a + 3 * b + 3 * c + d) / 8 for a, b, c, d in weighted)
    return x, y


Piece = tuple[tuple[float, float], ...]


def _pieces(points: Sequence[Point], number: int, *, upwards: bool) -> Iterator[Piece]:
    """Straight pieces of two points, curves of four, and lines with round corners of more."""
    last = len(points) - 1
    for at, (one, other) in enumerate(itertools.pairwise(points)):
        if at and one.bottom > one.top:
            yield (one.x, one.top), (one.x, one.bottom)
        start = one.bottom + (_HEAD if upwards and not at else 0)
        end = other.top - (_HEAD if not upwards and at + 1 == last else 0)
        if one.column == other.column:
            half = (start + end) / 2
            yield (one.x, start), (one.x, half), (other.x, half), (other.x, end)
        else:
            yield _across((one.x, start), (other.x, end), one.column, other.column, number)


def _across(
    start: tuple[float, float], end: tuple[float, float], one: Column, other: Column, number: int
) -> Piece:
    """From the foot of one column to the head of the next, through what is free between them."""
    spread = number % 6 * 5.0
    low, high, between = one.bottom + 7 + spread / 2, other.top - 7 - spread / 2, other.left - 12
    between -= spread
    return start, (start[0], low), (between, low), (between, high), (end[0], high), end


def _drawn(piece: Piece) -> str:
    if len(piece) == 2:
        return f"L{_text(piece[1])}"
    if len(piece) == 4:
        return "C" + " ".join(map(_text, piece[1:]))
    return "".join(_rounded(piece))


def _rounded(piece: Piece) -> Iterator[str]:
    for before, corner, after in zip(piece, piece[1:], piece[2:], strict=False):
        yield f"L{_text(_towards(corner, before))}Q{_text(corner)} {_text(_towards(corner, after))}"
    yield f"L{_text(piece[-1])}"


def _towards(corner: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    """The point near `corner` where a line to `other` leaves it."""
    dx, dy = other[0] - corner[0], other[1] - corner[1]
    length = abs(dx) + abs(dy)
    part = min(_ROUND, length / 2) / length if length else 0.0
    return corner[0] + dx * part, corner[1] + dy * part


def _text(point: tuple[float, float]) -> str:
    return f"{point[0]:.1f} {point[1]:.1f}"
