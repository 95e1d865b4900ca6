"""What is in a message: bytes, a text, or JSON."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from piped.exceptions import UnfitBaton
from piped.providers.payload import JSON, decoded, encoded

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES)
def test_what_has_a_form_in_json_comes_back(value: Any) -> None:
    body, kind = encoded(value)
    assert kind == JSON
    assert decoded(body, "Application/JSON; charset=utf-8") == value


@given(st.binary())
def test_bytes_stay_as_they_are(value: bytes) -> None:
    for kept in (value, bytearray(value), memoryview(value)):
        body, kind = encoded(kept)
        assert decoded(body, kind) == value


def test_a_text_is_its_letters() -> None:
    assert encoded("två") == (b"tv\xc3\xa5", "text/plain; charset=utf-8")


@pytest.mark.parametrize("value", [object(), float("nan"), {1, 2}])
def test_what_has_no_form_is_unfit(value: Any) -> None:
    with pytest.raises(UnfitBaton, match="has no form in JSON"):
        encoded(value)


def test_what_says_that_it_is_json_and_is_not_is_unfit() -> None:
    with pytest.raises(UnfitBaton, match="is no JSON"):
        decoded(b"{", JSON)
