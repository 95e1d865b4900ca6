"""One tree over another."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from piped.conf.merge import merged
from piped.conf.nodes import Alias, Mapping, Node, Origin, Scalar, nodes_of, plain
from piped.problems import Place
from tests.conf.doubles import TREES

LOW, HIGH = Origin(Place("low.yaml")), Origin(Place("high.yaml"))
MAPPINGS = st.dictionaries(st.sampled_from("abc"), TREES, max_size=3)


def merge(*trees: Any) -> Any:
    whole = nodes_of(trees[0], LOW)
    for tree in trees[1:]:
        whole = merged(whole, nodes_of(tree, HIGH))
    return plain(whole)


def model(low: Any, high: Any) -> Any:
    """What merging means, in four lines."""
    if not (isinstance(low, dict) and isinstance(high, dict)):
        return high
    return low | {key: model(low[key], each) if key in low else each for key, each in high.items()}


#   what is tried: (lower, higher, result)
MERGED: dict[str, tuple[Any, Any, Any]] = {
    "mappings merge": ({"a": 1, "b": {"c": 2}}, {"b": {"d": 3}}, {"a": 1, "b": {"c": 2, "d": 3}}),
    "lists replace": ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
    "scalars replace": ({"a": 1}, {"a": 2}, {"a": 2}),
    "null replaces a scalar": ({"a": 1}, {"a": None}, {"a": None}),
    "null replaces a mapping": ({"a": {"b": 1}}, {"a": None}, {"a": None}),
    "a scalar replaces a mapping": ({"a": {"b": 1}}, {"a": 2}, {"a": 2}),
    "a mapping replaces a scalar": ({"a": 2}, {"a": {"b": 1}}, {"a": {"b": 1}}),
    "an empty mapping changes nothing": ({"a": {"b": 1}}, {"a": {}}, {"a": {"b": 1}}),
}


@pytest.mark.parametrize(("low", "high", "result"), MERGED.values(), ids=MERGED)
def test_what_merging_does(low: Any, high: Any, result: Any) -> None:
    assert merge(low, high) == result


@given(MAPPINGS, MAPPINGS)
def test_merging_is_what_the_model_says(low: Any, high: Any) -> None:
    assert merge(low, high) == model(low, high)


@given(MAPPINGS)
def test_nothing_and_itself_change_nothing(tree: Any) -> None:
    assert merge(tree, {}) == merge({}, tree) == merge(tree, tree) == tree


@given(MAPPINGS, MAPPINGS)
def test_merging_again_changes_nothing(low: Any, high: Any) -> None:
    assert merge(low, high, high) == merge(low, high)


@given(MAPPINGS, MAPPINGS)
def test_neither_side_is_changed(low: Any, high: Any) -> None:
    lower, higher = nodes_of(low, LOW), nodes_of(high, HIGH)
    merged(lower, higher)
    assert (plain(lower), plain(higher)) == (low, high)


def test_what_replaces_remembers_what_it_replaced() -> None:
    first, second = nodes_of({"a": {"b": 1}}, LOW), nodes_of({"a": {"b": 2}}, HIGH)
    third = nodes_of({"a": 3}, Origin(Place("third.yaml")))
    whole = merged(merged(first, second), third)
    assert history(whole, "a") == ["third.yaml", "high.yaml"]
    whole = merged(first, merged(second, nodes_of({"a": {"b": 4}}, Origin(Place("4.yaml")))))
    assert isinstance(whole, Mapping)
    assert history(whole["a"], "b") == ["4.yaml", "high.yaml", "low.yaml"]


def history(node: Node, key: str) -> list[str]:
    assert isinstance(node, Mapping)
    origin: Origin | None = node[key].origin
    places = []
    while origin is not None:
        places.append(origin.place.file)
        origin = origin.replaced
    return places


def test_the_history_of_a_value_may_be_long() -> None:
    whole = merged(nodes_of({"a": 0}, LOW), chain(5_000))
    assert len(history(whole, "a")) == 5_001


def chain(length: int) -> Node:
    whole = nodes_of({"a": 0}, HIGH)
    for number in range(1, length):
        whole = merged(whole, nodes_of({"a": number}, HIGH))
    return whole


class TestAliases:
    alias = Alias(("a.b",), HIGH)
    one, two = nodes_of({"x": 1}, LOW), nodes_of({"y": 2}, HIGH)

    def test_keep_a_mapping_under_them_as_a_layer(self) -> None:
        assert merged(self.one, self.alias) == Alias((self.one, "a.b"), HIGH)

    def test_keep_a_mapping_over_them_as_a_layer(self) -> None:
        assert merged(self.alias, self.two) == Alias(("a.b", self.two), HIGH)

    def test_keep_each_other_as_layers(self) -> None:
        other = Alias((self.one, "c"), LOW)
        assert merged(other, self.alias) == Alias((self.one, "c", "a.b"), HIGH)

    def test_replace_what_has_no_keys(self) -> None:
        assert merged(nodes_of([1], LOW), self.alias) == self.alias
        assert merged(Scalar(1, LOW), self.alias) == self.alias

    def test_are_replaced_by_what_has_no_keys(self) -> None:
        assert plain(merged(self.alias, Scalar(None, HIGH))) is None
        assert plain(merged(self.alias, nodes_of([1], HIGH))) == [1]
