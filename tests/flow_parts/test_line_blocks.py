"""Blocks of lines are the lines that `piped.providers.lines` makes, however the bytes come."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from hypothesis import given, strategies as st

from piped.exceptions import ConfigurationError
from piped.flow_parts.line_blocks import LineBlocks, LinesPart
from piped.providers.lines import LineSettings

BYTES = st.lists(
    st.sampled_from(
        [b"a", b"bcd", b"\n", b"\r\n", "ö".encode(), b"\xc3", b"\xff", b"x" * 30, b"--"]
    )
)
ENCODINGS = st.sampled_from(["utf-8", "latin-1", "ascii", "cp1252", "gbk", None])


@given(
    pieces=BYTES,
    encoding=ENCODINGS,
    long_lines=st.sampled_from(["split", "skip"]),
    delimiter=st.sampled_from(["\n", "--", "a"]),
    most=st.sampled_from([8, 20, 1000]),
)
def test_they_are_the_same_lines(
    pieces: list[bytes],
    encoding: str | None,
    long_lines: Literal["split", "skip"],
    delimiter: str,
    most: int,
) -> None:
    settings = LineSettings(
        delimiter=delimiter, max_length=most, long_lines=long_lines, encoding=encoding
    )
    lines, blocks = settings.lines(), LineBlocks(settings, exact=True)
    expected = [*lines.feed(b"".join(pieces)), *lines.end()]
    got: list[Any] = []
    skipped: list[int] = []
    at = 0
    for block in [*map(blocks.feed, pieces), blocks.end()]:
        assert len(block.starts) == len(block.lines)
        got += [(line, at + start) for line, start in zip(block.lines, block.starts, strict=True)]
        skipped += block.skipped
        at += block.size
    assert at == sum(map(len, pieces))
    assert skipped == [each.size for each in expected if each.data is None]
    place = 0
    wanted = []
    for each in expected:
        if each.data is not None:
            wanted.append((settings.baton(each)["line"], place))
        place += each.size
    assert got == wanted


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"delimiter": ""}, "a `delimiter` has a character at least"),
        ({"max_length": 3}, "`max_length` is 8 at least"),
        ({"encoding": "utf-16"}, "utf-16 is not an extension of ASCII"),
        ({"encoding": "nonsense"}, "there is no encoding 'nonsense' for text"),
    ],
)
def test_settings_that_are_wrong_are_told(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        LinesPart(**options).settings()
