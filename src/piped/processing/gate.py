"""The gate of a pipeline of limited capacity: who may begin, who waits, who is sent away.

1. A run has its turn from its beginning to its end, now or later. There are never more turns at
   once than the concurrency allows.
2. Whoever comes while others wait, waits behind them. Who waits is counted from the call on.
3. Whoever goes away while he waits leaves his place to those behind him.
4. One too many is told at once: by `PipelineFull`, or by `BatonDropped` if the configuration
   declares that one is given up. One who is dropped while he waits is told by `BatonDropped`, too.
5. A run that waits for a turn which can only end when that run has ended is told so, by
   `PipelineDeadlock` (see `piped.processing.deadlock`).

A run with a turn is not touched any more. Whoever called knows of each baton what became of it.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from piped.exceptions import BatonDropped, PipelineDeadlock, PipelineFull
from piped.processing.capacity import Capacity
from piped.processing.deadlock import is_stuck
from piped.processing.ending import Ending
from piped.processing.run import Running

__all__ = ["Gate"]

logger = logging.getLogger(__name__)


class Gate:
    """Lets the runs of one pipeline begin, when it is their turn."""

    # What a run is, behind the gate. It is another one while somebody watches.
    begin: Callable[[Any], Running]

    def __init__(self, name: str, capacity: Capacity) -> None:
        self.name = name
        self.capacity = capacity
        self._concurrency = capacity.concurrency
        self.under_way: set[Turn] = set()
        self.waiting: OrderedDict[Turn, None] = OrderedDict()
        # How many batons were sent away, by a failure; and how many were dropped, as declared.
        self.refused = 0
        self.dropped = 0
        self._drops = _Drops(name)

    def run(self, baton: Any) -> Running:
        """A run, as soon as it has its turn."""
        turn = Turn(self, baton)
        under_way = self.under_way
        if self.waiting or len(under_way) >= self._concurrency:
            self._queue(turn)
            return Ending(turn.awaited(), turn.end)
        under_way.add(turn)
        try:
            running = turn.begin()
        except BaseException:
            self.leave(turn)
            raise
        if isinstance(running, list):
            self.leave(turn)
            return running
        return Ending(turn.rest(running), turn.end)

    def leave(self, turn: Turn) -> None:
        """Forget `turn`, and let the next begin whose turn it is."""
        self.under_way.discard(turn)
        if self.waiting:
            self.waiting.pop(turn, None)
            self._let_begin()
        if self._drops.are_going_on and not self.waiting:
            self._drops.over(self.dropped)

    def _let_begin(self) -> None:
        while self.waiting and len(self.under_way) < self._concurrency:
            following, _ = self.waiting.popitem(last=False)
            self.under_way.add(following)
            following.tell()

    def _queue(self, turn: Turn) -> None:
        """Let `turn` wait, if it may."""
        queue = self.capacity.queue
        if queue is not None and len(self.waiting) >= queue:
            self._make_room()
        turn.wait()
        self.waiting[turn] = None
        if turn.above and is_stuck(self):
            turn.end()
            raise PipelineDeadlock(
                f"the pipeline {self.name!r} ({self.capacity}) waits for itself: the runs that are"
                f" under way wait for this one, which can only begin when one of them has ended"
            )

    def _make_room(self) -> None:
        """Drop one that waits, or raise."""
        overflow = self.capacity.overflow
        if overflow == "fail":
            self.refused += 1
            raise PipelineFull(
                f"the pipeline {self.name!r} is full: {len(self.under_way)} batons are under way"
                f" and {len(self.waiting)} wait ({self.capacity})"
            )
        self._drops.begin(self.dropped)
        self.dropped += 1
        if overflow == "drop-newest":
            raise self._drop()
        oldest, _ = self.waiting.popitem(last=False)
        oldest.dropped = self._drop()
        oldest.tell()

    def _drop(self) -> BatonDropped:
        return BatonDropped(
            f"the baton was dropped: the pipeline {self.name!r} is full ({self.capacity})"
        )


class _Drops:
    """Tells the log of batons that are dropped: two lines for as many as there are in a row."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.are_going_on = False
        self._since = 0
        self._seen = -1

    def begin(self, dropped: int) -> None:
        """One more is about to be dropped, after so many in all."""
        if not self.are_going_on:
            self.are_going_on, self._since, self._seen = True, dropped, -1
            logger.warning("the pipeline %r is full: batons are dropped from now on", self._name)

    def over(self, dropped: int) -> None:
        """A turn has ended, and nobody waits. It is over if none was dropped during that turn."""
        if self._seen == dropped:
            count = dropped - self._since
            logger.warning("the pipeline %r has room again: %d dropped", self._name, count)
            self.are_going_on = False
        self._seen = dropped


class Turn:
    """One run: it waits for its turn, has it, and ends."""

    __slots__ = ("_future", "_running", "_waits", "above", "baton", "below", "dropped", "gate")

    def __init__(self, gate: Gate, baton: Any) -> None:
        self.gate = gate
        self.baton = baton
        # The turn under way of which this one came; and at which gates how many wait that came of
        # this one.
        here = _turn.get()
        self.above = here if here is None else _live(here)
        self.below: dict[Gate, int] = {}
        self._waits = False
        self.dropped: BatonDropped | None = None
        self._future: asyncio.Future[None] | None = None
        self._running: Running | None = None

    @property
    def is_under_way(self) -> bool:
        return self in self.gate.under_way

    def begin(self) -> Running:
        """The first steps of the run."""
        above = _turn.get()
        _turn.set(self)
        try:
            self._running = self.gate.begin(self.baton)
            return self._running
        finally:
            _turn.set(above)

    async def awaited(self) -> list[Any]:
        """The whole run, when it is its turn."""
        if self in self.gate.waiting:
            self._future = asyncio.get_running_loop().create_future()
            await self._future
        if self.dropped is not None:
            raise self.dropped
        running = self.begin()
        return running if isinstance(running, list) else await self.rest(running)

    async def rest(self, running: Any) -> list[Any]:
        """What is left of the run, after its first steps."""
        above = _turn.get()
        _turn.set(self)
        try:
            results: list[Any] = await running
            return results
        finally:
            _turn.set(above)

    def wait(self) -> None:
        """Let all of which it came know that they wait for it."""
        self._waits = True
        above, gate = self.above, self.gate
        while above is not None:
            above.below[gate] = above.below.get(gate, 0) + 1
            above = above.above

    def tell(self) -> None:
        """It waits no longer."""
        self._wait_no_longer()
        if self._future is not None and not self._future.done():
            self._future.set_result(None)

    def end(self, how: BaseException | None = None) -> None:
        """It is over, in whatever way."""
        del how
        if self._running is not None and not isinstance(self._running, list):
            self._running.close()  # it may never have been begun
        self._wait_no_longer()
        self.gate.leave(self)

    def _wait_no_longer(self) -> None:
        if not self._waits:
            return
        self._waits = False
        above, gate = self.above, self.gate
        while above is not None:
            above.below[gate] -= 1
            if not above.below[gate]:
                del above.below[gate]
            above = above.above


# The turn that the caller is in.
_turn: ContextVar[Turn | None] = ContextVar("turn", default=None)


def _live(turn: Turn | None) -> Turn | None:
    """The nearest that is under way still: a task may outlive the run in which it was made.

    Those that have ended are taken out of the chain, which would become longer and longer.
    """
    while turn is not None and not turn.is_under_way:
        turn = turn.above
    if turn is not None:
        turn.above = _live(turn.above)
    return turn
