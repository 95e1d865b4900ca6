"""Steps on layers."""

from __future__ import annotations

from hypothesis import given, strategies as st

from piped.observe.layers import Route, layered

graphs = st.integers(1, 30).flatmap(
    lambda count: st.tuples(
        st.just(count),
        st.lists(st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)), max_size=60),
    )
)


def test_a_chain_has_a_layer_for_each() -> None:
    found = layered(3, [(0, 1), (1, 2)])
    assert found.layers == [[0], [1], [2]]
    assert found.routes == [Route((0, 1), upwards=False), Route((1, 2), upwards=False)]


def test_an_arrow_has_a_point_on_each_layer_that_it_passes() -> None:
    found = layered(3, [(0, 1), (1, 2), (0, 2)])
    assert found.layers == [[0], [1, 3], [2]]
    assert found.routes[2] == Route((0, 3, 2), upwards=False)


def test_the_arrow_that_closes_a_loop_is_turned_round() -> None:
    found = layered(3, [(0, 1), (1, 2), (2, 0)])
    assert found.layers == [[0], [1, 3], [2]]
    assert found.routes[2] == Route((0, 3, 2), upwards=True)


def test_an_arrow_to_itself_has_no_way() -> None:
    assert layered(1, [(0, 0)]).routes == [Route((), upwards=True)]


@given(graphs)
def test_every_route_leads_from_each_layer_to_the_next(
    graph: tuple[int, list[tuple[int, int]]],
) -> None:
    count, edges = graph
    found = layered(count, edges)
    rank = {each: at for at, layer in enumerate(found.layers) for each in layer}
    assert sorted(each for each in rank if each < count) == list(range(count))
    for (source, target), route in zip(edges, found.routes, strict=True):
        if source != target:
            ranks = [rank[each] for each in route.points]
            assert ranks == list(range(ranks[0], ranks[0] + len(ranks)))
            ends = (route.points[0], route.points[-1])
            assert ends == ((target, source) if route.upwards else (source, target))


def test_a_long_chain_needs_no_deep_stack() -> None:
    assert len(layered(5_000, [(at, at + 1) for at in range(4_999)]).layers) == 5_000


def test_what_hangs_aside_is_all_that_only_such_routes_lead_to() -> None:
    # 0 hands to 1; 2 hangs aside with 3 behind it, and 4 is reached from both.
    found = layered(5, [(0, 1), (0, 2), (2, 3), (1, 4), (3, 4)])
    points = {each for each in found.aside({1}) if each < 5}
    assert points == {2, 3}


def test_a_way_aside_counts_where_it_leads_and_not_where_it_begins() -> None:
    above, below = layered(3, [(0, 1), (0, 2)]).neighbours(aside={1})
    assert (below[0], above[2]) == ([1], [0])
    _, below = layered(2, [(0, 1)]).neighbours(aside={0})
    assert below[0] == [1]
