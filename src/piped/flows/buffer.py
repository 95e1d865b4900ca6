"""Room for items, so that those in front need not wait for those behind.

While the drain takes all, items pass without delay. What waits is bounded by a number of items, by
their size, or by both; what is beyond is declared by `overflow`:

* `wait`: what flows in is held back. A batch that is on its way is kept, too.
* `drop-oldest`, `drop-newest`: what flows in is never held back; that item is answered as dropped.
* `refuse`: an item that there is no room for is refused to its originator.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, get_args

from piped.exceptions import BufferFull, ItemDropped
from piped.flows.holding import MOST, Holding, Pair
from piped.flows.receipt import Answer, Receipt, dropped
from piped.flows.tube import Tube

if TYPE_CHECKING:
    from piped.flows.batch import Batch

__all__ = ["Bounds", "Buffer", "Overflow", "buffer"]

Overflow = Literal["wait", "drop-oldest", "drop-newest", "refuse"]


class Bounds:
    """How much may wait, and what becomes of what is beyond."""

    def __init__(
        self,
        items: int | None = None,
        size: int | None = None,
        overflow: Overflow = "wait",
        weigh: Callable[[Any], int] = len,
    ) -> None:
        if overflow not in get_args(Overflow):
            raise ValueError(f"overflow is one of {', '.join(get_args(Overflow))}, not {overflow}")
        if any(bound is not None and bound < 1 for bound in (items, size)):
            raise ValueError("a buffer has room for one at least")
        self.items = 1000 if items is None and size is None else items
        self.size = size
        self.overflow = overflow
        self.weigh = weigh


class Buffer(Holding):
    """Holds what the drain does not take yet."""

    def __init__(self, bounds: Bounds) -> None:
        super().__init__()
        self.bounds = bounds
        self.dropped = 0
        self.weight = 0  # of what is held, if it is bounded by its size
        self._is_measuring = bounds.size is not None
        self._marks: deque[tuple[int, float]] = deque()  # weight and time of each that is held

    @property
    def is_full(self) -> bool:
        return self.bounds.overflow == "wait" and self.is_beyond(1, 1)

    def measured(self, item: Any) -> tuple[int, float]:
        """The weight of an item, and a time of it, for those who ask for that."""
        return 0 if self.bounds.size is None else self.bounds.weigh(item), 0

    def receive(self, batch: Batch) -> None:
        if self._held or self._is_letting_go or not self.is_flowing:
            super().receive(batch)
            return
        self._is_letting_go = True
        try:
            self.emit(batch)
        finally:
            self._is_letting_go = False
        self.let_go()

    def keep(self, batch: Batch) -> None:
        for pair in batch.pairs():
            try:
                marks = self.measured(pair[0]) if self._is_measuring else (0, 0.0)
            except Exception as failure:  # noqa: BLE001 - of the user's function
                self.fail(failure, pair[1])
            else:
                self.keep_one(pair, marks)

    def taken(self) -> list[Pair]:
        if not self._is_measuring:
            return super().taken()
        return [self.pulled() for _ in range(min(len(self._held), MOST))]

    def refuse(self, answer: Answer) -> None:
        super().refuse(answer)
        self._marks.clear()
        self.weight = 0

    def pulled(self) -> Pair:
        """The item that has waited longest, which is held no longer."""
        if self._is_measuring:
            self.weight -= self._marks.popleft()[0]
        return self._held.popleft()

    def give_up(self, receipt: Receipt | None, why: str) -> None:
        """Drop an item, as it was declared."""
        self.dropped += 1
        if receipt is not None:
            receipt.settle(dropped(ItemDropped(f"{self!r}: {why}")))

    def keep_one(self, pair: Pair, marks: tuple[int, float]) -> None:
        """Hold one item more, or do with it what is declared."""
        overflow = self.bounds.overflow
        if overflow in {"wait", "drop-oldest"} or not self.is_beyond(1, marks[0]):
            self._held.append(pair)
            if self._is_measuring:
                self._marks.append(marks)
                self.weight += marks[0]
            while overflow == "drop-oldest" and self.is_beyond():
                self.give_up(self.pulled()[1], "there was no room for a newer item")
        elif overflow == "drop-newest":
            self.give_up(pair[1], "there was no room")
        else:
            self.fail(BufferFull(f"{self!r}: there was no room"), pair[1])

    def is_beyond(self, items: int = 0, weight: int = 0) -> bool:
        """Whether there is more than there is room for, with so much more."""
        most, size = self.bounds.items, self.bounds.size
        return (most is not None and len(self._held) + items > most) or (
            size is not None and self.weight + weight > size
        )


def buffer(
    items: int | None = None,
    *,
    size: int | None = None,
    overflow: Overflow = "wait",
    weigh: Callable[[Any], int] = len,
) -> Tube:
    """Room for so many items (1000), or for so much of what `weigh` says of each, its length.

    What is beyond waits, is dropped or refused, as `overflow` says.
    """
    bounds = Bounds(items, size, overflow, weigh)
    return Tube(lambda: Buffer(bounds), "buffer")
