"""Parts behind one another, as one part."""

from __future__ import annotations

from typing import Any

from piped.flows.tube import Tube, as_part

__all__ = ["Joined", "joined", "name_of", "series"]


class Joined:
    """Several parts as one: flows in at the first, and goes on at the last."""

    def __init__(self, first: Any, last: Any) -> None:
        self.first = first
        self.last = last
        self.input = getattr(first, "input", None)

    def __repr__(self) -> str:
        return f"{self.first!r} … {self.last!r}"

    def flowing_from(self, fount: Any) -> Any:
        """Take from that fount. What follows takes from the last."""
        fount.drain = self.first
        self.first.flowing_from(fount)
        return self.last


def series(first: Any, *others: Any) -> Tube:
    """Parts behind one another. It ends with a drain, or is a tube itself."""
    parts = (first, *others)

    def make() -> Any:
        return joined([as_part(part) for part in parts])

    return Tube(make, " | ".join(map(name_of, parts)))


def joined(parts: list[Any]) -> Any:
    """Join parts that were made, and give them as one."""
    if len(parts) == 1:
        return parts[0]
    first = getattr(parts[0], "first", parts[0])
    last = getattr(parts[0], "last", parts[0])
    for part in parts[1:]:
        last = last.flow_to(part)
    return Joined(first, last)


def name_of(part: Any) -> str:
    """What a part is called."""
    return str(getattr(part, "name", "") or getattr(part, "__name__", "") or type(part).__name__)
