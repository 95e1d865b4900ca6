"""Frames that say how long they are."""

from __future__ import annotations

from typing import Any, Literal

from piped.exceptions import MalformedFrame
from piped.flows.framing.stage import LONGEST, Framing, Odd
from piped.flows.tube import Tube
from piped.flows.working import Failing, Mapping

__all__ = ["netstrings", "prefixed", "to_netstrings", "to_prefixed"]


class _Measured:
    """Finds frames by their heads."""

    def __init__(self, longest: int) -> None:
        self.has_odd = False
        self._longest = longest
        self._offset = 0  # where what is held begins, or what comes next
        self._held: list[bytes] = []
        self._size = 0
        self._needed = 1  # bytes without which there is nothing to look at
        self._passing = 0  # bytes to come of a frame that is too long
        self._too_long: MalformedFrame | None = None

    @property
    def is_holding(self) -> bool:
        return self._size > 0

    def head(self, data: bytes, at: int) -> tuple[int, int] | None:
        """Where a frame begins whose head is at `at`, and its length; if that is known."""
        raise NotImplementedError

    # What stands behind a frame.
    tail = b""

    def feed(self, data: bytes) -> list[Any]:
        self.has_odd = False
        found: list[Any] = []
        if self._passing:
            data = self._pass(data, found)
        if not data:
            return found
        self._held.append(data)
        self._size += len(data)
        if self._size < self._needed:
            return found
        data = b"".join(self._held)
        self._needed = 1
        at = self._find(data, found)
        self._offset += at
        self._held, self._size = ([data[at:]], len(data) - at) if at < len(data) else ([], 0)
        return found

    def end(self, *, is_whole: bool) -> list[Any]:  # noqa: ARG002 - a part is no frame in any case
        found: list[Any] = []
        if self._passing:
            self._tell(self._too_long, found, is_news=False)
        elif self._size:
            self._tell(self._malformed("the stream has ended within a frame"), found)
        return found

    def _find(self, data: bytes, found: list[Any]) -> int:
        """Find all frames that are complete. Returns where the rest begins."""
        at, size, behind = 0, len(data), len(self.tail)
        while at < size:
            head = self.head(data, at)
            if head is None:
                self._needed = size - at + 1
                return at
            begin, length = head
            if length < 0:
                self._tell(self._malformed("no length stands there", at), found, is_final=True)
                return size
            end = begin + length + behind
            if length > self._longest:
                too_long = f"a frame is longer than {self._longest} bytes"
                self._too_long = self._malformed(too_long, at)
                self._passing = max(0, end - size)
                self._tell(self._too_long, found)
            elif end > size:
                self._needed = end - at
                return at
            elif behind and data[end - behind : end] != self.tail:
                self._tell(self._malformed("a frame has no end", at), found, is_final=True)
                return size
            else:
                found.append(data[begin : begin + length])
            at = end
        return size

    def _pass(self, data: bytes, found: list[Any]) -> bytes:
        """Leave out what belongs to a frame that is too long."""
        passed = min(self._passing, len(data))
        self._passing -= passed
        self._offset += passed
        self._tell(self._too_long, found, is_news=False)
        return data[passed:]

    def _malformed(self, said: str, at: int = 0) -> MalformedFrame:
        return MalformedFrame(said, self._offset + at)

    def _tell(
        self,
        failure: MalformedFrame | None,
        found: list[Any],
        *,
        is_news: bool = True,
        is_final: bool = False,
    ) -> None:
        self.has_odd = True
        found.append(Odd(failure, is_news=is_news, is_final=is_final))


class _Netstrings(_Measured):
    tail = b","
    _DIGITS = 18

    def head(self, data: bytes, at: int) -> tuple[int, int] | None:
        colon = data.find(b":", at, at + self._DIGITS + 1)
        digits = data[at : colon if colon >= 0 else at + self._DIGITS + 1]
        if (digits[:1] == b"0" and len(digits) > 1) or not digits.isdigit():
            return at, -1
        if colon < 0:
            return None if len(digits) <= self._DIGITS else (at, -1)
        return colon + 1, int(digits)


class _Prefixed(_Measured):
    def __init__(self, width: int, byteorder: Literal["big", "little"], longest: int) -> None:
        super().__init__(longest)
        self._width = width
        self._byteorder = byteorder

    def head(self, data: bytes, at: int) -> tuple[int, int] | None:
        begin = at + self._width
        if begin > len(data):
            return None
        return begin, int.from_bytes(data[at:begin], self._byteorder)


def netstrings(*, longest: int = LONGEST, failing: Failing = "refuse") -> Tube:
    """What stands in `5:hello,`. A length that is none ends the flow in any case."""
    return Tube(lambda: Framing(_Netstrings(longest), failing), "netstrings", bytes, bytes)


def to_netstrings() -> Tube:
    """Each item as a netstring."""
    return Tube(lambda: Mapping(_netstring), "to_netstrings", bytes, bytes)


def _netstring(item: bytes) -> bytes:
    return b"%d:%b," % (len(item), item)


def prefixed(
    bytes: int = 4,
    *,
    byteorder: Literal["big", "little"] = "big",
    longest: int = LONGEST,
    failing: Failing = "refuse",
) -> Tube:
    """Frames that follow their length, which takes so many bytes."""
    _check_width(bytes)

    def make() -> Framing:
        return Framing(_Prefixed(bytes, byteorder, longest), failing)

    return Tube(make, "prefixed", _BYTES, _BYTES)


def to_prefixed(
    bytes: int = 4, *, byteorder: Literal["big", "little"] = "big", failing: Failing = "refuse"
) -> Tube:
    """Each item behind its length. One that is longer than that can say is refused."""
    _check_width(bytes)

    def framed(item: Any) -> Any:
        try:
            return len(item).to_bytes(bytes, byteorder) + item
        except OverflowError:
            said = f"{len(item)} is more than a length of {bytes} bytes can say"
            raise MalformedFrame(said) from None

    return Tube(lambda: Mapping(framed, failing), "to_prefixed", _BYTES, _BYTES)


def _check_width(width: int) -> None:
    if not 1 <= width <= 8:
        raise ValueError(f"a length takes 1 to 8 bytes, not {width}")


_BYTES = bytes
