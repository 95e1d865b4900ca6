"""Which type has which form."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Any, Literal, NewType, Self, TypeVar
from zoneinfo import ZoneInfo

import pytest

from piped.conf.nodes import Node
from piped.options import (
    Check,
    ClientEndpoint,
    Code,
    Cron,
    DottedName,
    Duration,
    Endpoint,
    KeyPath,
    Lambda,
    PipelineName,
    Port,
    ResourceName,
    Secret,
    SignatureError,
    Size,
    describe_type,
    json_schema_of,
)
from piped.options.convert import form_of
from piped.problems import Kind
from tests.options.reading import node, problem_of, value_of


class Mode(Enum):
    FAST = "fast"
    SLOW = 2


@dataclass
class Tree:
    name: str
    branches: list[Tree] | None = None


EVERY_TYPE: list[Any] = [
    int,
    float,
    bool,
    str,
    bytes,
    None,
    Any,
    Path,
    Duration,
    Size,
    Endpoint,
    ClientEndpoint,
    re.Pattern[str],
    ZoneInfo,
    Mode,
    Literal["a", 1] | None,
    list[int],
    dict[str, int],
    dict[Any, Any],
    tuple[int, str],
    tuple[str, ...],
    set[Any],
    frozenset[int],
    int | str | None,
    list[str] | dict[str, Duration],
    Tree,
    Port,
    KeyPath,
    Cron,
    DottedName,
    ResourceName,
    PipelineName,
    Lambda,
    Code,
    Secret,
]


@pytest.mark.parametrize("type_", EVERY_TYPE)
def test_every_type_can_be_said_in_words(type_: Any) -> None:
    words = describe_type(type_)
    assert words
    assert "<" not in words
    assert form_of(type_).expected


def test_words_of_classes() -> None:
    assert [describe_type(each) for each in (DottedName, ResourceName, Cron, Lambda)] == [
        "dotted name",
        "resource name",
        "cron",
        "lambda",
    ]


class Colour:
    """Reads itself."""

    def __init__(self, name: str) -> None:
        self.name = name

    @classmethod
    def from_node(cls, node: Node, check: Check) -> Self | Any:
        name = check.convert(node, str, f"{check.what}.name")
        if name == "bad":
            raise ValueError("bad is no colour")
        if name == "worse":
            raise RuntimeError("this plugin is broken")
        return name if not isinstance(name, str) else cls(name)

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        return {"type": "string"}


def test_a_class_may_read_itself() -> None:
    assert value_of("[red]", list[Colour])[0].name == "red"
    assert problem_of("[1]", list[Colour]).startswith("x.0.name: expected text, got 1")
    assert json_schema_of(Colour) == {"type": "string"}


def test_what_such_a_class_raises_is_a_problem() -> None:
    assert problem_of("bad", Colour) == "x: bad is no colour"
    check = Check()
    check.convert(node("worse"), Colour, "x")
    [problem] = check.problems
    assert problem.kind is Kind.BROKEN_PLUGIN
    assert problem.message.endswith("test_convert.Colour failed to read this")
    assert "RuntimeError: this plugin is broken" in problem.detail


def test_what_is_being_read_is_known_while_it_is() -> None:
    check = Check()
    check.convert(node("red"), Colour, "x")
    assert check.what == ""


def test_a_path_into_the_baton_does_not_reach_such_a_class() -> None:
    assert value_of("!path a", Colour, dynamic=True) == "a"


def test_a_new_type_is_as_the_old_one() -> None:
    assert value_of("5", NewType("Count", int)) == 5


class Aliased:
    """As the `type` statement makes one."""

    __value__ = list[int]


def test_an_alias_is_what_it_stands_for() -> None:
    assert value_of("[1]", Aliased()) == [1]


@pytest.mark.parametrize(
    "type_",
    [timedelta, TypeVar("T"), type[int], re.Pattern[bytes], list[timedelta], "int", Literal],
)
def test_a_type_that_nothing_can_become(type_: Any) -> None:
    with pytest.raises(SignatureError, match="no value of a configuration can become"):
        form_of(type_)


def test_equal_unions_keep_their_own_order() -> None:
    assert value_of("[a]", list[str] | tuple[str, ...]) == ["a"]
    assert value_of("[a]", tuple[str, ...] | list[str]) == ("a",)
