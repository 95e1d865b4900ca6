"""Stages whose function gives what comes of an item at once, or something to await.

1. What comes at once is handed on at once, many items together: there is no more to it than to a
   function that never waits. After a few milliseconds of that others have their turn.
2. From the first item for which there is something to await, until all before it has been handed
   on, each item is worked on as by `later`. So the order is kept, if it is to be.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from piped.flows.batch import batch_of
from piped.flows.lanes import FREE
from piped.flows.later import Later
from piped.interop import is_later, settled

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from piped.flows.later import Place
    from piped.flows.receipt import Receipt
    from piped.flows.working import Failing

__all__ = ["AtOnce"]

_MOST = 1000  # items that are handed on together
_TURN = 0.005  # seconds

Pair = tuple[Any, "Receipt | None"]


class AtOnce(Later):
    """Calls a function with each item, and awaits what it gives if there is something to await.

    With `many` that is a list of items.
    """

    def __init__(
        self,
        function: Callable[[Any], Any],
        parallel: int = 1,
        ordered: bool = True,
        failing: Failing = "refuse",
        key: Callable[[Any], Hashable] | None = None,
        *,
        many: bool = False,
    ) -> None:
        super().__init__(function, parallel, ordered, failing, key)
        self._many = many

    async def _next(self) -> None:
        if self._places:
            await super()._next()
            return
        begun = self._at_once()
        if begun is None:
            await asyncio.sleep(0)
            return
        made, receipt = begun
        self._hold_back()
        place = self._new_place()
        await self._finish(FREE, receipt, place, self._await(made, receipt, place))

    async def _make(self, item: Any, receipt: Receipt | None, place: Place) -> None:
        await self._await(self._function(item), receipt, place)

    async def _await(self, made: Any, receipt: Receipt | None, place: Place) -> None:
        made = await settled(made)
        for each in made if self._many else [made]:
            self._put(each, receipt, place)

    def _at_once(self) -> Pair | None:
        """Hand on what comes at once. Gives what comes later, with its receipt, if that is next."""
        pairs: list[Pair] = []
        begun: Pair | None = None
        time = asyncio.get_running_loop().time
        until = time() + _TURN
        while self._todo.ready and not self.is_paused and len(pairs) < _MOST and time() < until:
            _, (item, receipt, _) = self._todo.begin()
            try:
                made = self._function(item)
            except (Exception, asyncio.CancelledError) as failure:  # noqa: BLE001 - of the user's
                self._failed(failure, receipt)
                continue
            if is_later(made):
                begun = made, receipt
                break
            if self._many:
                pairs += _each_of(made, receipt)
            else:
                pairs.append((made, receipt))
        if pairs:
            self.emit(batch_of(pairs))
        return begun


def _each_of(made: list[Any], receipt: Receipt | None) -> list[Pair]:
    """All that came of one item, each with its receipt."""
    if receipt is not None and len(made) != 1:
        receipt.hold(len(made) - 1) if made else receipt.settle()
    return [(each, receipt) for each in made]
