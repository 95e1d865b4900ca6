"""Lines out of bytes, of any length and in bounded memory. Nothing here reads anything.

1. What stands between two delimiters is a line; a carriage return before a newline belongs to it.
2. A line that is longer than it may be comes in parts, of which nothing is lost, or is left out.
3. The sizes of all pieces, delimiters and what was left out included, add up to what was fed.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from piped.options import Size

__all__ = ["LineSettings", "Lines", "Piece"]


@dataclass(frozen=True, kw_only=True)
class LineSettings:
    """What a line is.

    delimiter: what stands between two lines
    max_length: how many bytes a line may have
    long_lines: what becomes of a longer one; it comes in parts, `partial` in the baton of all but
      the last, or it is skipped, which is logged
    encoding: the encoding of the text; null for bytes. What is no such text has U+FFFD in its place
    """

    delimiter: str = "\n"
    max_length: Size = 1024 * 1024
    long_lines: Literal["split", "skip"] = "split"
    encoding: str | None = "utf-8"

    def __post_init__(self) -> None:
        if not self.delimiter:
            raise ValueError("a `delimiter` has a character at least")
        if self.max_length < 8:
            raise ValueError("`max_length` is 8 at least")
        try:
            newline = "\n".encode(self.encoding or "ascii")
            self.delimiter.encode(self.encoding or "utf-8")
        except LookupError as error:
            raise ValueError(f"there is no encoding {self.encoding!r} for text") from error
        except UnicodeEncodeError as error:
            raise ValueError(f"the `delimiter` is not in {self.encoding}") from error
        if newline != b"\n":
            raise ValueError(f"{self.encoding} is not an extension of ASCII")

    def lines(self) -> Lines:
        """What makes lines of bytes."""
        delimiter = self.delimiter.encode(self.encoding or "utf-8")
        return Lines(delimiter, self.max_length, skips=self.long_lines == "skip")

    def baton(self, piece: Piece) -> dict[str, Any]:
        """What a line is for the processor."""
        assert piece.data is not None, "it was not left out"
        line: Any = piece.data
        if self.encoding is not None:
            line = codecs.decode(piece.data, self.encoding, "replace")
        return {"line": line, "partial": True} if piece.is_partial else {"line": line}


class Piece(NamedTuple):
    """A line, or a part of one."""

    data: bytes | None  # None: it was left out
    size: int  # in what was fed
    is_partial: bool = False


class Lines:
    """Makes lines of what it is fed."""

    def __init__(self, delimiter: bytes, most: int, *, skips: bool) -> None:
        self._delimiter = delimiter
        self._most = most
        self._skips = skips
        self._rest = bytearray()
        self._looked_at = 0  # how much of the rest has no delimiter
        self._left_out = 0  # how much of a line that is left out is gone already

    def feed(self, data: bytes) -> Iterator[Piece]:
        """All lines that are whole now, and parts of one that is too long."""
        self._rest += data
        while True:
            end = self._rest.find(self._delimiter, self._looked_at)
            if end < 0:
                self._looked_at = max(len(self._rest) - len(self._delimiter) + 1, 0)
                if len(self._rest) < self._most + len(self._delimiter):
                    return  # it may still be short enough
                if self._skips:
                    self._left_out += self._take(self._looked_at)
                    return
                yield self._part()
            elif end <= self._most and not self._left_out:
                yield self._whole(end)
            elif self._skips:
                size = self._take(end + len(self._delimiter)) + self._left_out
                self._left_out = 0
                yield Piece(None, size)
            else:
                yield self._part()

    def end(self) -> Iterator[Piece]:
        """What is left when nothing more comes."""
        size = len(self._rest) + self._left_out
        if size:
            data = None if self._left_out else bytes(self._rest)
            self._rest.clear()
            self._looked_at = self._left_out = 0
            yield Piece(data, size)

    def rest(self) -> bytes | None:
        """What is no line yet; None while it is one that is too long."""
        is_long = self._left_out or len(self._rest) > self._most
        return None if is_long else bytes(self._rest)

    def _whole(self, end: int) -> Piece:
        data = bytes(self._rest[:end])
        if self._delimiter == b"\n":
            data = data.removesuffix(b"\r")
        return Piece(data, self._take(end + len(self._delimiter)))

    def _part(self) -> Piece:
        end = self._most
        while end > self._most - 4 and self._rest[end] & 0xC0 == 0x80:
            end -= 1  # not in the middle of a letter
        data = bytes(self._rest[:end])
        return Piece(data, self._take(end), is_partial=True)

    def _take(self, size: int) -> int:
        del self._rest[:size]
        self._looked_at = 0
        return size
