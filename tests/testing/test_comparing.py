"""What is expected, and what there is."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import pytest
from hypothesis import given, strategies as st

from piped.testing.comparing import difference, lack, shown

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(values)
def test_nothing_differs_from_itself(value: Any) -> None:
    assert difference(value, value) == ""
    assert lack(value, value) == ""


@given(st.dictionaries(st.text("abc"), values), st.dictionaries(st.text("xyz"), values))
def test_what_is_there_beside_is_no_lack(expected: dict[str, Any], more: dict[str, Any]) -> None:
    assert lack(expected, {**more, **expected}) == ""


@pytest.mark.parametrize(
    ("expected", "found", "said"),
    [
        (1, 2, "expected 1, got 2"),
        (1, True, "expected 1, got True"),
        (1, 1.0, "expected 1, got 1.0"),
        ({"a": {"b": [1, 2]}}, {"a": {"b": [1, 3]}}, "a.b.1: expected 2, got 3"),
        ({"a": 1}, {}, "a: expected 1, but it is not there"),
        ({}, {"a": 1}, "a: nothing was expected, got 1"),
        ([1, 2, 3], [1], "1: expected 2, but it is not there (and 1 more difference)"),
        (
            {"a": 1, "b": 2, "c": 3},
            {"a": 2, "b": 3, "d": 4},
            "a: expected 1, got 2 (and 3 more differences)",
        ),
        ([1, 2], (1, 2), ""),
        ({"a": 1}, OrderedDict(a=1), ""),
        ("x" * 400, 1, f"expected '{'x' * 298}…, got 1"),
    ],
)
def test_the_first_difference_is_told_with_its_path(expected: Any, found: Any, said: str) -> None:
    assert difference(expected, found) == said


@pytest.mark.parametrize(
    ("expected", "found", "said"),
    [
        ({"a": {"b": 1}}, {"a": {"b": 1, "c": 2}, "d": 3}, ""),
        ({"a.b": 1}, {"a": {"b": 1}}, ""),
        ({"a.b": 1}, {"a": {"b": 2}}, "a.b: expected 1, got 2"),
        ({"a.0": 1}, {"a": [1, 2]}, ""),
        ({"a": [{"b": 1}]}, {"a": [{"b": 1, "c": 2}]}, ""),
        ({"a": [1]}, {"a": [1, 2]}, "a.1: nothing was expected, got 2"),
        ({"a": None}, {}, "a: expected None, but it is not there"),
    ],
)
def test_only_what_is_spoken_of_may_be_lacking(expected: Any, found: Any, said: str) -> None:
    assert lack(expected, found) == said


def test_what_holds_itself_comes_to_an_end() -> None:
    knot: list[Any] = []
    knot.append(knot)
    assert "1: nothing" in difference([1], [1, knot])


def test_a_value_is_one_line() -> None:
    assert shown("a\nb") == r"'a\nb'"
