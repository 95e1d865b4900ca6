"""Values within limits."""

from __future__ import annotations

from typing import Annotated, Any, NewType

import pytest

from piped.options import Between, Duration, Port, describe_type, json_schema_of
from tests.options.reading import problem_of, value_of

Retries = NewType("Retries", Annotated[int, Between(low=1)])

LIMITED = [
    (Annotated[int, Between(1, 10)], "1", "11", "a whole number from 1 to 10"),
    (Annotated[float, Between(high=1)], "1.0", "1.5", "a number up to 1"),
    (Retries, "1", "0", "a whole number from 1 on"),
    (Annotated[Duration, Between(1, 5)], "1s", "6s", "a duration like 1.5s from 1 to 5"),
    (Port, "0", "65536", "a whole number from 0 to 65535"),
]


@pytest.mark.parametrize(("type_", "within", "beyond", "expected"), LIMITED)
def test_limits(type_: Any, within: str, beyond: str, expected: str) -> None:
    value_of(within, type_)
    assert problem_of(beyond, type_).startswith(f"x: expected {expected}, got ")


def test_what_is_of_another_type_has_no_limits() -> None:
    assert problem_of("many", Port) == "x: expected a whole number, got 'many'"
    assert value_of("!path a", Port, dynamic=True) == "a"


def test_words_and_schema() -> None:
    assert describe_type(Port) == "whole number from 0 to 65535"
    schema = json_schema_of(Port)["anyOf"][0]
    assert schema == {"type": "integer", "minimum": 0, "maximum": 65535}
