"""Lists: flat ones, and groups of what is in them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies

from piped.exceptions import UnfitBaton
from piped.processors.list_processors import (
    FlattenListOfDictionaries,
    GroupByValue,
    flattened,
)
from tests.processors.trying import complaint, result

nested = strategies.lists(
    strategies.recursive(
        strategies.one_of(strategies.integers(), strategies.tuples(strategies.integers())),
        strategies.lists,
        max_leaves=20,
    ),
    max_size=4,
)
people = strategies.lists(
    strategies.dictionaries(strategies.sampled_from("ab"), strategies.integers(0, 5))
)


@pytest.mark.parametrize(
    ("options", "values"),
    [
        ("", [1, 2, 2]),
        ("uniquify: true", [1, 2]),
        ("sort: false", [2, 1, 2]),
        ("sort: false, uniquify: true", [2, 1]),
    ],
)
def test_values_of_dictionaries(options: str, values: list[int]) -> None:
    dictionaries = [{"a": {"b": 2}}, {}, {"a": {"b": 1}}, {"a": {"b": 0}}, {"a": {"b": 2}}]
    steps = f"flatten-list-of-dictionaries: {{key_path: a.b, {options}}}"
    assert result(steps, dictionaries) == values


def test_values_that_are_no_keys_can_be_unique_too() -> None:
    steps = "flatten-list-of-dictionaries: {key_path: a, uniquify: true, sort: false}"
    assert result(steps, [{"a": [1]}, {"a": [2]}, {"a": [1]}]) == [[1], [2]]


@given(people)
def test_sorting_and_uniquifying_change_neither_what_there_is(items: list[dict[str, int]]) -> None:
    plain = FlattenListOfDictionaries(key_path="a", sort=False).process(items)
    assert FlattenListOfDictionaries(key_path="a").process(items) == sorted(plain)
    unique = FlattenListOfDictionaries(key_path="a", uniquify=True).process(items)
    assert unique == sorted(set(plain))


@given(nested)
def test_what_is_flat_has_all_that_there_was_and_no_list(lists: list[Any]) -> None:
    def all_of(value: Any) -> list[Any]:
        if not isinstance(value, list):
            return [value]
        return [leaf for each in value for leaf in all_of(each)]

    assert flattened(lists) == all_of(lists)


@given(nested)
def test_flattening_twice_is_flattening_once(lists: list[Any]) -> None:
    assert flattened(flattened(lists)) == flattened(lists)


def test_lists_may_be_very_deep() -> None:
    deep: list[Any] = [1]
    for _ in range(20_000):
        deep = [deep]
    flat = flattened(deep)
    while isinstance(deep[0], list):  # one by one: to forget them at once takes much of the stack
        deep = deep[0]
    assert flat == [1]


def test_only_lists_at_the_paths_are_flattened() -> None:
    baton = {"a": {"b": [[1], (2,)], "c": [[3]], "d": "text"}}
    steps = "flatten-nested-lists: {path_prefix: a., paths: [b, d, nowhere]}"
    assert result(steps, baton) == {"a": {"b": [1, (2,)], "c": [[3]], "d": "text"}}


def test_the_baton_itself_may_be_flattened() -> None:
    assert result("flatten-nested-lists: {paths: ['']}", [[1], [[2]]]) == [1, 2]


@given(people)
def test_groups_have_all_items_in_their_order(items: list[dict[str, int]]) -> None:
    groups = GroupByValue(key_path="a", input_path="", fallback=-1).process(list(items))
    for value, group in groups.items():
        assert group == [each for each in items if each.get("a", -1) == value]
    assert sum(map(len, groups.values())) == len(items)


@pytest.mark.parametrize(
    ("output", "baton"),
    [
        ("", {"l": {1: [{"a": 1}]}}),
        (", output_path: g", {"l": [{"a": 1}], "g": {1: [{"a": 1}]}}),
        (", output_path: ''", {1: [{"a": 1}]}),
        (", output_path: null", {"l": [{"a": 1}]}),
    ],
)
def test_groups_go_where_they_are_sent(output: str, baton: Any) -> None:
    steps = f"group-by-value: {{input_path: l, key_path: a{output}}}"
    assert result(steps, {"l": [{"a": 1}]}) == baton


def test_no_list_has_no_groups_and_a_missing_key_answers_nothing() -> None:
    groups = result("group-by-value: {input_path: l, key_path: a, output_path: ''}", {})
    assert groups == {}
    with pytest.raises(KeyError):
        groups["nowhere"]


def a_list_in_itself() -> list[Any]:
    itself: list[Any] = []
    itself.append([itself])
    return itself


@pytest.mark.parametrize(
    ("step", "baton", "complaint"),
    [
        ("flatten-list-of-dictionaries: {key_path: a}", {"a": 1}, "a list is needed"),
        ("flatten-list-of-dictionaries: {key_path: a}", "text", "a list is needed"),
        ("flatten-list-of-dictionaries: {key_path: a}", 7, "this is 7"),
        ("flatten-list-of-dictionaries: {key_path: a}", [{"a": 1}, {"a": "x"}], "be sorted"),
        ("flatten-nested-lists: {paths: ['']}", a_list_in_itself(), "contains itself"),
        ("group-by-value: {input_path: l, key_path: a}", {"l": 7}, "a list is needed"),
        ("group-by-value: {input_path: l, key_path: a}", {"l": [{"a": []}]}, "key of a group"),
    ],
)
def test_what_is_no_list_of_such_things_is_unfit(step: str, baton: Any, complaint: str) -> None:
    with pytest.raises(UnfitBaton, match=complaint):
        result(step, baton)


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("flatten-list-of-dictionaries", "needs the option 'key_path'"),
        ("flatten-nested-lists", "needs the option 'paths'"),
        ("flatten-nested-lists: {paths: a}", "expected a list of key path"),
        ("group-by-value: {input_path: a}", "needs the option 'key_path'"),
    ],
)
def test_wrong_options(step: str, message: str) -> None:
    assert message in complaint(step)
