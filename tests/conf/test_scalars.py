"""What a plain scalar means."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, strategies as st

from piped.conf.scalars import resolve

MEANINGS: dict[str, Any] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "FALSE": False,
    "0": 0,
    "+12": 12,
    "-12": -12,
    "0755": 755,
    "0o17": 15,
    "0x1F": 31,
    "1.": 1.0,
    ".5": 0.5,
    "-1.5e3": -1500.0,
    "1e3": 1000.0,
    ".inf": math.inf,
    "-.INF": -math.inf,
}
TEXTS = """on off yes no Yes NO y n nULL tRUE 12:30:00 2024-07-01 1_000 0b11 0o8 0xG -0x1 0x 0o
    . - + .e3 1e e3 inf nan +.nan \u0663 tcp:80 127.0.0.1 1.2.3 = <<"""


@pytest.mark.parametrize(("text", "value"), MEANINGS.items())
def test_the_core_schema_of_yaml_1_2(text: str, value: object) -> None:
    assert resolve(text) == value
    assert type(resolve(text)) is type(value)


@pytest.mark.parametrize("text", TEXTS.split())
def test_everything_else_is_text(text: str) -> None:
    assert resolve(text) == text


def test_not_a_number_is_one() -> None:
    assert math.isnan(float(resolve(".nan") or 0))


def test_numbers_that_python_would_not_print_stay_text() -> None:
    assert resolve("9" * 5_000) == "9" * 5_000
    assert resolve("0x" + "f" * 5_000) == "0x" + "f" * 5_000


@given(st.integers(-(10**900), 10**900))
def test_every_integer_is_what_it_looks_like(number: int) -> None:
    assert resolve(str(number)) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_is_what_it_looks_like(number: float) -> None:
    assert resolve(repr(number)) == number
