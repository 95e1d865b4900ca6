"""Options that are a `!path`."""

from __future__ import annotations

from typing import Any

import pytest

import piped
from piped.exceptions import UnfitBaton
from piped.paths import BatonPath
from piped.processing.dynamic import for_baton, path_options, resolved
from piped.testing import run_yaml


class Adder:
    resolves = ("own",)

    def __init__(self, amount: Any, own: Any = 0) -> None:
        self.amount = amount
        self.own = own
        self.seen: list[Any] = []

    def process(self, baton: Any) -> Any:
        self.seen.append(self.amount)
        return baton["n"] + self.amount


def test_each_baton_brings_its_own_value() -> None:
    adder = Adder(BatonPath("by"))
    process = for_baton("process", adder, path_options(adder))
    assert [process({"n": 1, "by": 2}), process({"n": 1, "by": 5})] == [3, 6]
    assert adder.amount == BatonPath("by")


def test_what_a_processor_keeps_is_shared() -> None:
    adder = Adder(BatonPath("by"))
    for_baton("process", adder, path_options(adder))({"n": 1, "by": 2})
    assert adder.seen == [2]


def test_what_was_written_is_not_looked_up_for_those_who_look_by_themselves() -> None:
    adder = Adder(1, BatonPath("missing"))
    vars(adder)["processor_configuration"] = {"own": BatonPath("missing")}
    assert path_options(adder) == {}


def test_a_baton_without_the_value_is_unfit() -> None:
    adder = Adder(BatonPath("by"))
    with pytest.raises(UnfitBaton, match="nothing at 'by'"):
        for_baton("process", adder, path_options(adder))({"n": 1})


def test_only_options_with_a_path_count_and_none_that_the_processor_resolves() -> None:
    assert path_options(Adder(3)) == {}
    assert path_options(Adder(3, BatonPath("x"))) == {}
    assert list(path_options(Adder({"a": [BatonPath("x")]}))) == ["amount"]
    assert path_options(object()) == {}


def test_paths_are_found_deep_inside_and_the_rest_is_copied() -> None:
    value = {"a": [BatonPath("x"), 1], "b": {}}
    found = resolved(value, {"x": "here"})
    assert found == {"a": ["here", 1], "b": {}}
    assert found["b"] is not value["b"]


@piped.processor("repeat")
def repeat(text: str, *, times: int = 1) -> str:
    return text * times


class Renamed(piped.Processor):
    name = "renamed"

    def __init__(self, *, size: int, **node: Any) -> None:
        super().__init__(**node)
        self._bytes = size

    def process(self, baton: Any) -> Any:
        return self._bytes


@pytest.mark.parametrize("step", ["repeat: {times: !path n}", "renamed: {size: !path n}"])
def test_values_are_of_the_types_of_options_however_they_are_kept(step: str) -> None:
    with pytest.raises(UnfitBaton, match=r"(times|size): expected a whole number, got 'x'"):
        run_yaml(f"- {step}", {"n": "x"}, repeat=repeat, renamed=Renamed)


def test_a_duration_may_be_written_in_a_baton() -> None:
    assert run_yaml("- wait: {delay: !path d}", {"d": "1ms"}) == [{"d": "1ms"}]
