"""Enumerations, literals and unions."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Any, Literal

import pytest

from piped.options import INVALID, Check, Duration, Lambda, PipelineName, Secret, describe_type
from tests.options.reading import node, problem_of, problems_of, value_of


class Colour(Enum):
    RED = "red"
    GREEN = "green"


class Level(IntEnum):
    LOW = 1
    HIGH = 2


@dataclass
class Site:
    port: int


@dataclass
class Mount:
    path: str
    mode: int = 0


@pytest.mark.parametrize(
    ("text", "type_", "value"),
    [
        ("red", Colour, Colour.RED),
        ("RED", Colour, Colour.RED),
        ("2", Level, Level.HIGH),
        ("LOW", Level, Level.LOW),
    ],
)
def test_a_member_is_written_as_its_value_or_its_name(text: str, type_: Any, value: Enum) -> None:
    assert value_of(text, type_) is value


def test_what_is_no_member() -> None:
    found = problem_of("rde", Colour)
    assert (
        found
        == "x: expected one of 'RED', 'GREEN', 'red', 'green' (did you mean 'red'?), got 'rde'"
    )
    assert problem_of("true", Level) == "x: expected one of 'LOW', 'HIGH', 1, 2, got true"
    assert problem_of("[1]", Level).endswith("got a list")


def test_a_literal_is_of_its_own_type() -> None:
    assert value_of("1", Literal[1, "a"]) == 1
    assert problem_of("true", Literal[1, "a"]) == "x: expected one of 1, 'a', got true"
    assert problem_of("'1'", Literal[1]) == "x: expected 1, got '1'"


@pytest.mark.parametrize(
    ("text", "type_", "value"),
    [
        ("null", int | None, None),
        ("5", int | None, 5),
        ("5", float | int, 5),
        ("5", str | int, 5),
        ("5s", int | Duration, 5.0),
        ("red", list[str] | str, "red"),
        ("[red]", list[str] | str, ["red"]),
        ("x", Any | None, "x"),
        ("!secret x", str | Secret, Secret("x")),
        ("{port: 1}", Mount | Site | None, Site(1)),
        ("{path: x}", Mount | Site, Mount("x")),
        ("5", object | float, 5.0),
    ],
)
def test_the_alternative_that_fits_is_taken(text: str, type_: Any, value: Any) -> None:
    found = value_of(text, type_)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "type_", "problem"),
    [
        ("soon", Duration | int, "x: expected a duration like 1.5s or a whole number, got 'soon'"),
        ("soon", Duration | None, "x: expected a duration like 1.5s, got 'soon'"),
        (
            "5",
            str | list[str],
            'x: expected text or a list of text, got 5 | write it in quotes: "5"',
        ),
        ("null", str | int, "x: expected text or a whole number, got null"),
        ("{}", str | int, "x: expected text or a whole number, got an empty mapping"),
    ],
)
def test_the_problem_names_all_alternatives(text: str, type_: Any, problem: str) -> None:
    assert problem_of(text, type_) == problem


def test_inside_a_mapping_the_nearest_alternative_says_what_is_wrong() -> None:
    type_ = str | Site | Mount
    assert problems_of("{path: x, mode: y}", type_) == [
        "app.yaml:1:17: x.mode: expected a whole number, got 'y'"
    ]
    assert problems_of("{port: x}", type_ | list[int]) == [
        "app.yaml:1:8: x.port: expected a whole number, got 'x'"
    ]
    assert problems_of("[1, a]", str | list[int]) == [
        "app.yaml:1:5: x.1: expected a whole number, got 'a'"
    ]


def test_an_alternative_that_does_not_fit_leaves_no_trace() -> None:
    check = Check()
    type_ = tuple[PipelineName, int] | tuple[PipelineName, str]
    assert check.convert(node("[a, b]"), type_) == ("a", "b")
    assert [reference.name for reference in check.references] == ["a"]
    assert check.problems == []


def test_a_broken_lambda_says_what_is_wrong_though_it_may_be_null() -> None:
    assert problem_of("'x: ('", Lambda | None) == "x: '(' was never closed"


def test_a_path_into_the_baton_is_let_through() -> None:
    assert value_of("!path a", int | Duration | None, dynamic=True) == "a"
    assert Check().convert(node("!path a"), int | None) is INVALID


def test_words() -> None:
    assert describe_type(Literal["a", "b"]) == "one of 'a', 'b'"
    # Python may give a union in the order in which it met it first.
    words = set(describe_type(Duration | int | None).split(" or "))
    assert words == {"duration", "whole number", "null"}
