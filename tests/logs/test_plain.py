"""Any value can be printed as JSON."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given, strategies as st

from piped.logs.plain import plain, told
from piped.secret import HIDDEN, Secret

PASSWORD = 'pläin "hörse"\nbattery'
SECRET = Secret(PASSWORD)
SECRET.reveal()

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


class Mute:
    def __repr__(self) -> str:
        raise RuntimeError("not now")


@given(JSON)
def test_what_json_has_stays_as_it_is(value: object) -> None:
    assert plain(value) == value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ((1, "a"), [1, "a"]),
        ({1: {None: 2}}, {"1": {"None": 2}}),
        (date(2024, 7, 1), "datetime.date(2024, 7, 1)"),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        (b"\xff", "b'\\xff'"),
        (SECRET, HIDDEN),
        ([Mute()], ["<a Mute that cannot be shown: RuntimeError>"]),
        (f"it is {PASSWORD}!", f"it is {HIDDEN}!"),
        ({PASSWORD: [PASSWORD]}, {HIDDEN: [HIDDEN]}),
    ],
    ids=lambda each: type(each).__name__,
)
def test_the_rest_becomes_text(value: object, expected: object) -> None:
    assert plain(value) == expected


def test_a_circle_ends() -> None:
    circle: list[Any] = []
    circle.append(circle)
    assert "[[...]]" in json.dumps(plain(circle))


def test_text_may_come_of_something_else_than_repr() -> None:
    assert told(ValueError("burst"), str) == "burst"
