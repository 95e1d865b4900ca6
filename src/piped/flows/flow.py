"""A flow: a fount, tubes and a drain, joined, and what there is to know of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from piped import interop
from piped.clock import Clock, LoopClock
from piped.exceptions import FlowError
from piped.flows.ends import Ends
from piped.flows.reason import STOPPED, Reason
from piped.flows.series import joined
from piped.flows.tube import as_part

__all__ = ["Flow", "parts_of"]


class Flow:
    """Flows from `start` on, until its fount ends or `stop` is called."""

    def __init__(self, *parts: Any, name: str = "", clock: Clock | None = None) -> None:
        self.name = name
        self._parts = parts
        self._clock = clock or LoopClock()
        self.first: Any = None
        self.last: Any = None

    def __repr__(self) -> str:
        return f"<Flow {self.name}>" if self.name else "<Flow>"

    def start(self) -> None:
        """Make its parts, join them, and let it flow."""
        if self.first is not None:
            raise FlowError(f"{self!r} was started before")
        made = [as_part(part) for part in self._parts]
        if hasattr(getattr(made[-1], "last", made[-1]), "flow_to"):
            raise FlowError(f"{self!r} ends with {made[-1]!r}, which is no drain")
        for part in made:
            for each in parts_of(part):
                if hasattr(each, "clock"):
                    each.clock = self._clock
        self.first = made[0]
        whole = joined(made)
        self.last = getattr(whole, "last", whole)

    def wait(self) -> interop.Outcome[Reason]:
        """Wait until all that was taken in is stored. Gives the reason of its end, or raises it."""
        # Each drain, and whatever else has something to put away.
        drains = [each for each in self.parts if hasattr(each, "done")]
        return Ends(drains if self.last in drains else [*drains, self.last]).done()

    async def run(self) -> Reason:
        """Start it, and wait for its end."""
        self.start()
        return await self.wait()

    def stop(self, reason: Reason = STOPPED) -> None:
        """Take in nothing more. What is on its way flows on to the end."""
        self.first.stop(reason)

    @property
    def parts(self) -> list[Any]:
        """All parts of it, in order."""
        return list(parts_of(self.first))


def parts_of(first: Any) -> Iterator[Any]:
    """A part, all that it flows into, and what else flows into these, each once."""
    seen: set[int] = set()
    todo = [first]
    while todo:
        part = todo.pop(0)
        if part is None or id(part) in seen:
            continue
        seen.add(id(part))
        if not hasattr(part, "first"):
            yield part
        todo += _after(part)


def _after(part: Any) -> list[Any]:
    if hasattr(part, "first"):
        return [part.first]
    into, onwards = getattr(part, "into", None), getattr(part, "drain", None)
    before = [each.fount for each in getattr(part, "inlets", ())]
    return [into, *getattr(part, "branches", ()), onwards, *before, getattr(part, "fount", None)]
