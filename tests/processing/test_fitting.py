"""What a baton brings for an option is read as the option's type."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest

from piped.exceptions import UnfitBaton
from piped.options import Duration, Lambda, schema_of
from piped.paths import BatonPath
from piped.processing.fitting import fits_of
from piped.secret import Secret


@dataclass(frozen=True, kw_only=True)
class Size:
    width: int = 1


def fitted(type_: Any, value: Any) -> Any:
    """What becomes of `value` for an option of that type."""

    def factory(*, option: Any) -> None:
        pass

    factory.__annotations__["option"] = type_
    schema = schema_of(factory)
    return fits_of(schema, {"option": BatonPath("a.b")})["option"](value)


@pytest.mark.parametrize(
    ("type_", "value", "found"),
    [
        (int, 3, 3),
        (str | None, None, None),
        (Duration, "1m", 60.0),
        (Duration, 3, 3),
        (Path, "a/b", Path("a/b")),
        (Path, Path("a"), Path("a")),
        (list[str], ("a", "b"), ["a", "b"]),
        (list[Duration], ["1s", 2], [1.0, 2.0]),
        (dict[str, Path], {"a": "b"}, {"a": Path("b")}),
        (Literal["a", "b"], "b", "b"),
        (Size, {"width": 3}, Size(width=3)),
        (Size, Size(width=3), Size(width=3)),
        (re.Pattern[str], "a+", re.compile("a+")),
        (re.Pattern[str], re.compile("a+"), re.compile("a+")),
        (str | Secret, Secret("x"), Secret("x")),
        (Any, ..., ...),
    ],
)
def test_it_is_read_as_if_it_were_written(type_: Any, value: Any, found: Any) -> None:
    assert fitted(type_, value) == found
    assert type(fitted(type_, value)) is type(found)


@pytest.mark.parametrize("type_", [Any, list[Any], dict[str, Any], list[Any] | dict[str, Any]])
def test_what_is_right_stays_the_very_object(type_: Any) -> None:
    value: Any = {"a": [1, object()]} if "dict" in str(type_) else [{"a": object()}, b"x"]
    assert fitted(type_, value) is value


@pytest.mark.parametrize(
    ("type_", "value", "reason"),
    [
        (int, "x", "option: expected a whole number, got 'x' (!path 'a.b')"),
        (int, True, "option: expected a whole number, got true (!path 'a.b')"),
        (str, None, "option: expected text, got null (!path 'a.b')"),
        (str, b"x", "option: expected text, got b'x' (!path 'a.b')"),
        (list[int], [1, "x"], "option.1: expected a whole number, got 'x' (!path 'a.b')"),
        (list[int], 3, "option: expected a list of whole number, got 3 (!path 'a.b')"),
        (str, Secret("hidden"), "option: expected text, got a secret (!path 'a.b')"),
        (Size, None, "option: expected a mapping with 'width', got null (!path 'a.b')"),
        (Lambda, "x: x", "option: no code is taken from a baton (!path 'a.b')"),
    ],
)
def test_what_is_wrong_is_told_with_option_path_and_value(
    type_: Any, value: Any, reason: str
) -> None:
    with pytest.raises(UnfitBaton) as caught:
        fitted(type_, value)
    assert caught.value.msg == reason


def test_what_cannot_be_compared_is_taken_as_it_was_read() -> None:
    class Odd(list[int]):
        def __eq__(self, other: object) -> bool:
            raise TypeError

        __hash__ = None

    assert list(fitted(list[int], Odd([1]))) == [1]


def test_one_option_does_not_look_at_another() -> None:
    def factory(*, one: int, two: int = 0) -> None:
        pass

    assert fits_of(schema_of(factory), {"one": BatonPath("a")}).keys() == {"one"}
