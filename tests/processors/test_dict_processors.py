"""Dictionaries, merged and cleaned."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, strategies

from piped.exceptions import UnfitBaton
from piped.processors.dict_processors import CleanBaton
from piped.processors.merging import Merging
from tests.processors.trying import complaint, pipeline, result

keys = strategies.sampled_from("abc")
dicts: Any = strategies.recursive(
    strategies.dictionaries(keys, strategies.integers() | strategies.lists(strategies.integers())),
    lambda each: strategies.dictionaries(keys, each),
    max_leaves=8,
)
COLLISIONS = {
    "two values": (1, 2, [1, 2]),
    "equal values": (1, 1, [1, 1]),
    "two lists": ([1], [2], [1, 2]),
    "a list and a value": ([1], 2, [1, 2]),
    "a value and a list": (1, [2], [1, 2]),
    "a text and a list": ("ab", ["c"], ["ab", "c"]),
    "nothing and a list": (None, [2], [None, 2]),
    "a dictionary and a value": ({"a": 1}, 2, [{"a": 1}, 2]),
    "two dictionaries": ({"a": 1}, {"b": 2}, {"a": 1, "b": 2}),
    "two dictionaries within": ({"a": {"b": 1}}, {"a": {"b": 2}}, {"a": {"b": [1, 2]}}),
}


@pytest.mark.parametrize(("first", "second", "both"), COLLISIONS.values(), ids=COLLISIONS)
def test_what_both_have(first: Any, second: Any, both: Any) -> None:
    assert Merging().merged({"k": first}, {"k": second}) == {"k": both}


@pytest.mark.parametrize(
    ("arguments", "merged"),
    [
        ("{}", {"n": [1, 2], "d": {"a": [1, 2]}}),
        ("{replace: true}", {"n": 2, "d": {"a": 2}}),
        ("{replace_primitives: true}", {"n": 2, "d": {"a": 2}}),
        ("{merge_nested_dictionaries: false}", {"n": [1, 2], "d": [{"a": 1}, {"a": 2}]}),
        (
            "{merge_nested_dictionaries: false, replace_primitives: true}",
            {"n": 2, "d": [{"a": 1}, {"a": 2}]},
        ),
    ],
)
def test_how_to_merge(arguments: str, merged: Any) -> None:
    steps = f"merge-with-dict: {{dict: {{n: 2, d: {{a: 2}}}}, merge_args: {arguments}}}"
    assert result(steps, {"n": 1, "d": {"a": 1}}) == merged


def test_replacing_is_wholesale_unless_only_primitives_are_meant() -> None:
    first, second = {"d": {"a": 1}}, {"d": {"b": 2}}
    assert Merging(inline=False, replace=True).merged(first, second) == second
    merged = Merging(inline=False, replace_primitives=True).merged(first, second)
    assert merged == {"d": {"a": 1, "b": 2}}


@given(dicts, dicts)
def test_all_keys_are_there_and_what_is_nested_stays_as_it_was(first: Any, second: Any) -> None:
    before = copy.deepcopy((first, second))
    merged = Merging(inline=False).merged(first, second)
    assert merged.keys() == first.keys() | second.keys()
    assert (first, second) == before


@given(dicts)
def test_merging_with_nothing_changes_nothing(only: Any) -> None:
    assert Merging(inline=False).merged(only, {}) == only
    assert Merging(inline=False).merged({}, only) == only


def test_the_baton_itself_is_changed_unless_it_is_said_otherwise() -> None:
    baton = {"a": 1}
    assert result("merge-with-dict: {dict: {b: 2}}", baton) is baton
    steps = "merge-with-dict: {dict: {c: 3}, merge_args: {inline: false}}"
    assert result(steps, baton) == {"a": 1, "b": 2, "c": 3}
    assert baton == {"a": 1, "b": 2}


def test_each_baton_gets_values_of_its_own() -> None:
    made = pipeline("merge-with-dict: {dict: {list: [1], who: !path name}}")
    [first], [second] = made.run({"name": "ada"}), made.run({"name": "joan"})
    first["list"].append(2)
    assert second == {"name": "joan", "list": [1], "who": "joan"}


@pytest.mark.parametrize(
    ("options", "left"),
    [
        ("keep: [a]", {"a": {"b": 1, "c": 2}}),
        ("keep: [a.b, d.e]", {"a": {"b": 1}}),
        ("keep: [a.b, a]", {"a": {"b": 1, "c": 2}}),
        ("keep: []", {}),
        ("keep: ['']", {"a": {"b": 1, "c": 2}, "d": None}),
        ("remove: [a.b, nowhere]", {"a": {"c": 2}, "d": None}),
        ("remove: [a.b], keep: [a, d]", {"a": {"c": 2}, "d": None}),
        ("remove: [a.b], keep: [a.b]", {}),
    ],
)
def test_what_is_left(options: str, left: Any) -> None:
    baton = {"a": {"b": 1, "c": 2}, "d": None}
    assert result(f"clean-baton: {{{options}}}", baton) == left
    assert baton == left


@given(strategies.dictionaries(keys, strategies.integers()), strategies.lists(keys))
def test_what_is_kept_and_what_is_removed_are_all(baton: Any, paths: list[str]) -> None:
    kept = CleanBaton(keep=paths).process(dict(baton))
    removed = CleanBaton(remove=paths).process(dict(baton))
    assert kept | removed == baton
    assert not kept.keys() & removed.keys()


def test_attributes_can_be_removed() -> None:
    class Baton:
        def __init__(self) -> None:
            self.connection = "open"

    baton = Baton()
    result("clean-baton: {remove: [connection]}", baton)
    assert not hasattr(baton, "connection")


@pytest.mark.parametrize(
    ("step", "baton", "complaint"),
    [
        ("merge-with-dict: {dict: {a: 1}}", [1], r"and this is \[1\]"),
        ("clean-baton: {keep: [a]}", [1], r"only of a dictionary can some be kept"),
        ("clean-baton: {remove: [a.real]}", {"a": 1}, "cannot remove 'a.real'"),
    ],
)
def test_what_is_no_dictionary_is_unfit(step: str, baton: Any, complaint: str) -> None:
    with pytest.raises(UnfitBaton, match=complaint):
        result(step, baton)


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("merge-with-dict", "needs the option 'dict'"),
        ("merge-with-dict: {dict: {}, merge_args: {inlin: 1}}", "inlin"),
        ("clean-baton", "it needs 'keep', 'remove', or both"),
        ("clean-baton: {remove: ['']}", "the baton itself cannot be removed"),
    ],
)
def test_wrong_options(step: str, message: str) -> None:
    assert message in complaint(step)
