"""The order on a layer."""

from __future__ import annotations

from hypothesis import given

from piped.observe.layers import layered
from piped.observe.ordering import crossings, ordered
from tests.observe.test_layers import graphs


def test_arrows_that_cross_are_counted() -> None:
    assert crossings([[0, 1], [2, 3]], {0: [3], 1: [2]}) == 1
    assert crossings([[0, 1], [2, 3]], {0: [2, 3], 1: [2, 3]}) == 1
    assert crossings([[0, 1], [2]], {0: [2], 1: [2]}) == 0


def test_those_stand_below_whom_they_belong_to() -> None:
    layers = layered(6, [(0, 1), (0, 2), (1, 4), (2, 3), (2, 5)])
    assert ordered(layers)[2] in ([4, 3, 5], [5, 3, 4], [3, 5, 4])
    assert crossings(ordered(layers), layers.neighbours()[1]) == 0


@given(graphs)
def test_no_order_is_worse_than_before_and_nobody_is_lost(
    graph: tuple[int, list[tuple[int, int]]],
) -> None:
    layers = layered(*graph)
    found = ordered(layers)
    assert list(map(sorted, found)) == list(map(sorted, layers.layers))
    below = layers.neighbours()[1]
    assert crossings(found, below) <= crossings(layers.layers, below)
