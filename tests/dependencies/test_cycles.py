"""Circles are found, and what is in none is ordered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from piped.dependencies.availability import Availability, Node
from piped.dependencies.cycles import closed_by, cycles, dependencies_first

EDGES = st.sets(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=20)


def graph(wiring: str) -> Availability:
    """The graph of "a>b b>c": a needs b, b needs c. "a~b" is an edge that does not gate."""
    pairs = [(edge[0], edge[2], edge[1] == ">") for edge in wiring.split()]
    return built(pairs)


def built(pairs: Sequence[tuple[Node, Node, bool]]) -> Availability:
    made = Availability()
    for node in dict.fromkeys(end for pair in pairs for end in pair[:2]):
        made.add(node)
    for consumer, dependency, gates in pairs:
        made.add_edge(consumer, dependency, gates=gates)
    return made


@pytest.mark.parametrize(
    ("wiring", "found"),
    [
        ("a>b b>c a>c", []),
        ("a>a", ["aa"]),
        ("a>b b>a", ["aba"]),
        ("x>a a>b b>c c>a b>y", ["abca"]),
        ("a>b b>a c>d d>c", ["aba", "cdc"]),
        ("a>b b~a", []),
    ],
)
def test_circles_are_walked_from_each_to_what_it_needs(wiring: str, found: list[str]) -> None:
    assert ["".join(map(str, cycle)) for cycle in cycles(graph(wiring))] == found


@pytest.mark.parametrize(
    ("wiring", "edge", "closed"),
    [
        ("a>b b>c", "ca", "cabc"),
        ("a>b b>c c>d", "da", "dabcd"),
        ("a>b", "ba", "bab"),
        ("a>b", "aa", "aa"),
        ("a>b b>c", "ac", None),
        ("a>b c>d", "ac", None),
        ("a~b", "ba", None),
    ],
)
def test_an_edge_that_closes_a_circle_is_known_before(
    wiring: str, edge: str, closed: str | None
) -> None:
    found = closed_by(graph(wiring), edge[0], edge[1])
    assert (found and "".join(map(str, found))) == closed


def test_a_closing_edge_costs_as_much_as_the_smaller_side() -> None:
    class Counted(Availability):
        asked = 0

        def needed_by(self, node: Node) -> Iterator[Node]:
            for each in super().needed_by(node):
                self.asked += 1
                yield each

    made = Counted()
    for number in range(1_000):
        made.add(number)
    for number in range(2, 1_000):
        made.add_edge(number, 1)
    made.add_edge(0, 999)
    assert closed_by(made, 1, 0) == [1, 0, 999, 1]
    made.remove_edge(0, 999)
    made.asked = 0
    assert closed_by(made, 1, 0) is None
    assert made.asked <= 1


@given(EDGES)
def test_circles_are_found_exactly_if_there_are_any(edges: set[tuple[int, int]]) -> None:
    made = built([(*edge, True) for edge in sorted(edges)])
    found = list(cycles(made))
    assert bool(found) == is_cyclic(edges)
    for cycle in found:
        assert cycle[0] == cycle[-1]
        assert set(pairwise(cycle)) <= edges


@given(EDGES, st.tuples(st.integers(0, 7), st.integers(0, 7)))
def test_an_edge_closes_a_circle_exactly_if_it_makes_one(
    edges: set[tuple[int, int]], new: tuple[int, int]
) -> None:
    acyclic = set[tuple[int, int]]()
    for edge in sorted(edges):
        acyclic |= set() if is_cyclic(acyclic | {edge}) else {edge}
    made = built([(*edge, True) for edge in acyclic])
    for node in set(new) - set(made):
        made.add(node)
    found = closed_by(made, *new)
    assert bool(found) == is_cyclic(acyclic | {new})
    if found:
        assert found[0] == found[-1] == new[0]
        assert set(pairwise(found)) <= acyclic | {new}


@given(EDGES)
def test_what_is_in_no_circle_comes_after_all_that_it_needs(edges: set[tuple[int, int]]) -> None:
    made = built([(*edge, True) for edge in sorted(edges)])
    ordered = dependencies_first(made, set(made))
    assert len(ordered) == len(set(ordered))
    for node in ordered:
        assert set(made.needs(node)) <= set(ordered[: ordered.index(node)])
    if not is_cyclic(edges):
        assert set(ordered) == set(made)


def is_cyclic(edges: set[tuple[int, int]]) -> bool:
    sorter = TopologicalSorter[int]()
    for consumer, dependency in edges:
        sorter.add(consumer, dependency)
    try:
        sorter.prepare()
    except CycleError:
        return True
    return False
