"""Long pipelines in columns, where somebody else finds the places."""

from __future__ import annotations

from math import ceil, sqrt

from piped.observe.drawing import Frame
from piped.observe.layers import layered

__all__ = ["folds"]

_LONG = 16  # layers
_HIGHER = 3  # how many more layers than columns look square


def folds(frame: Frame) -> set[int]:
    """The arrows at which a new column is to begin. What holds no box in its place is none."""
    at = {box.id: place for place, box in enumerate(frame.boxes)}
    firm = [place for place, each in enumerate(frame.arrows) if not each.loose]
    edges = [(at[frame.arrows[place].source], at[frame.arrows[place].target]) for place in firm]
    layers = layered(len(frame.boxes), edges).layers
    if len(layers) <= _LONG:
        return set()
    share = max(_LONG, ceil(sqrt(len(layers) * _HIGHER)))
    column = {box: rank // share for rank, layer in enumerate(layers) for box in layer}
    return {
        place
        for place, (source, target) in zip(firm, edges, strict=True)
        if column[source] != column[target]
    }
