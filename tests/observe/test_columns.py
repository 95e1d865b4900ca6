"""The places on a layer."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given

from piped.observe.columns import centres
from piped.observe.layers import layered
from piped.observe.ordering import ordered
from tests.observe.test_layers import graphs


@given(graphs)
def test_nobody_overlaps_and_the_order_stays(graph: tuple[int, list[tuple[int, int]]]) -> None:
    layers = layered(*graph)
    order = ordered(layers)
    widths = {each: 10.0 + each % 7 for layer in order for each in layer}
    x = centres(order, layers.neighbours(), widths, 5)
    for layer in order:
        for one, other in itertools.pairwise(layer):
            apart = (x[other] - widths[other] / 2) - (x[one] + widths[one] / 2)
            assert apart >= 5 - 1e-6
    assert min(x[each] - widths[each] / 2 for each in x) == pytest.approx(0)


def test_a_chain_is_a_straight_line() -> None:
    layers = layered(3, [(0, 1), (1, 2)])
    x = centres(layers.layers, layers.neighbours(), {0: 10.0, 1: 50.0, 2: 20.0}, 5)
    assert set(x.values()) == {25.0}


def test_one_stands_in_the_middle_above_two() -> None:
    layers = layered(3, [(0, 1), (0, 2)])
    x = centres(layers.layers, layers.neighbours(), dict.fromkeys(range(3), 10.0), 5)
    assert x[0] == pytest.approx((x[1] + x[2]) / 2)
