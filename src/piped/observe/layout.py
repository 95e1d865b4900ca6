"""Where everything of one frame stands: in layers from top to bottom, long ones in columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import log

from piped.observe.columns import centres
from piped.observe.drawing import Arrow, Box, BoxKind, Frame
from piped.observe.layers import Route, layered
from piped.observe.measure import fitted, width_of
from piped.observe.ordering import ordered
from piped.observe.paths import Column, End, Place, Point, along, freely, halfway

__all__ = [
    "DETAIL",
    "LABEL",
    "TITLE",
    "LaidArrow",
    "LaidBox",
    "LaidFrame",
    "laid_between",
    "laid_out",
]

LABEL, DETAIL, TITLE = 13.0, 11.0, 12.0  # sizes of fonts
_WIDEST = 230.0  # of a text
_PAD, _HEIGHT, _HEIGHT_WITH_DETAIL = 24.0, 32.0, 46.0
_POINT = 10.0  # what an arrow takes that passes a layer
_BESIDE, _BELOW = 26.0, 36.0  # between boxes, between layers
_MARGIN, _HEAD = 22.0, 40.0  # of a frame; above its first layer, for its name
_GUTTER = 56.0  # between columns
_LONG = 12  # layers, of which there may be columns
_RATIO = 1.3
_ROUND = 1.2  # what a text takes more of in a round shape
_ROUND_KINDS = (BoxKind.DEPENDENCY, BoxKind.UNRESOLVED)


@dataclass(frozen=True, slots=True)
class LaidBox:
    """A box at its place: the middle of it, its size, and its lines as they fit."""

    box: Box
    x: float
    y: float
    width: float
    height: float
    label: str
    detail: str


@dataclass(frozen=True, slots=True)
class LaidArrow:
    """An arrow as the path that SVG has for it, and where its label stands."""

    arrow: Arrow
    path: str
    middle: Place = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class LaidFrame:
    """A frame of which everything has its place, seen from its upper left corner."""

    title: str
    width: float
    height: float
    boxes: Sequence[LaidBox]
    arrows: Sequence[LaidArrow]


def laid_out(frame: Frame) -> LaidFrame:
    """Find a place for all of `frame`."""
    return _Layout(frame).frame()


def laid_between(arrows: Iterable[Arrow], boxes: Mapping[str, LaidBox]) -> Iterator[LaidArrow]:
    """Arrows that go straight from box to box, whatever is on their way."""
    for at, arrow in enumerate(arrows):
        one, other = boxes[arrow.source], boxes[arrow.target]
        yield LaidArrow(arrow, *freely(_end(one), _end(other), at))


def _end(box: LaidBox) -> End:
    return End(box.x, box.y, box.width / 2, box.height / 2)


class _Layout:
    """One frame, as it gets its places."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._texts = [_texts(box) for box in frame.boxes]
        at = {box.id: place for place, box in enumerate(frame.boxes)}
        self._loose = [each for each in frame.arrows if each.loose]
        self._firm = [each for each in frame.arrows if not each.loose]
        edges = [(at[each.source], at[each.target]) for each in self._firm]
        if frame.upwards:
            edges = [(target, source) for source, target in edges]
        self._layers = layered(len(frame.boxes), edges)
        # The way of what does not fail is straight.
        errors = {place for place, each in enumerate(self._firm) if each.error}
        neighbours = self._layers.neighbours(aside=errors)
        order = ordered(self._layers) if frame.boxes else []
        widths = {each: self._width(each) for layer in order for each in layer}
        light = self._layers.aside(errors)
        self._x = centres(order, neighbours, widths, _BESIDE, light)
        self._widths = widths
        self._order = order
        self._tops: dict[int, float] = {}
        self._bottoms: dict[int, float] = {}
        self._column: dict[int, Column] = {}
        self._width_of_all, self._height_of_all = self._in_columns()

    def frame(self) -> LaidFrame:
        title = (
            f"{self._frame.name}  ({self._frame.note})" if self._frame.note else self._frame.name
        )
        width = max(self._width_of_all, min(width_of(title, TITLE), _WIDEST) + 2 * _MARGIN)
        shift = (width - self._width_of_all) / 2
        self._x = {each: x + shift for each, x in self._x.items()}
        self._column = {
            each: replace(column, left=column.left + shift) for each, column in self._column.items()
        }
        boxes = [self._box(at) for at in range(len(self._frame.boxes))]
        loose = laid_between(self._loose, {each.box.id: each for each in boxes})
        return LaidFrame(
            fitted(title, TITLE, width - 2 * _MARGIN),
            width,
            self._height_of_all,
            boxes,
            [*self._arrows(), *loose],
        )

    def _width(self, each: int) -> float:
        if each >= len(self._texts):
            return _POINT
        label, detail = self._texts[each]
        wide = max(width_of(label, LABEL), width_of(detail, DETAIL))
        round_ = _ROUND if self._frame.boxes[each].kind in _ROUND_KINDS else 1.0
        return max(60.0, wide * round_) + _PAD

    def _height(self, each: int) -> float:
        if each >= len(self._texts):
            return 0.0
        return _HEIGHT_WITH_DETAIL if self._texts[each][1] else _HEIGHT

    def _in_columns(self) -> tuple[float, float]:
        """Give each its place from top to bottom; long frames go on in another column."""
        heights = [max(map(self._height, layer)) + _BELOW for layer in self._order]
        columns = list(_shares(heights, self._count_of_columns(heights)))
        left, lowest = _MARGIN, _HEAD
        for column in columns:
            left += self._one_column(column, heights, left)
            lowest = max(lowest, _HEAD + sum(heights[at] for at in column))
        width = left - (_GUTTER if columns else 0.0) + _MARGIN
        return max(width, 2 * _MARGIN), lowest - _BELOW + _MARGIN if columns else lowest + _MARGIN

    def _count_of_columns(self, heights: Sequence[float]) -> int:
        if len(heights) <= _LONG:
            return 1
        width = max(self._x[each] + self._widths[each] / 2 for each in self._x) + _GUTTER
        height = sum(heights)

        def oddness(count: int) -> float:
            return abs(log(width * count / (height / count) / _RATIO))

        return min(range(1, len(heights) // 3 + 1), key=oddness)

    def _one_column(self, column: Sequence[int], heights: Sequence[float], left: float) -> float:
        """Move the layers of one column to their place. Gives what it takes in width."""
        members = [each for at in column for each in self._order[at]]
        start = min(self._x[each] - self._widths[each] / 2 for each in members)
        end = max(self._x[each] + self._widths[each] / 2 for each in members)
        bottom = _HEAD + sum(heights[at] for at in column) - _BELOW
        self._column |= dict.fromkeys(members, Column(left, _HEAD, bottom))
        top = _HEAD
        for at in column:
            middle = top + (heights[at] - _BELOW) / 2
            for each in self._order[at]:
                half = self._height(each) / 2 or (heights[at] - _BELOW) / 2
                self._tops[each], self._bottoms[each] = middle - half, middle + half
                self._x[each] += left - start
            top += heights[at]
        return end - start + _GUTTER

    def _box(self, at: int) -> LaidBox:
        top, bottom = self._tops[at], self._bottoms[at]
        label, detail = self._texts[at]
        box = self._frame.boxes[at]
        middle = (top + bottom) / 2
        return LaidBox(box, self._x[at], middle, self._widths[at], bottom - top, label, detail)

    def _arrows(self) -> Iterator[LaidArrow]:
        leaving = self._ports([(route.points[0], at) for at, route in self._routes()], 1)
        coming = self._ports([(route.points[-1], at) for at, route in self._routes()], -2)
        for at, arrow in enumerate(self._firm):
            route = self._layers.routes[at]
            if not route.points:
                yield self._beside(arrow)
                continue
            points = [self._point(each) for each in route.points]
            points[0] = points[0].moved(leaving[at])
            points[-1] = points[-1].moved(coming[at])
            upwards = route.upwards != self._frame.upwards
            yield LaidArrow(arrow, along(points, at, upwards=upwards), halfway(points))

    def _routes(self) -> list[tuple[int, Route]]:
        return [(at, route) for at, route in enumerate(self._layers.routes) if route.points]

    def _point(self, each: int) -> Point:
        return Point(self._x[each], self._tops[each], self._bottoms[each], self._column[each])

    def _ports(self, ends: Iterable[tuple[int, int]], next_: int) -> dict[int, float]:
        """How far from the middle of its box each arrow begins, or ends: they stand in order."""
        by_box: dict[int, list[int]] = {}
        for box, at in ends:
            by_box.setdefault(box, []).append(at)
        found: dict[int, float] = {}
        for box, routes in by_box.items():
            routes.sort(key=lambda at: self._x[self._layers.routes[at].points[next_]])
            step = min(16.0, self._widths[box] * 0.7 / len(routes))
            middle = (len(routes) - 1) / 2
            found |= {at: (place - middle) * step for place, at in enumerate(routes)}
        return found

    def _beside(self, arrow: Arrow) -> LaidArrow:
        """The path of an arrow from a box to itself: round its right side."""
        at = next(at for at, box in enumerate(self._frame.boxes) if box.id == arrow.source)
        right, top, bottom = self._x[at] + self._widths[at] / 2, self._tops[at], self._bottoms[at]
        low, high = bottom - 9, top + 9
        path = f"M{right:.1f} {low:.1f} c26 8 26 {high - low - 8:.1f} 3 {high - low:.1f}"
        return LaidArrow(arrow, path, (right + 22, (top + bottom) / 2))


def _texts(box: Box) -> tuple[str, str]:
    return fitted(box.label, LABEL, _WIDEST), fitted(box.detail, DETAIL, _WIDEST)


def _shares(heights: Sequence[float], count: int) -> Iterator[range]:
    """The layers in `count` columns of about the same height."""
    share = sum(heights) / max(count, 1)
    start, reached, limit = 0, 0.0, share
    for at, height in enumerate(heights):
        if reached + height / 2 > limit and at > start:
            yield range(start, at)
            start, limit = at, limit + share
        reached += height
    if heights:
        yield range(start, len(heights))
