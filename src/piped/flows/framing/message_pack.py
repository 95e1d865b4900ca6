"""MessagePack: needs the library `msgpack`."""

from __future__ import annotations

from typing import Any

from piped.exceptions import MalformedFrame, brief
from piped.flows.framing.stage import LONGEST, Framing, Odd
from piped.flows.tube import Tube
from piped.flows.working import Failing, Mapping

__all__ = ["msgpack_items", "to_msgpack"]


class _Unpacking:
    """Finds objects. What is wrong in one leaves nobody to tell where the next begins."""

    def __init__(self, longest: int) -> None:
        from msgpack import Unpacker

        self.has_odd = False
        self._longest = longest
        # It has a part of an object, and what is fed at a time.
        self._unpacker = Unpacker(max_buffer_size=2 * longest)
        self._fed = 0
        self._offset = 0  # where the object begins that is not complete

    @property
    def is_holding(self) -> bool:
        return self._fed > self._offset

    def feed(self, data: bytes) -> list[Any]:
        self.has_odd = False
        found: list[Any] = []
        for at in range(0, len(data), self._longest):
            if not self.has_odd:
                self._feed(data[at : at + self._longest], found)
        return found

    def end(self, *, is_whole: bool) -> list[Any]:  # noqa: ARG002 - a part is no object in any case
        self.has_odd = self.is_holding
        failure = MalformedFrame("the stream has ended within an object", self._offset)
        return [Odd(failure)] if self.has_odd else []

    def _feed(self, data: bytes, found: list[Any]) -> None:
        unpacker = self._unpacker
        self._fed += len(data)
        try:
            unpacker.feed(data)
            for item in unpacker:
                end = unpacker.tell()
                if end - self._offset > self._longest:
                    break
                found.append(item)
                self._offset = end
            if self._fed - self._offset <= self._longest:
                return
            malformed = MalformedFrame(
                f"an object is longer than {self._longest} bytes", self._offset
            )
        except Exception as failure:  # noqa: BLE001 - it raises many kinds
            said = brief(failure) or type(failure).__name__
            malformed = MalformedFrame(f"no object is there: {said}", self._offset)
            malformed.__cause__ = failure
        self.has_odd = True
        found.append(Odd(malformed, is_final=True))


def msgpack_items(*, longest: int = LONGEST) -> Tube:
    """The objects that were packed; a malformed one ends the flow. Keys are texts or bytes."""
    _check_it_is_there()
    return Tube(lambda: Framing(_Unpacking(longest)), "msgpack_items", bytes)


def to_msgpack(*, failing: Failing = "refuse") -> Tube:
    """Each item, packed."""
    _check_it_is_there()
    from msgpack import packb

    def framed(item: Any) -> Any:
        try:
            return packb(item)
        except (TypeError, ValueError, OverflowError) as failure:
            raise MalformedFrame(f"an item cannot be packed: {failure}") from failure

    return Tube(lambda: Mapping(framed, failing), "to_msgpack", Any, bytes)


def _check_it_is_there() -> None:
    """Say it where the flow is made."""
    try:
        import msgpack  # noqa: F401
    except ImportError as failure:
        failure.add_note("MessagePack needs the library msgpack: pip install 'piped[msgpack]'")
        raise
