"""The steps of one pipeline on layers: each below all that hand to it.

An arrow that would go up, in a loop, is turned round; one that passes layers is cut into pieces,
with a point on each layer that it passes. From then on all arrows lead to the next layer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

__all__ = ["Layers", "Route", "layered"]

Edge = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Route:
    """The way of one arrow, from top to bottom: the points between are numbered like the boxes."""

    points: tuple[int, ...]
    upwards: bool  # the arrow itself leads the other way


@dataclass(slots=True)
class Layers:
    """Boxes and points by layer, and the routes in the order of the arrows."""

    layers: list[list[int]] = field(default_factory=list)
    routes: list[Route] = field(default_factory=list)

    def neighbours(
        self, aside: Collection[int] = ()
    ) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
        """Who stands above and who below each, joined by an arrow.

        Routes that lead `aside` count for where they lead, and not for where they begin, unless
        nothing else begins there.
        """
        above: dict[int, list[int]] = {each: [] for layer in self.layers for each in layer}
        below: dict[int, list[int]] = {each: [] for layer in self.layers for each in layer}
        straight = {
            route.points[0]
            for at, route in enumerate(self.routes)
            if route.points and at not in aside
        }
        for at, route in enumerate(self.routes):
            for one, other in zip(route.points, route.points[1:], strict=False):
                above[other].append(one)
                if at not in aside or one not in straight:
                    below[one].append(other)
        return above, below

    def aside(self, routes: Collection[int]) -> set[int]:
        """All to whom only these routes lead, and who stands behind them alone."""
        coming: dict[int, list[tuple[int, int]]] = {}
        for at, route in enumerate(self.routes):
            for one, other in zip(route.points, route.points[1:], strict=False):
                coming.setdefault(other, []).append((at, one))
        found: set[int] = set()
        for layer in self.layers:
            found |= {
                each
                for each in layer
                if each in coming and all(at in routes or one in found for at, one in coming[each])
            }
        return found


def layered(count: int, edges: Sequence[Edge]) -> Layers:
    """Layers for boxes 0 to `count` - 1. An arrow from a box to itself has a route of no points."""
    upwards = _closing(count, edges)
    downwards = [
        (target, source) if at in upwards else (source, target)
        for at, (source, target) in enumerate(edges)
    ]
    ranks = _ranks(count, [edge for edge in downwards if edge[0] != edge[1]])
    layers = Layers([[] for _ in range(max(ranks, default=-1) + 1)])
    for box, rank in enumerate(ranks):
        layers.layers[rank].append(box)
    points = count
    for at, (source, target) in enumerate(downwards):
        passed = range(ranks[source] + 1, ranks[target])
        between = tuple(range(points, points + len(passed)))
        points += len(passed)
        for rank, point in zip(passed, between, strict=True):
            layers.layers[rank].append(point)
        whole = () if source == target else (source, *between, target)
        layers.routes.append(Route(whole, at in upwards))
    return layers


def _closing(count: int, edges: Sequence[Edge]) -> set[int]:
    """The arrows that close a loop, looking from the first boxes on."""
    leaving: list[list[int]] = [[] for _ in range(count)]
    for at, (source, _) in enumerate(edges):
        leaving[source].append(at)
    closing: set[int] = set()
    state = [""] * count
    for start in range(count):
        stack = [(start, iter(leaving[start]))] if not state[start] else []
        state[start] = state[start] or "open"
        while stack:
            box, rest = stack[-1]
            edge = next(rest, None)
            if edge is None:
                state[box] = "done"
                stack.pop()
                continue
            target = edges[edge][1]
            if state[target] == "open":
                closing.add(edge)
            elif not state[target]:
                state[target] = "open"
                stack.append((target, iter(leaving[target])))
    return closing


def _ranks(count: int, edges: Iterable[Edge]) -> list[int]:
    """The layer of each box: the length of the longest way to it."""
    below: list[list[int]] = [[] for _ in range(count)]
    waiting_for = [0] * count
    for source, target in edges:
        below[source].append(target)
        waiting_for[target] += 1
    ranks = [0] * count
    free = [box for box in range(count) if not waiting_for[box]]
    while free:
        box = free.pop()
        for each in below[box]:
            ranks[each] = max(ranks[each], ranks[box] + 1)
            waiting_for[each] -= 1
            if not waiting_for[each]:
                free.append(each)
    return ranks
