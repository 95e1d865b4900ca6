"""A mail behind DATA."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from piped.mail.addresses import CommandFault
from piped.mail.body import Body

LINES = st.lists(st.text(".ab\0", max_size=5).map(str.encode), max_size=8)


def stuffed(lines: list[bytes]) -> bytes:
    return b"".join((b"." if line[:1] == b"." else b"") + line + b"\r\n" for line in lines)


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    places = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[first:last] for first, last in pairwise(places)]


@given(LINES, st.lists(st.integers(0, 1000), max_size=6), st.sampled_from([b"", b"QUIT\r\n"]))
def test_it_is_what_was_sent_however_it_comes(
    lines: list[bytes], cuts: list[int], behind: bytes
) -> None:
    body, rest, left = Body(1000, 1000), None, b""
    for each in pieces(stuffed(lines) + b".\r\n" + behind, cuts):
        if rest is None:
            rest = body.take(each)
            left = rest or b""
        else:
            left += each
    assert rest is not None
    assert left == behind
    assert body.content() == b"".join(line + b"\r\n" for line in lines)


@given(st.text(".\r\na", max_size=12).map(str.encode))
def test_only_crlf_dot_crlf_is_an_end(said: bytes) -> None:
    whole = b"\r\n" + said
    ended = Body(1000, 1000).take(said)
    assert (ended is not None) == (b"\r\n.\r\n" in whole)


@given(st.integers(0, 60), st.integers(1, 9))
def test_what_is_too_large_is_not_kept(length: int, step: int) -> None:
    body = Body(30, 1000)
    content = b"x" * length + b"\r\n"
    data = content + b".\r\n"
    for index in range(0, len(data), step):
        body.take(data[index : index + step])
        assert len(body._kept) < 70
    if len(content) > 30:
        with pytest.raises(CommandFault, match="552"):
            body.content()
    else:
        assert body.content() == content
