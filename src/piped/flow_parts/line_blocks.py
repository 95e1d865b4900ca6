"""Lines out of bytes, many at a time: what is cut where in a block is found without Python.

A line that is longer than it may be is left to `piped.providers.lines`, which takes its time.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, Literal

from piped.exceptions import ConfigurationError
from piped.flow_part import FlowPart
from piped.options import Size
from piped.providers.lines import Lines, LineSettings

__all__ = ["Block", "LineBlocks", "LinesPart"]

# Encodings in which no text is another one beside a delimiter.
_PLAIN = {"utf-8", "ascii", "iso8859-1"}


class LinesPart(FlowPart):
    """A part that has lines."""

    def __init__(
        self,
        *,
        delimiter: str = "\n",
        max_length: Size = 1024 * 1024,
        long_lines: Literal["split", "skip"] = "split",
        encoding: str | None = "utf-8",
    ) -> None:
        """
        delimiter: what stands between two lines
        max_length: how many bytes a line may have
        long_lines: what becomes of a longer one; it comes in parts, or is skipped, which is logged
        encoding: the encoding of the text; null for bytes. What is no such text has U+FFFD in its
          place
        """
        self._lines = {
            "delimiter": delimiter,
            "max_length": max_length,
            "long_lines": long_lines,
            "encoding": encoding,
        }
        self.output: Any = bytes if encoding is None else str

    def settings(self, kind: Any = LineSettings, **others: Any) -> Any:
        """The settings of lines, and what else a kind of them has."""
        try:
            return kind(**self._lines, **others)
        except ValueError as error:
            raise ConfigurationError(str(error)) from error


@dataclass(slots=True)
class Block:
    """Lines behind one another."""

    lines: list[Any] = field(default_factory=list)
    size: int = 0  # in what was fed
    starts: list[int] = field(default_factory=list)  # where each begins, counted from the first
    skipped: list[int] = field(default_factory=list)  # the sizes of those that are left out


class LineBlocks:
    """Makes blocks of lines of what it is fed."""

    def __init__(self, settings: LineSettings, *, exact: bool = False) -> None:
        self._settings = settings
        self._encoding = settings.encoding
        self._delimiter = settings.delimiter.encode(settings.encoding or "utf-8")
        self._is_plain = self._encoding and codecs.lookup(self._encoding).name in _PLAIN
        self._exact = exact
        self._rest = b""
        self._slow: Lines | None = None  # while there is a line that is too long

    @property
    def unread(self) -> int:
        """How much of what was fed is no line yet, if none is too long."""
        return len(self._rest)

    def feed(self, data: bytes) -> Block:
        """All lines that are whole now."""
        if self._slow is not None:
            return self._with_care(data)
        data = self._rest + data
        end = data.rfind(self._delimiter)
        most = self._settings.max_length
        if end < 0 and len(data) <= most:
            self._rest = data
            return Block()
        rest = data if end < 0 else data[end + len(self._delimiter) :]
        if len(data) > most and max(map(len, data.split(self._delimiter))) > most:
            self._rest = b""
            return self._with_care(data)
        self._rest = rest
        return self._block(data[:end])

    def end(self) -> Block:
        """What is left when nothing more comes."""
        if self._slow is not None:
            slow, self._slow = self._slow, None
            return self._of_pieces(list(slow.end()))
        rest, self._rest = self._rest, b""
        return Block(self._texts([rest]), len(rest), [0]) if rest else Block()

    def _block(self, whole: bytes) -> Block:
        size = len(whole) + len(self._delimiter)
        has_returns = self._delimiter == b"\n" and b"\r" in whole
        found: list[Any] = []
        starts: list[int] = []
        if self._exact or not self._is_plain:
            found = whole.split(self._delimiter)
        if self._exact:
            gap = len(self._delimiter)
            starts = list(accumulate((len(each) + gap for each in found[:-1]), initial=0))
        if self._is_plain and self._encoding:
            lines = whole.decode(self._encoding, "replace").split(self._settings.delimiter)
            if has_returns:
                lines = [each.removesuffix("\r") for each in lines]
            return Block(lines, size, starts)
        if has_returns:
            found = [each.removesuffix(b"\r") for each in found]
        return Block(self._texts(found), size, starts)

    def _texts(self, lines: list[bytes]) -> list[Any]:
        encoding = self._encoding
        if encoding is None:
            return lines
        return [codecs.decode(each, encoding, "replace") for each in lines]

    def _with_care(self, data: bytes) -> Block:
        if self._slow is None:
            self._slow = self._settings.lines()
        block = self._of_pieces(list(self._slow.feed(data)))
        rest = self._slow.rest()
        if rest is not None:
            self._slow, self._rest = None, rest
        return block

    def _of_pieces(self, pieces: list[Any]) -> Block:
        sizes = accumulate((each.size for each in pieces), initial=0)
        kept = [(each.data, at) for each, at in zip(pieces, sizes, strict=False)]
        return Block(
            self._texts([data for data, _ in kept if data is not None]),
            sum(each.size for each in pieces),
            [at for data, at in kept if data is not None],
            [each.size for each in pieces if each.data is None],
        )
