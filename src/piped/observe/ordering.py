"""Who stands beside whom on a layer: such that few arrows cross.

Each is drawn to the middle of its neighbours on the layer above, then on the one below, a few
times; the best order on the way is kept.
"""

from __future__ import annotations

import itertools
from bisect import bisect, insort
from collections.abc import Mapping, Sequence

from piped.observe.layers import Layers

__all__ = ["crossings", "ordered"]

_SWEEPS = 8


def ordered(layers: Layers) -> list[list[int]]:
    """The layers, each in the order in which it is to be drawn."""
    above, below = layers.neighbours()
    best = current = layers.layers
    fewest = crossings(best, below)
    for sweep in range(_SWEEPS):
        if not fewest:
            break
        current = _swept(current, above) if sweep % 2 == 0 else _swept(current[::-1], below)[::-1]
        found = crossings(current, below)
        if found < fewest:
            best, fewest = current, found
    return best


def _swept(layers: Sequence[list[int]], neighbours: Mapping[int, list[int]]) -> list[list[int]]:
    """Each layer sorted by where the neighbours on the layer before it are."""
    swept = [list(layers[0])]
    for layer in layers[1:]:
        at = {each: place for place, each in enumerate(swept[-1])}

        def middle(pair: tuple[int, int], at: Mapping[int, int] = at) -> float:
            place, each = pair
            found = [at[other] for other in neighbours[each]]
            return sum(found) / len(found) if found else place

        swept.append([each for _, each in sorted(enumerate(layer), key=middle)])
    return swept


def crossings(layers: Sequence[Sequence[int]], below: Mapping[int, Sequence[int]]) -> int:
    """How many arrows cross."""
    total = 0
    for upper, lower in itertools.pairwise(layers):
        at = {each: place for place, each in enumerate(lower)}
        seen: list[int] = []
        for each in upper:
            ends = sorted(at[other] for other in below[each])
            total += sum(len(seen) - bisect(seen, end) for end in ends)
            for end in ends:
                insort(seen, end)
    return total
