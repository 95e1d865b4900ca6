"""Finding and placing nodes by key path."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from piped.conf.keypaths import NoRoom, child, components, found, nested, placed
from piped.conf.nodes import Alias, Key, Origin, Override, Scalar, nodes_of, plain
from piped.problems import Place

ORIGIN = Origin(Place("x.yaml"))
TREE = {"a": {"b": [1, {"c": 2}]}, "x.y": 3, 404: "z", "5": "text", 5: "number", None: 1, "n": None}


def test_a_path_is_a_text_with_dots_or_its_components() -> None:
    assert components("") == ()
    assert components("a.b") == ("a", "b")
    assert components(["a.b", 1]) == ("a.b", 1)
    assert components(("a",)) == ("a",)


#   path: what is there, or ... for nothing
FOUND: dict[Any, Any] = {
    "": TREE,
    "a.b": [1, {"c": 2}],
    "a.b.0": 1,
    "a.b.1.c": 2,
    ("a", "b", 1, "c"): 2,
    "404": "z",
    "5": "text",
    (5,): "number",
    (None,): 1,
    "x.y": ...,
    ("x.y",): 3,
    "n": None,
    "a.b.2": ...,
    "a.b.-1": ...,
    ("a", "b", -1): ...,
    ("a", "b", True): ...,
    "a.b.x": ...,
    "a.b.\u0660": ...,
    "a.b." + "9" * 5_000: ...,
    "a.b.0.c": ...,
    "n.x": ...,
    "q": ...,
}


@pytest.mark.parametrize(("path", "value"), FOUND.items(), ids=lambda each: str(each)[:20])
def test_finding(path: Any, value: Any) -> None:
    node = found(nodes_of(TREE, ORIGIN), components(path))
    assert (... if node is None else plain(node)) == value


def test_an_alias_has_no_parts() -> None:
    assert child(Alias(("a",), ORIGIN), "a") is None


def put(path: str, value: Any) -> Any:
    return plain(placed(nodes_of(TREE, ORIGIN), components(path), nodes_of(value, ORIGIN)))


#   path: the tree when "new" is there
PLACED: dict[str, Any] = {
    "a": TREE | {"a": "new"},
    "a.b": TREE | {"a": {"b": "new"}},
    "a.b.0": TREE | {"a": {"b": ["new", {"c": 2}]}},
    "a.b.1.d": TREE | {"a": {"b": [1, {"c": 2, "d": "new"}]}},
    "q.r.s": TREE | {"q": {"r": {"s": "new"}}},
    "n.x": TREE | {"n": {"x": "new"}},
    "404": TREE | {404: "new"},
    "": "new",
}


@pytest.mark.parametrize(("path", "tree"), PLACED.items())
def test_placing(path: str, tree: Any) -> None:
    assert put(path, "new") == tree


@pytest.mark.parametrize(
    ("path", "reason"),
    {
        "404.x": "a text stands where 'x' would have to go in",
        "a.b.2": "a list of 2 has no item '2'",
        "a.b.x": "a list of 2 has no item 'x'",
        "a.b.0.x": "a number stands where 'x' would have to go in",
    }.items(),
)
def test_there_is_not_always_room(path: str, reason: str) -> None:
    with pytest.raises(NoRoom) as raised:
        put(path, "new")
    assert str(raised.value) == reason


def test_behind_an_alias_it_waits_as_a_layer() -> None:
    new = Scalar(1, ORIGIN)
    assert placed(Alias(("t",), ORIGIN), ("a", "b"), new) == Alias(
        ("t", Override(("a", "b"), new)), ORIGIN
    )


KEYS: st.SearchStrategy[Key] = st.text(min_size=1).filter(lambda text: "." not in text)


@given(st.lists(KEYS, max_size=5))
def test_what_was_placed_is_found(path: list[Key]) -> None:
    tree = placed(nodes_of({}, ORIGIN), tuple(path), nodes_of("new", ORIGIN))
    node = found(tree, tuple(path))
    assert node is not None
    assert plain(node) == "new"
    assert plain(nested(tuple(path), nodes_of("new", ORIGIN))) == plain(tree)
