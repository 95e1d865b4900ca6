"""Lists, tuples, sets and mappings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from piped.options import Duration, describe_type
from tests.options.reading import problem_of, problems_of, value_of


@pytest.mark.parametrize(
    ("text", "type_", "value"),
    [
        ("[1, 2]", list[int], [1, 2]),
        ("[]", list[int], []),
        ("[1, a]", list, [1, "a"]),
        ("[1, 2]", Sequence[int], [1, 2]),
        ("[1, 2]", tuple[int, ...], (1, 2)),
        ("[1, a]", tuple[int, str], (1, "a")),
        ("[1, a]", tuple, (1, "a")),
        ("[1, 2, 1]", set[int], {1, 2}),
        ("[1, 2]", frozenset[int], frozenset({1, 2})),
        ("[a]", set, {"a"}),
        ("{a: 1m}", dict[str, Duration], {"a": 60.0}),
        ("{a: 1, 2: b}", dict, {"a": 1, 2: "b"}),
        ("{a: 1}", Mapping[str, int], {"a": 1}),
        ("{1: {a: [1]}}", dict[int, dict[str, list[int]]], {1: {"a": [1]}}),
    ],
)
def test_what_fits(text: str, type_: Any, value: Any) -> None:
    found = value_of(text, type_)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "type_", "problem"),
    [
        ("a", list[str], "x: expected a list of text, got 'a' | write a list, even of one: ['a']"),
        ("a", list[int], "x: expected a list of whole number, got 'a' | "),
        ("{}", list[int], "x: expected a list of whole number, got an empty mapping"),
        ("null", list[int], "x: expected a list of whole number, got null"),
        ("[1]", tuple[int, str], "x: expected a list of 2 (whole number, text), got 1"),
        ("a", tuple[int, str], "x: expected a list of 2 (whole number, text), got 'a'"),
        ("[[a]]", set[Any], "x: a list or a mapping cannot be in a set"),
        ("[]", dict[str, int], "x: expected a mapping of text to whole number, got an empty list"),
        ("a", dict, "x: expected a mapping, got 'a'"),
        ("{60: a, 1m: b}", dict[Duration, str], "x: two of the keys mean the same"),
        ("{1: a}", dict[str, str], 'x: key: expected text, got 1 | write it in quotes: "1"'),
    ],
)
def test_what_does_not_fit(text: str, type_: Any, problem: str) -> None:
    assert problem_of(text, type_).startswith(problem.removesuffix(" | "))


def test_all_that_is_wrong_is_said_at_its_place() -> None:
    assert problems_of("{a: [1, b, c], b: 1, c: [d]}", dict[str, list[int]]) == [
        "app.yaml:1:9: x.a.1: expected a whole number, got 'b'",
        "app.yaml:1:12: x.a.2: expected a whole number, got 'c'",
        "app.yaml:1:19: x.b: expected a list of whole number, got 1",
        "app.yaml:1:26: x.c.0: expected a whole number, got 'd'",
    ]


def test_a_path_into_the_baton_is_let_through_at_any_depth() -> None:
    text = "{a: [1, !path b], c: !path d}"
    assert value_of(text, dict[str, list[int]], dynamic=True) == {"a": [1, "b"], "c": "d"}
    assert value_of("!path b", set[int], dynamic=True) == "b"
    assert value_of("[1, !path b]", set[int], dynamic=True) == {1, "b"}
    assert problem_of("[!path b]", list[int]).startswith(
        "x.0: expected a whole number, got !path b"
    )


def test_words() -> None:
    types = [list[str], list, dict[str, int], dict[str, Any], set[int], tuple[int, str]]
    assert [describe_type(each) for each in types] == [
        "list of text",
        "list",
        "mapping of text to whole number",
        "mapping",
        "set of whole number",
        "list of 2 (whole number, text)",
    ]
