"""Text: from bytes and to bytes, and with something before it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies

from piped.exceptions import UnfitBaton
from piped.processors.text_processors import DecodeString, EncodeString
from tests.processors.trying import complaint, result


@pytest.mark.parametrize(
    ("prefix", "given", "text"),
    [("'a '", "b", "a b"), ("a", 1, "a1"), ("'{}'", [1, 2], "{}[1, 2]"), ("!path ''", "b", "bb")],
)
def test_a_prefix_stands_before_anything(prefix: str, given: Any, text: str) -> None:
    assert result(f"prefix-string: {{prefix: {prefix}}}", given) == text


def test_no_prefix_stands_before_bytes() -> None:
    with pytest.raises(UnfitBaton, match="cannot stand before bytes"):
        result("prefix-string: {prefix: a}", b"b")


@given(strategies.text(), strategies.sampled_from(["utf-8", "utf-16", "utf-7"]))
def test_what_was_encoded_can_be_decoded(text: str, encoding: str) -> None:
    encoded = EncodeString(encoding=encoding).process(text)
    assert isinstance(encoded, bytes)
    assert DecodeString(encoding=encoding).process(encoded) == text


@pytest.mark.parametrize(
    ("step", "baton", "complaint"),
    [
        ("decode-string: {encoding: ascii}", b"\xe9", "the input is not in ascii"),
        ("decode-string: {encoding: utf-8}", "text", "only bytes can be decoded"),
        ("encode-string: {encoding: ascii}", "é", "the input is not in ascii"),
        ("encode-string: {encoding: utf-8}", b"bytes", "only text can be encoded"),
        ("encode-string: {encoding: !path ''}", "klingon", "no encoding 'klingon'"),
    ],
)
def test_what_cannot_be_converted_is_unfit(step: str, baton: Any, complaint: str) -> None:
    with pytest.raises(UnfitBaton, match=complaint):
        result(step, baton)


@pytest.mark.parametrize("encoding", ["klingon", "base64"])
@pytest.mark.parametrize("step", ["decode-string", "encode-string"])
def test_an_encoding_that_is_none_is_found_before_there_is_a_baton(
    step: str, encoding: str
) -> None:
    found = complaint(f"{step}: {{encoding: {encoding}}}")
    assert f"there is no encoding '{encoding}' for text" in found


@pytest.mark.parametrize("step", ["decode-string", "encode-string", "prefix-string"])
def test_what_is_to_be_done_must_be_said(step: str) -> None:
    assert f"{step} needs the option" in complaint(step)
