"""Lines out of bytes, whatever pieces they come in."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from piped.providers.lines import Lines, LineSettings, Piece


def made(lines: Lines, *pieces: bytes, end: bool = True) -> list[Piece]:
    found = [piece for data in pieces for piece in lines.feed(data)]
    return found + (list(lines.end()) if end else [])


def test_a_line_may_come_in_any_pieces() -> None:
    lines = Lines(b"\n", 100, skips=False)
    assert made(lines, b"on", b"e\ntw", b"o\r", b"\n\nlast") == [
        Piece(b"one", 4),
        Piece(b"two", 5),
        Piece(b"", 1),
        Piece(b"last", 4),
    ]


def test_a_delimiter_may_be_long_and_come_in_two() -> None:
    lines = Lines(b"--\r\n", 100, skips=False)
    assert made(lines, b"a-", b"-\r", b"\nb--\r\n", end=False) == [Piece(b"a", 5), Piece(b"b", 5)]


def test_a_long_line_comes_in_parts() -> None:
    lines = Lines(b"\n", 8, skips=False)
    assert made(lines, b"12345678\n123456789abcdefgh\nx") == [
        Piece(b"12345678", 9),
        Piece(b"12345678", 8, is_partial=True),
        Piece(b"9abcdefg", 8, is_partial=True),
        Piece(b"h", 2),
        Piece(b"x", 1),
    ]


def test_no_letter_is_cut() -> None:
    lines = Lines(b"\n", 8, skips=False)
    found = made(lines, "1234567é漢字\n".encode())
    assert [each.data.decode() for each in found if each.data] == ["1234567", "é漢字"]


def test_a_long_line_is_left_out() -> None:
    lines = Lines(b"\n", 8, skips=True)
    assert made(lines, b"a\n123456789", b"abc" * 1000, b"\nb\n") == [
        Piece(b"a", 2),
        Piece(None, 9 + 3000 + 1),
        Piece(b"b", 2),
    ]
    assert made(lines, b"123456789\n", b"x" * 20) == [Piece(None, 10), Piece(None, 20)]


@given(
    st.lists(st.binary(max_size=30).map(lambda each: each.replace(b"\r", b"")), max_size=20),
    st.sampled_from([b"\n", b"ab", b"\r\n"]),
    st.booleans(),
    st.integers(8, 20),
)
def test_however_it_is_cut_it_is_the_same_and_nothing_is_lost(
    pieces: list[bytes], delimiter: bytes, skips: bool, most: int
) -> None:
    whole = b"".join(pieces)
    found = made(Lines(delimiter, most, skips=skips), *pieces)
    assert found == made(Lines(delimiter, most, skips=skips), whole)
    assert sum(each.size for each in found) == len(whole)
    assert all(len(each.data) <= most for each in found[:-1] if each.data is not None)
    if not skips:
        given_back = [
            (each.data or b"") + (b"" if each.is_partial else delimiter) for each in found
        ]
        assert b"".join(given_back).removesuffix(delimiter) == whole.removesuffix(delimiter)


def test_what_is_kept_is_limited() -> None:
    for skips in (True, False):
        lines = Lines(b"\n", 100, skips=skips)
        for _ in range(1000):
            made(lines, b"x" * 50, end=False)
            assert len(lines._rest) <= 200


@pytest.mark.parametrize(
    ("settings", "baton"),
    [
        ({}, {"line": "é\ufffd"}),
        ({"encoding": None}, {"line": b"\xc3\xa9\xff"}),
        ({"encoding": "latin-1"}, {"line": "Ã©ÿ"}),
    ],
)
def test_a_line_is_a_text_or_bytes(settings: Any, baton: Any) -> None:
    assert LineSettings(**settings).baton(Piece(b"\xc3\xa9\xff", 4)) == baton


def test_a_part_says_so() -> None:
    piece = Piece(b"a", 1, is_partial=True)
    assert LineSettings().baton(piece) == {"line": "a", "partial": True}


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"delimiter": ""}, "a character at least"),
        ({"max_length": 1}, "8 at least"),
        ({"encoding": "nonsense"}, "no encoding 'nonsense'"),
        ({"encoding": "base64"}, "no encoding 'base64' for text"),
        ({"encoding": "utf-16"}, "not an extension of ASCII"),
        ({"encoding": "ascii", "delimiter": "é"}, "not in ascii"),
    ],
)
def test_what_cannot_be_is_said(settings: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        LineSettings(**settings)
