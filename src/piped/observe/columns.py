"""Where on its layer each box stands: as near to its neighbours as the others let it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

__all__ = ["centres"]

# The last one goes down: who hangs aside follows.
_SWEEPS = 13
_LITTLE = 1e-4


def centres(
    layers: Sequence[Sequence[int]],
    neighbours: tuple[Mapping[int, Sequence[int]], Mapping[int, Sequence[int]]],
    widths: Mapping[int, float],
    gap: float,
    light: Collection[int] = (),
) -> dict[int, float]:
    """The x of the middle of each, beginning at 0 with the leftmost edge of all.

    What is `light` makes room for the others.
    """
    weights = {each: _LITTLE if each in light else 1.0 for layer in layers for each in layer}
    x: dict[int, float] = {}
    for layer in layers:
        middle = sum(widths[each] + gap for each in layer) / 2
        x |= _placed(layer, dict.fromkeys(layer, middle), weights, widths, gap)
    for sweep in range(_SWEEPS):
        downwards = sweep % 2 == 0
        nearest = neighbours[0] if downwards else neighbours[1]
        for layer in layers if downwards else reversed(layers):
            wanted = {each: _middle(each, nearest, x) for each in layer}
            x |= _placed(layer, wanted, weights, widths, gap)
    left = min((x[each] - widths[each] / 2 for layer in layers for each in layer), default=0)
    return {each: place - left for each, place in x.items()}


def _middle(each: int, neighbours: Mapping[int, Sequence[int]], x: Mapping[int, float]) -> float:
    found = sorted(x[other] for other in neighbours[each])
    if not found:
        return x[each]
    half = len(found) // 2
    return found[half] if len(found) % 2 else (found[half - 1] + found[half]) / 2


def _placed(
    layer: Sequence[int],
    wanted: Mapping[int, float],
    weights: Mapping[int, float],
    widths: Mapping[int, float],
    gap: float,
) -> dict[int, float]:
    """The places nearest to those that are wanted, in order and without overlap.

    Seen from the left-most place that each can have, places must not decrease: neighbours that
    would are put together, at the mean of what they want, by their weight.
    """
    offsets: list[float] = []
    reach = 0.0
    for at, each in enumerate(layer):
        reach += widths[each] / 2 if at else 0.0
        offsets.append(reach)
        reach += widths[each] / 2 + gap
    groups: list[tuple[float, float, int]] = []  # what they want, their weight, how many they are
    for each, offset in zip(layer, offsets, strict=True):
        weight = weights[each]
        group = (weight * (wanted[each] - offset), weight, 1)
        while groups and groups[-1][0] / groups[-1][1] > group[0] / group[1]:
            other = groups.pop()
            group = (other[0] + group[0], other[1] + group[1], other[2] + group[2])
        groups.append(group)
    bases = [total / weight for total, weight, count in groups for _ in range(count)]
    return {each: base + offset for each, base, offset in zip(layer, bases, offsets, strict=True)}
