"""Parts of paths."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest

from piped.web.site.patterns import Parameter, parts_of


@pytest.mark.parametrize(
    ("key", "parts"),
    [
        ("users", ["users"]),
        ("/users/", ["users"]),
        ("users/all", ["users", "all"]),
        ("{id}", [Parameter("id")]),
        ("/users/{id:int}", ["users", Parameter("id", "int")]),
        ("{rest:path}", [Parameter("rest", "path")]),
        ("naïve.html", ["naïve.html"]),
    ],
)
def test_a_key_has_parts(key: str, parts: list[Any]) -> None:
    assert parts_of(key) == parts


@pytest.mark.parametrize(
    ("key", "complaint"),
    [
        ("", "nothing between two of its slashes"),
        ("/", "nothing between two of its slashes"),
        ("a//b", "nothing between two of its slashes"),
        ("a/../b", "no path has '..' in it"),
        ("{id:number}", "'number' is no type of a parameter; there are str, int"),
        ("{id:in}", "did you mean 'int'"),
        ("{id:}", "'' is no type of a parameter"),
        ("{}", "a name like {id}, and '' is none"),
        ("{1a}", "'1a' is none"),
        ("x{id}", "a whole part of the path"),
        ("{id", "a whole part of the path"),
        ("{a}{b}", "a whole part of the path"),
        ("{rest:path}/more", "nothing can follow it"),
    ],
)
def test_what_means_nothing_is_refused(key: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=re.escape(complaint)):
        parts_of(key)


@pytest.mark.parametrize(
    ("type_", "segment", "value"),
    [
        ("str", b"x", "x"),
        ("str", "ø".encode(), "ø"),
        ("str", b"", None),
        ("str", b"\xff", None),
        ("int", b"0", 0),
        ("int", b"-17", -17),
        ("int", b"1.5", None),
        ("int", b"", None),
        ("int", "\uff11".encode(), None),
        ("int", b"9" * 20, None),
        ("float", b"1.5", 1.5),
        ("float", b"2", 2.0),
        ("float", b"nan", None),
        ("float", b"1e9", None),
        ("uuid", b"12345678-1234-5678-1234-567812345678", UUID("12345678" + "12345678" * 3)),
        ("uuid", b"12345678123456781234567812345678", None),
        ("path", b"a/b", "a/b"),
    ],
)
def test_a_segment_fits_or_not(type_: str, segment: bytes, value: object) -> None:
    assert Parameter("id", type_).value(segment) == value


@pytest.mark.parametrize("key", ["{id}", "{id:int}", "{rest:path}"])
def test_a_parameter_is_shown_as_it_is_written(key: str) -> None:
    [parameter] = parts_of(key)
    assert str(parameter) == key
