"""The conventions that all processors share."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given, strategies

import piped
from piped.exceptions import ConfigurationError, UnfitBaton
from piped.paths import BatonPath
from piped.processors.base import SAME, InputOutputProcessor, MappingProcessor, Processor
from piped.processors.map_entries import MapEntry, map_entries
from piped.provider import Provider


class Upper(InputOutputProcessor):
    name = "upper"

    def process_input(self, input: Any, baton: Any) -> Any:
        return str(input).upper()


class LateUpper(Upper):
    async def process_input(self, input: Any, baton: Any) -> Any:
        await asyncio.sleep(0)
        return super().process_input(input, baton)


#   options, the baton that comes, the baton that goes
ENDS = {
    "without paths, the baton is replaced": ({}, "ada", "ADA"),
    "the output goes where the input was": ({"input_path": "who"}, {"who": "ada"}, {"who": "ADA"}),
    "or elsewhere": (
        {"input_path": "who", "output_path": "a.b"},
        {"who": "ada"},
        {"who": "ada", "a": {"b": "ADA"}},
    ),
    "the empty path replaces the baton": (
        {"input_path": "who", "output_path": ""},
        {"who": "ada"},
        "ADA",
    ),
    "null discards the output": (
        {"input_path": "who", "output_path": None},
        {"who": "ada"},
        {"who": "ada"},
    ),
    "a baton without input stays as it is": ({"input_path": "who"}, {}, {}),
    "unless that is not to be skipped": (
        {"input_path": "who", "skip_if_nonexistent": False},
        {},
        {"who": "NONE"},
    ),
    "and there may be a fallback": (
        {"input_path": "who", "skip_if_nonexistent": False, "input_fallback": "bob"},
        {},
        {"who": "BOB"},
    ),
    "None is something": ({"input_path": "who"}, {"who": None}, {"who": "NONE"}),
}


@pytest.mark.parametrize(("options", "comes", "goes"), ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("kind", [Upper, LateUpper])
async def test_input_and_output(kind: type[Upper], options: Any, comes: Any, goes: Any) -> None:
    baton = dict(comes) if isinstance(comes, dict) else comes
    end = kind(**options).process(baton)
    assert (await end if asyncio.iscoroutine(end) else end) == goes


def test_plain_input_makes_no_coroutine() -> None:
    assert not asyncio.iscoroutine(Upper().process("ada"))


def test_the_default_output_path_explains_itself() -> None:
    assert repr(SAME) == "as input_path"


def test_get_input() -> None:
    processor = Processor()
    baton = {"a": {"b": 7}}
    assert processor.get_input(baton, "a.b") == "a.b"
    assert processor.get_input(baton, BatonPath("a.b")) == 7
    assert processor.get_input(baton, BatonPath("")) is baton
    assert processor.get_input(baton, BatonPath("c"), None) is None
    with pytest.raises(UnfitBaton, match="nothing at 'c'"):
        processor.get_input(baton, BatonPath("c"))


def test_a_processor_gives_to_all_of_its_consumers() -> None:
    processor = Processor(node_name="mine")
    processor.consumers, processor.error_consumers = [1], [2]
    assert processor.get_consumers({}) == [1]
    assert processor.get_error_consumers({}) == [2]
    assert processor.node_name == "mine"


def test_what_processors_are_made_of_can_be_had_from_the_package() -> None:
    assert piped.Processor is Processor
    assert piped.InputOutputProcessor is InputOutputProcessor
    assert piped.MappingProcessor is MappingProcessor
    assert piped.Provider is Provider
    with pytest.raises(AttributeError, match="nonsense"):
        _ = piped.nonsense


FORMS = {
    "a path": (["foo"], [MapEntry("foo", "foo")]),
    "a pair": ([{"foo": "bar"}], [MapEntry("foo", "bar")]),
    "a discarded output": ([{"foo": None}], [MapEntry("foo", None)]),
    "options": ([{"foo": {"output_path": "bar", "x": 1}}], [MapEntry("foo", "bar", {"x": 1})]),
    "options without a path": ([{"foo": {"x": 1}}], [MapEntry("foo", "foo", {"x": 1})]),
    "the same path twice": ([{"foo": {"input_path": "foo"}}], [MapEntry("foo", "foo")]),
    "all by name": (
        [{"input_path": "foo", "output_path": "", "x": 1}],
        [MapEntry("foo", "", {"x": 1})],
    ),
    "a mapping of all": ({"a": "b", "c": None}, [MapEntry("a", "b"), MapEntry("c", None)]),
    "the baton itself": ([{"": "all"}], [MapEntry("", "all")]),
}


@pytest.mark.parametrize(("mapping", "entries"), FORMS.values(), ids=FORMS)
def test_forms_of_a_mapping(mapping: Any, entries: list[MapEntry]) -> None:
    assert map_entries(mapping, "", "") == entries


def test_prefixes_stand_before_all_paths_but_no_path() -> None:
    assert map_entries([{"a": "b"}, {"c": None}], "x.", "y.") == [
        MapEntry("x.a", "y.b"),
        MapEntry("x.c", None),
    ]


@pytest.mark.parametrize(
    ("mapping", "prefix", "complaint"),
    [
        ([3], "", "neither a path nor a mapping"),
        ([{"a": 1, "b": 2}], "", "does not say which is the input path"),
        ([{}], "", "does not say which is the input path"),
        ([{"a": 3}], "", "behind the input path"),
        ([{3: "a"}], "", "its input path is no text"),
        ([{"a": {"input_path": "b"}}], "", "two different input paths"),
        ([""], "x.", "'x.' ends with a dot"),
    ],
)
def test_a_mapping_that_is_not_clear(mapping: Any, prefix: str, complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=complaint):
        map_entries(mapping, prefix, prefix)


class Joined(MappingProcessor):
    name = "joined"

    def process_mapping(
        self, input: Any, input_path: str, output_path: str | None, baton: Any, ending: str = "!"
    ) -> Any:
        return f"{input}{ending}"


class LateJoined(Joined):
    async def process_mapping(self, *args: Any, **options: Any) -> Any:
        await asyncio.sleep(0)
        return super().process_mapping(*args, **options)

    def validate_additional_kwargs(self, **options: Any) -> None:
        assert options.keys() <= {"ending"}


@pytest.mark.parametrize("kind", [Joined, LateJoined])
async def test_entries_are_processed_one_after_the_other(kind: type[Joined]) -> None:
    joined = kind(mapping=["a", {"b": {"ending": "?"}}, "missing", {"a": "c"}])
    end = joined.process({"a": "x", "b": "y"})
    found = await end if asyncio.iscoroutine(end) else end
    assert found == {"a": "x!", "b": "y?", "c": "x!!"}


def test_what_is_missing_may_have_a_fallback() -> None:
    joined = Joined(mapping=["a"], skip_if_nonexistent=False, input_fallback="z")
    assert joined.process({}) == {"a": "z!"}


def test_the_empty_output_path_makes_the_output_the_baton_of_the_others() -> None:
    joined = Joined(mapping=[{"a": ""}, {"": ""}])
    assert joined.process({"a": "x"}) == "x!!"


def test_an_unknown_option_of_an_entry_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"'endin' \(did you mean 'ending'\?\)"):
        Joined(mapping=[{"a": {"endin": "?"}}])


@given(strategies.dictionaries(strategies.sampled_from("abc"), strategies.integers()))
def test_a_discarded_output_leaves_the_baton_as_it_was(baton: dict[str, int]) -> None:
    before = dict(baton)
    assert Joined(mapping=[{"a": None}, {"b": None}]).process(baton) == before
