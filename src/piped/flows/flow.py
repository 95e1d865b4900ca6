"""A flow: founts, tubes and drains, joined, and what there is to know of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

from piped import interop
from piped.clock import Clock, LoopClock
from piped.exceptions import FlowError
from piped.flows.drain import Drain, Finishing
from piped.flows.ends import Ends
from piped.flows.fan_in import FanIn
from piped.flows.fan_out import Branch
from piped.flows.fount import Fount
from piped.flows.reason import STOPPED, Reason
from piped.flows.series import joined
from piped.flows.tube import as_part

__all__ = ["Flow", "above", "below", "is_source", "parts_of"]


class Flow:
    """Flows from `start` on, until its founts end or `stop` is called."""

    def __init__(self, *parts: Any, name: str = "", clock: Clock | None = None) -> None:
        self.name = name
        self.parts: list[Any] = []  # all that it is made of, in order, once it was started
        self._recipes = parts
        self._clock = clock or LoopClock()

    def __repr__(self) -> str:
        return f"<Flow {self.name}>" if self.name else "<Flow>"

    def start(self) -> None:
        """Make its parts, join them, and let it flow."""
        if self.parts:
            raise FlowError(f"{self!r} was started before")
        if not self._recipes:
            raise FlowError(f"{self!r} has no parts")
        made = [as_part(part) for part in self._recipes]
        for part in made:
            for each in parts_of(part):
                if hasattr(each, "clock"):
                    each.clock = self._clock
                each.within = f"{self.name}: " if self.name else ""
        # Nothing flows before all is there to be looked at.
        holds = [each.pause() for each in parts_of(made[0]) if is_source(each)]
        joined(made)
        self.parts = list(parts_of(made[0]))
        self._check_ends()
        for hold in holds:
            hold.resume()

    @property
    def founts(self) -> list[Any]:
        """Where its items come from."""
        return [part for part in self.parts if is_source(part)]

    @property
    def drains(self) -> list[Drain]:
        """Where its items end."""
        return [part for part in self.parts if isinstance(part, Drain)]

    def wait(self) -> interop.Outcome[Reason]:
        """Wait until all that was taken in is stored. Gives the reason of its end, or raises it."""
        if not self.parts:
            raise FlowError(f"{self!r} was not started: nobody could wait for its end")
        outcome = Ends(self._finishing()).done()
        leaving = [each for each in self.founts if hasattr(each, "leave")]
        if leaving:

            def left(result: Any) -> Any:
                return interop.outcome_of(self._leave(leaving)).addCallback(lambda _: result)

            outcome.addBoth(left)
        return outcome

    async def run(self) -> Reason:
        """Start it, and wait for its end. Cancelled, it is aborted, and has ended."""
        self.start()
        try:
            return await self.wait()
        except asyncio.CancelledError:
            self.abort()
            for each in self._finishing():
                await each.finished()
            raise

    def stop(self, reason: Reason = STOPPED) -> None:
        """Take in nothing more. What is on its way flows on to the end."""
        for fount in self.founts:
            fount.stop(reason)

    def abort(self, reason: Reason = STOPPED) -> None:
        """End now: what is on its way is refused to its originators."""
        for drain in self.drains:
            drain.abort(reason)

    def _finishing(self) -> list[Finishing]:
        """Each drain, and whatever else has something to put away."""
        return [part for part in self.parts if isinstance(part, Finishing)]

    async def _leave(self, founts: list[Any]) -> None:
        for fount in founts:
            await fount.leave()

    def _check_ends(self) -> None:
        if not self.founts:
            raise FlowError(f"{self!r} begins with {self.parts[0]!r}, which is no fount")
        for part in self.parts:
            if not isinstance(part, Drain) and not list(below(part)):
                raise FlowError(f"{self!r} ends with {part!r}, which is no drain")


def is_source(part: Any) -> bool:
    """Whether items come from there, and not only through it."""
    return (
        isinstance(part, Fount)
        and not isinstance(part, FanIn | Branch)
        and not hasattr(part, "fount")
    )


def parts_of(part: Any) -> Iterator[Any]:
    """A part and all that it is joined with, each once, and behind what flows into it."""
    found: dict[int, Any] = {}
    todo = [getattr(part, "first", part)]
    while todo:
        each = todo.pop(0)
        if id(each) not in found:
            found[id(each)] = each
            todo += [*above(each), *below(each)]
    while found:
        due = [each for each in found.values() if not any(id(up) in found for up in above(each))]
        for each in due:
            del found[id(each)]
        yield from due


def below(part: Any) -> Iterator[Any]:
    """What it flows into."""
    yield from getattr(part, "branches", ())
    for name in ("drain", "into"):
        below = getattr(part, name, None)
        if below is not None:
            yield below


def above(part: Any) -> Iterator[Any]:
    """What flows into it."""
    yield from getattr(part, "inlets", ())
    for name in ("fount", "out"):
        above = getattr(part, name, None)
        if above is not None:
            yield above
