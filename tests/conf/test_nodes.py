"""Nodes, and changing the scalars of a tree."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from piped.conf.change import changed
from piped.conf.nodes import (
    Alias,
    Mapping,
    Node,
    Origin,
    Override,
    Scalar,
    Sequence,
    Tagged,
    depth,
    is_null,
    kind_of,
    nodes_of,
    plain,
)
from piped.problems import Place
from tests.conf.doubles import TREES

ORIGIN = Origin(Place("x.yaml"))


@given(TREES)
def test_plain_values_come_back_from_nodes(tree: Any) -> None:
    assert plain(nodes_of(tree, ORIGIN)) == tree


def test_a_tuple_becomes_a_list_and_an_object_stays_itself() -> None:
    thing = object()
    assert plain(nodes_of({"a": (1, 2), "b": thing}, ORIGIN)) == {"a": [1, 2], "b": thing}


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ({}, "a mapping"),
        ([], "a list"),
        ("x", "a text"),
        (True, "a truth value"),
        (None, "null"),
        (1, "a number"),
        (1.5, "a number"),
    ],
)
def test_messages_name_what_a_node_is(value: Any, kind: str) -> None:
    assert kind_of(nodes_of(value, ORIGIN)) == kind


def test_messages_name_what_is_not_a_value_yet() -> None:
    assert kind_of(Alias(("a",), ORIGIN)) == "an alias"
    assert kind_of(Tagged(None, ORIGIN)) == "a tagged value"
    assert not is_null(Tagged(None, ORIGIN))
    assert is_null(Scalar(None, ORIGIN))


@pytest.mark.parametrize(
    ("value", "levels"), [(1, 0), ([], 1), ({}, 1), ([[], [[]]], 3), ({"a": {"b": 1}}, 2)]
)
def test_depth_counts_levels_of_collections(value: Any, levels: int) -> None:
    assert depth(nodes_of(value, ORIGIN)) == levels


def test_depth_looks_into_the_layers_of_aliases() -> None:
    assert depth(Alias(("a", nodes_of({"b": []}, ORIGIN)), ORIGIN)) == 3


def doubled(scalar: Scalar) -> Node:
    return replace(scalar, value=scalar.value * 2) if isinstance(scalar.value, int) else scalar


def test_a_change_reaches_every_scalar() -> None:
    tree = nodes_of({"a": [1, {"b": 2}], "c": "x"}, ORIGIN)
    assert plain(changed(tree, doubled)) == {"a": [2, {"b": 4}], "c": "x"}


def test_a_change_reaches_the_layers_of_aliases() -> None:
    one, two = Scalar(1, ORIGIN), Scalar(2, ORIGIN)
    alias = Alias(("a", Sequence((one,), ORIGIN), Override(("b",), one)), ORIGIN)
    new = Alias(("a", Sequence((two,), ORIGIN), Override(("b",), two)), ORIGIN)
    assert changed(alias, doubled) == new


def test_what_is_not_changed_stays_the_same_object() -> None:
    tree = nodes_of({"a": ["x"], "b": [1]}, ORIGIN)
    new = changed(tree, doubled)
    assert isinstance(tree, Mapping)
    assert isinstance(new, Mapping)
    assert new["a"] is tree["a"]
    assert changed(tree["a"], doubled) is tree["a"]


def test_what_stands_in_several_places_is_changed_once() -> None:
    calls = []

    def change(scalar: Scalar) -> Node:
        calls.append(scalar)
        return doubled(scalar)

    shared = nodes_of([1], ORIGIN)
    new = changed(Sequence((shared, shared), ORIGIN), change)
    assert isinstance(new, Sequence)
    assert new.items[0] is new.items[1]
    assert len(calls) == 1
