"""Single values: what fits which type, and what is said of the rest."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from piped.conf.nodes import Origin, Scalar
from piped.options import Check, Secret
from piped.problems import Place, Severity
from tests.options.reading import node, problem_of, value_of

FITTING = [
    ("5", int, 5),
    ("-5", int, -5),
    ("1.5", float, 1.5),
    ("5", float, 5.0),
    (".inf", float, float("inf")),
    ("true", bool, True),
    ("'5'", str, "5"),
    ("''", str, ""),
    ("smør", bytes, "smør".encode()),
    ("null", None, None),
    ("null", type(None), None),
    ("null", Any, None),
    ("{a: [1, x]}", Any, {"a": [1, "x"]}),
    ("{a: 1}", object, {"a": 1}),
    ("var/log", Path, Path("var/log")),
    ("~/x", Path, Path("~/x").expanduser()),
    ("a+", re.Pattern[str], re.compile("a+")),
    ("a+", re.Pattern, re.compile("a+")),
    ("Europe/Oslo", ZoneInfo, ZoneInfo("Europe/Oslo")),
    ("hush", Secret, Secret("hush")),
    ("!secret hush", Secret, Secret("hush")),
    ("!secret hush", Any, Secret("hush")),
]


@pytest.mark.parametrize(("text", "type_", "value"), FITTING)
def test_what_fits(text: str, type_: Any, value: Any) -> None:
    found = value_of(text, type_)
    assert found == value
    assert type(found) is type(value)


UNFIT = [
    ("'5'", int, "x: expected a whole number, got '5' | write it without quotes"),
    ("five", int, "x: expected a whole number, got 'five'"),
    ("5.0", int, "x: expected a whole number, got 5.0"),
    ("true", int, "x: expected a whole number, got true"),
    ("true", float, "x: expected a number, got true"),
    ("'1.5'", float, "x: expected a number, got '1.5' | write it without quotes"),
    ("1", bool, "x: expected true or false, got 1"),
    ("'yes'", bool, "x: expected true or false, got 'yes' | write true or false, without quotes"),
    ("5", str, 'x: expected text, got 5 | write it in quotes: "5"'),
    ("1.50", str, 'x: expected text, got 1.50 | write it in quotes: "1.50"'),
    ("true", str, 'x: expected text, got true | write it in quotes: "true"'),
    ("null", str, "x: expected text, got null"),
    ("[a]", str, "x: expected text, got a list"),
    ("{}", str, "x: expected text, got an empty mapping"),
    ("5", bytes, 'x: expected text, got 5 | write it in quotes: "5"'),
    ("a", None, "x: expected null, got 'a'"),
    ("''", Path, "x: expected a path, got ''"),
    ("~nobody-of-that-name/x", Path, "x: expected a path, got '~nobody-of-that-name/x'"),
    (
        "a(",
        re.Pattern[str],
        "x: not a regular expression: missing ), unterminated subpattern at position 1",
    ),
    ("3", re.Pattern[str], 'x: expected a regular expression, got 3 | write it in quotes: "3"'),
    (
        "Europe/Olso",
        ZoneInfo,
        "x: there is no time zone 'Europe/Olso' (did you mean 'Europe/Oslo'?)",
    ),
    ("../../etc/passwd", ZoneInfo, "x: there is no time zone '../../etc/passwd'"),
    ("1", ZoneInfo, 'x: expected a time zone like Europe/Oslo, got 1 | write it in quotes: "1"'),
    ("[a]", Secret, "x: expected a secret text, got a list"),
]


@pytest.mark.parametrize(("text", "type_", "problem"), UNFIT)
def test_what_does_not_fit(text: str, type_: Any, problem: str) -> None:
    assert problem_of(text, type_) == problem


def test_a_folder_of_time_zones_is_none() -> None:
    assert problem_of("America", ZoneInfo).startswith("x: there is no time zone 'America'")


def test_a_secret_that_is_no_text_is_not_shown() -> None:
    found = problem_of("31337", Secret)
    assert found == "x: expected a secret text, got something else | write it in quotes"


@pytest.mark.parametrize("type_", [str, int, bytes, Path, list[str], re.Pattern[str]])
def test_a_secret_fits_nothing_else_and_is_not_shown(type_: Any) -> None:
    found = problem_of("!secret hush", type_)
    assert "got a secret | only options that are made for secrets" in found
    assert "hush" not in found


def test_a_number_too_large_for_python_to_write_is_a_problem_and_no_failure() -> None:
    large = Scalar(10**5000, Origin(Place("app.yaml", 1, 1)))
    check = Check()
    check.convert(large, float, "x")
    check.convert(large, str, "x")
    assert [problem.message for problem in check.problems] == [
        "x: expected a number that is not as large, got a very large number",
        "x: expected text, got a very large number",
    ]


def test_text_that_is_no_unicode_is_a_problem() -> None:
    check = Check()
    check.convert(Scalar("\ud800", Origin(Place("app.yaml", 1, 1))), bytes, "x")
    assert len(check.problems) == 1


def test_what_python_warns_of_in_a_regular_expression_is_a_warning() -> None:
    check = Check()
    found = check.convert(node("'[[a]'"), re.Pattern[str], "x")
    assert found.pattern == "[[a]"
    [problem] = check.problems
    assert problem.severity is Severity.WARNING
    assert problem.message.startswith("x: Python warns: Possible nested set")
