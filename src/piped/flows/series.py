"""Parts behind one another, as one part."""

from __future__ import annotations

from typing import Any

from piped.exceptions import FlowError
from piped.flows.tube import Tube, as_part, recipe_of

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
    names = " | ".join(map(name_of, (first, *others)))
    parts = [recipe_of(part) for part in (first, *others)]

    def make() -> Any:
        return joined([as_part(part) for part in parts])

    given, made = getattr(parts[0], "input", Any), getattr(parts[-1], "output", Any)
    return Tube(make, names, given, made)


def joined(parts: list[Any]) -> Any:
    """Join parts that were made, and give them as one."""
    if len(parts) == 1:
        return parts[0]
    first = getattr(parts[0], "first", parts[0])
    last = getattr(parts[0], "last", parts[0])
    for part in parts[1:]:
        if not hasattr(last, "flow_to"):
            raise FlowError(f"nothing flows on from {last!r} to {part!r}: it is a drain")
        last = last.flow_to(part)
    return Joined(first, last)


def name_of(part: Any) -> str:
    """What a part is called."""
    return str(getattr(part, "name", "") or getattr(part, "__name__", "") or type(part).__name__)
