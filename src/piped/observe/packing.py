"""Frames of different sizes on one sheet: in order, close to each other, about as wide as high."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

__all__ = ["packed"]

Size = tuple[float, float]
Place = tuple[float, float]

# A sheet looks good when it is a little wider than high.
_WIDER = 1.4


def packed(sizes: Sequence[Size], gap: float) -> list[Place]:
    """The upper left corner for each size."""
    area = sum((width + gap) * (height + gap) for width, height in sizes)
    limit = max([sqrt(area * _WIDER), *(width + gap for width, _ in sizes)], default=0)
    skyline = [(0.0, limit, 0.0)]  # from, to, how far down it is taken
    places = []
    for width, height in sizes:
        x, y = _highest(skyline, width + gap, limit)
        places.append((x, y))
        skyline = _covered(skyline, x, x + width + gap, y + height + gap)
    return places


def _highest(skyline: Sequence[tuple[float, float, float]], width: float, limit: float) -> Place:
    """The highest place that is free and wide enough, the leftmost of those."""
    found = [
        (max(depth for left, right, depth in skyline if left < x + width and right > x), x)
        for x, _, _ in skyline
        if x + width <= limit + 1e-6
    ]
    y, x = min(found)
    return x, y


def _covered(
    skyline: Sequence[tuple[float, float, float]], start: float, end: float, depth: float
) -> list[tuple[float, float, float]]:
    left = [(a, min(b, start), d) for a, b, d in skyline if a < start]
    right = [(max(a, end), b, d) for a, b, d in skyline if b > end]
    return [*left, (start, end, depth), *right]
