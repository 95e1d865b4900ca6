"""Stages that hold items until they may go on.

1. What comes in is kept. It goes on in order, as soon as it may: while the drain takes it, and
   whatever else the stage waits for has come.
2. While the stage is full, what flows in is held back. A batch that is on its way is kept, too.
3. At the end all that is held goes on before the drain hears of it. Stopped, it is refused.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from piped.clock import Clock, LoopClock, Wakeup
from piped.flows.batch import batch_of
from piped.flows.reason import Reason
from piped.flows.receipt import Answer, Receipt, joint, unfinished
from piped.flows.working import Fallible

if TYPE_CHECKING:
    from piped.flows.batch import Batch

__all__ = ["MOST", "Gathering", "Holding", "Pair", "joint_of"]

MOST = 1000  # items that go on together
Pair = tuple[Any, Receipt | None]


class Holding(Fallible):
    """Derive from it: `keep` a batch; `taken` are the items that go on next, if any may."""

    def __init__(self) -> None:
        super().__init__()
        self.clock: Clock = LoopClock()
        self._held: deque[Pair] = deque()
        self._ending: Reason | None = None
        self._is_letting_go = False
        self._wakeup: Wakeup | None = None

    @property
    def waiting(self) -> int:
        return super().waiting + len(self._held)

    @property
    def is_full(self) -> bool:
        """Whether what flows in is to be held back."""
        return bool(self._held)

    @property
    def is_empty(self) -> bool:
        """Whether it may end."""
        return not self._held

    def keep(self, batch: Batch) -> None:
        """Hold a batch until it may go on."""
        self._held.extend(batch.pairs())

    def taken(self) -> list[Pair]:
        """What goes on next: nothing, if nothing may."""
        held = self._held
        return [held.popleft() for _ in range(min(len(held), MOST))]

    def on_time(self) -> None:
        """The time that was waited for has come."""

    def refuse(self, answer: Answer) -> None:
        """Give back all that is held."""
        while self._held:
            answer_for(self._held.popleft()[1], answer)

    def receive(self, batch: Batch) -> None:
        if self.stopped_by is not None:
            batch.settle(unfinished(self.stopped_by))
            return
        self.keep(batch)
        self.let_go()

    def finish(self, reason: Reason) -> None:
        self._ending = reason
        self.let_go()

    def on_pause(self) -> None:
        """What flows in is held back when this is full, and not before."""

    def on_flow(self) -> None:
        self.let_go()

    def on_stop(self, reason: Reason) -> None:
        self.wake_no_more()
        self.refuse(unfinished(reason))
        super().on_stop(reason)
        self.let_go()  # it may have been about to end

    def end(self, reason: Reason) -> None:
        self.wake_no_more()
        super().end(reason)

    def let_go(self) -> None:
        """Hand on what may go on."""
        if self._is_letting_go:  # who lets go goes on
            return
        self._is_letting_go = True
        try:
            while self.is_flowing and (pairs := self.taken()):
                self.emit(batch_of(pairs))
        finally:
            self._is_letting_go = False
        self._hold_back()
        if self._ending is not None and self.is_empty:
            self.end(self._ending)

    def wake_in(self, seconds: float) -> None:
        """Wait for that time, unless one is waited for."""
        if self._wakeup is None and self.reason is None:
            self._wakeup = self.clock.call_later(max(seconds, 0), self._wake)

    def wake_no_more(self) -> None:
        """Wait for no time any more."""
        if self._wakeup is not None:
            self._wakeup.cancel()
            self._wakeup = None

    def _wake(self) -> None:
        self._wakeup = None
        if self.reason is None:
            self.on_time()
            self.let_go()

    def _hold_back(self) -> None:
        if self._ending is not None or self.fount is None:
            return
        if not self.is_full or self.is_stopped():
            hold, self._hold = self._hold, None
            if hold is not None:
                hold.resume()
        elif self._hold is None:
            self._hold = self.fount.pause()


class Gathering(Holding):
    """Derive from it: `gather` each item, and `flush` what was made of them into `_held`."""

    def gather(self, item: Any, receipt: Receipt | None) -> None:
        """Take in an item."""
        raise NotImplementedError

    def flush(self) -> None:
        """What was gathered is complete: hold it until it may go on."""
        raise NotImplementedError

    def keep(self, batch: Batch) -> None:
        for item, receipt in batch.pairs():
            try:
                self.gather(item, receipt)
            except Exception as failure:  # noqa: BLE001 - of the user's function
                self.fail(failure, receipt)

    def on_time(self) -> None:
        self.flush()

    def finish(self, reason: Reason) -> None:
        self.flush()
        self.wake_no_more()
        super().finish(reason)


def joint_of(pairs: list[Pair]) -> Receipt | None:
    """The receipt of what was made of several items, of which some may have none."""
    return joint([receipt for _, receipt in pairs if receipt is not None])


def answer_for(receipt: Receipt | None, answer: Answer) -> None:
    """Answer for an item, if anybody listens."""
    if receipt is not None:
        receipt.settle(answer)
