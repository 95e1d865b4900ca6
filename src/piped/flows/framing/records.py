"""Records of CSV: they end with the line, but not where a quote is open."""

from __future__ import annotations

from typing import Any

from piped.exceptions import MalformedFrame
from piped.flows.framing.stage import Odd

__all__ = ["Records"]

_LINE, _QUOTE = b"\n", b'"'


class Records:
    """Finds records in bytes. `made` makes items of many at once, or fails."""

    def __init__(self, longest: int) -> None:
        self.has_odd = False
        self._longest = longest
        self._offset = 0  # where the record begins that is held, or comes next
        self._held: list[bytes] = []
        self._size = 0  # bytes of it, those of one that is too long as well
        self._is_open = False  # a quote
        self._too_long: MalformedFrame | None = None

    @property
    def is_holding(self) -> bool:
        return bool(self._held)

    def made(self, block: bytes) -> list[Any]:
        """Items of whole records. If it fails, each is asked for alone."""
        raise NotImplementedError

    def made_of_one(self, record: bytes) -> Any:
        """The item of a record. `Odd` if there is none."""
        raise NotImplementedError

    def feed(self, data: bytes) -> list[Any]:
        self.has_odd = False
        found: list[Any] = []
        if self._too_long is not None:
            data = self._pass(data, found)
        at = self._last_end(data)
        if at:
            block = b"".join([*self._held, data[:at]])
            self._held = []
            found += self._items(block)
            self._next(len(block))
        if at < len(data):
            self._hold(data[at:], found)
        return found

    def end(self, *, is_whole: bool) -> list[Any]:
        self.has_odd = False
        record = b"".join(self._held)
        if record and (self._is_open or not is_whole):
            self.has_odd = True
            return [Odd(MalformedFrame("the stream has ended within a record", self._offset))]
        return self._items(record) if record else []

    def _last_end(self, data: bytes) -> int:
        """Behind the last line that ends a record; 0 if there is none."""
        at = data.rfind(_LINE) + 1
        is_open = self._is_open ^ bool(data.count(_QUOTE, 0, at) & 1)
        while at and is_open:
            before = data.rfind(_LINE, 0, at - 1) + 1
            is_open ^= bool(data.count(_QUOTE, before, at) & 1)
            at = before
        return at

    def _next(self, size: int) -> None:
        """So many bytes are done with, and a record begins."""
        self._offset += size
        self._size, self._is_open, self._too_long = 0, False, None

    def _hold(self, data: bytes, found: list[Any]) -> None:
        self._is_open ^= bool(data.count(_QUOTE) & 1)
        self._size += len(data)
        if self._size <= self._longest + len(_LINE):
            self._held.append(data)
            return
        self._held = []
        is_news = self._too_long is None
        self._too_long = self._too_long or self._said_too_long(self._offset)
        self.has_odd = True
        found.append(Odd(self._too_long, is_news=is_news))

    def _pass(self, data: bytes, found: list[Any]) -> bytes:
        """Leave out what belongs to a record that is too long."""
        at, is_open = 0, self._is_open
        while (end := data.find(_LINE, at) + 1) > 0:
            is_open ^= bool(data.count(_QUOTE, at, end) & 1)
            at = end
            if not is_open:
                self.has_odd = True
                found.append(Odd(self._too_long, is_news=False))
                self._next(self._size + at)
                return data[at:]
        return data

    def _items(self, block: bytes) -> list[Any]:
        if len(block) <= self._longest:
            try:
                return self.made(block)
            except ValueError:
                pass  # found out which, below
        self.has_odd = True
        found, at = [], self._offset
        for record in self._each(block):
            found.append(self._item(record, at))
            at += len(record)
        return found

    def _each(self, block: bytes) -> list[bytes]:
        records: list[bytes] = []
        lines: list[bytes] = []
        is_open = False
        for line in _lines(block):
            lines.append(line)
            is_open ^= bool(line.count(_QUOTE) & 1)
            if not is_open:
                records.append(b"".join(lines))
                lines = []
        return [*records, b"".join(lines)] if lines else records

    def _item(self, record: bytes, at: int) -> Any:
        if len(record.removesuffix(_LINE)) > self._longest:
            return Odd(self._said_too_long(at))
        try:
            return self.made_of_one(record)
        except ValueError as failure:
            malformed = MalformedFrame(str(failure), at)
            malformed.__cause__ = failure
            return Odd(malformed)

    def _said_too_long(self, at: int) -> MalformedFrame:
        return MalformedFrame(f"a record is longer than {self._longest} bytes", at)


def _lines(block: bytes) -> list[bytes]:
    """Lines that end with a line feed alone."""
    *lines, rest = block.split(_LINE)
    return [line + _LINE for line in lines] + ([rest] if rest else [])
