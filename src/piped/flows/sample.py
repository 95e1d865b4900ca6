"""Some of many items; the others are dropped as declared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from piped.exceptions import ItemDropped
from piped.flows.batch import batch_of
from piped.flows.holding import Holding, Pair
from piped.flows.reason import Reason
from piped.flows.receipt import Receipt, dropped
from piped.flows.stage import Stage
from piped.flows.tube import Tube

if TYPE_CHECKING:
    from piped.flows.batch import Batch

__all__ = ["Newest", "OneIn", "sample"]


class Newest(Holding):
    """Hands on the newest item of each interval, and never holds back what flows in.

    An interval begins with an item. While the drain is paused there are only newer items.
    """

    def __init__(self, every: float) -> None:
        super().__init__()
        if every <= 0:
            raise ValueError("an interval is longer than nothing")
        self._every = every
        self._is_due = False
        self.dropped = 0

    @property
    def is_full(self) -> bool:
        return False

    def keep(self, batch: Batch) -> None:
        for pair in batch.pairs():
            if self._held:
                self._drop(self._held.popleft()[1])
            self._held.append(pair)
        if not self._is_due:
            self.wake_in(self._every)

    def taken(self) -> list[Pair]:
        if not self._is_due:
            return []
        self._is_due = False
        return super().taken()

    def on_time(self) -> None:
        self._is_due = True

    def finish(self, reason: Reason) -> None:
        self._is_due = True
        super().finish(reason)

    def _drop(self, receipt: Receipt | None) -> None:
        self.dropped += 1
        if receipt is not None:
            receipt.settle(dropped(ItemDropped(f"{self!r}: there is a newer item")))


class OneIn(Stage):
    """Hands on the first of each `number` items."""

    def __init__(self, number: int) -> None:
        super().__init__()
        if number < 1:
            raise ValueError("one in how many? At least one")
        self._number = number
        self._seen = 0
        self.dropped = 0

    def receive(self, batch: Batch) -> None:
        chosen: list[Pair] = []
        for item, receipt in batch.pairs():
            if self._seen % self._number == 0:
                chosen.append((item, receipt))
            else:
                self.dropped += 1
                if receipt is not None:
                    why = f"{self!r} takes one item in {self._number}"
                    receipt.settle(dropped(ItemDropped(why)))
            self._seen += 1
        if chosen:
            self.emit(batch_of(chosen))


def sample(*, every: float | None = None, one_in: int | None = None) -> Tube:
    """The newest item of each interval of `every` seconds, or `one_in` so many."""
    if every is not None and one_in is None:
        Newest(every)  # it says what is wrong
        return Tube(lambda: Newest(every), f"sample(every={every:g})")
    if one_in is not None and every is None:
        OneIn(one_in)
        return Tube(lambda: OneIn(one_in), f"sample(one_in={one_in})")
    raise TypeError("sample takes either every=seconds or one_in=number")
