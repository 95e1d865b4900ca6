"""Tubes that are classes of which some methods are asynchronous.

The rules of `classes` hold. One method at a time is called, and the next when that has ended.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing, nullcontext
from typing import TYPE_CHECKING, Any

from piped.exceptions import FlowError
from piped.flows.classes import Kept
from piped.flows.later import Later, Place, answer_for
from piped.flows.reason import Reason, cancelled, failed
from piped.flows.receipt import CONFIRMED, Receipt, joint, refused, settle, unfinished
from piped.interop import is_cancelled, settled

if TYPE_CHECKING:
    from piped.flows.working import Failing

__all__ = ["LaterClass"]


class LaterClass(Later):
    """Runs an object with `received`, and perhaps `started` and `stopped`."""

    def __init__(self, tube: Any, failing: Failing) -> None:
        super().__init__(tube.received, 1, True, failing)
        self.tube = tube
        self._kept = Kept()
        self._due_calls = [each for each in ("started", "stopped") if hasattr(tube, each)]

    def on_stop(self, reason: Reason) -> None:
        settle(self._kept.taken(), unfinished(reason))
        super().on_stop(reason)

    def end(self, reason: Reason) -> None:
        by = self.stopped_by
        settle(self._kept.taken(), CONFIRMED if by is None else unfinished(by))
        super().end(reason)

    def _begin(self) -> None:
        if not self.is_paused:
            self._call_if_due("started")
        super()._begin()

    def _check_end(self) -> None:
        if self._ending is None or self._todo or self._tasks or self._places:
            return
        if self.stopped_by is None and self._call_if_due("started"):
            return
        if not self._call_if_due("stopped", self._ending):
            super()._check_end()

    def _call_if_due(self, name: str, *args: Any) -> bool:
        if name not in self._due_calls:
            return False
        self._due_calls.remove(name)
        self._drive(self._call(name, *args))
        return True

    async def _call(self, name: str, *args: Any) -> None:
        """Hand on what belongs to no item, or to those of which something is held."""
        place, receipt = Place(), joint(self._kept.taken())
        self._places.append(place)
        try:
            await self._put_each(getattr(self.tube, name)(*args), receipt, place)
        except asyncio.CancelledError:
            answer_for(receipt, unfinished(self.stopped_by or cancelled()))
            if is_cancelled():
                raise
            self._cannot(FlowError(f"what {name} waited for was cancelled"))
        except Exception as failure:  # noqa: BLE001 - of the user's tube
            answer_for(receipt, refused(failure))
            self._cannot(failure)
        else:
            answer_for(receipt, CONFIRMED)
        finally:
            place.has_ended = True
            self._due()

    def _cannot(self, failure: Exception) -> None:
        if self.stopped_by is None and self._ending is not None:
            self._ending = failed(failure)
        else:
            self.fail_with(failure)

    async def _make(self, item: Any, receipt: Receipt | None, place: Place) -> None:
        await self._put_each(self._function(item), receipt, place)
        self._kept.after(receipt, is_holding=getattr(self.tube, "holding", False))

    async def _put_each(self, made: Any, receipt: Receipt | None, place: Place) -> None:
        if not hasattr(made, "__aiter__"):
            for each in await settled(made) or ():
                self._put(each, receipt, place)
                await self._wait_for_room(place)
            return
        closing = aclosing(made) if hasattr(made, "aclose") else nullcontext(made)
        async with closing as many:
            async for each in many:
                self._put(each, receipt, place)
                await self._wait_for_room(place)

    def _put(self, made: Any, receipt: Receipt | None, place: Place) -> None:
        place.made.append((made, self._kept.with_output(receipt)))
        self._due()
