"""Lists of items that slide along: the last so many, or those of the last so many seconds.

An item is in each window that it fell into, and is answered when all of them are. At the end, what
was in no window yet goes on in a last, shorter one.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from piped.flows.holding import Gathering, Pair, answer_for, joint_of
from piped.flows.receipt import CONFIRMED, Answer, Receipt
from piped.flows.tube import Tube

__all__ = ["OfItems", "OfTime", "window"]

_BRIEF = 1e-6  # of a whole: what floats are rounded by


class _Window(Gathering):
    """Keeps the items of the windows that are still open."""

    def __init__(self) -> None:
        super().__init__()
        self._recent: deque[Pair] = deque()
        self._new = 0  # items that were in no window yet

    @property
    def waiting(self) -> int:
        return super().waiting + len(self._recent)

    def flush(self) -> None:
        if self._new:
            self.show()
        self.answer_for(len(self._recent))

    def refuse(self, answer: Answer) -> None:
        self.answer_for(len(self._recent), answer)
        self._new = 0
        super().refuse(answer)

    def add(self, item: Any, receipt: Receipt | None) -> None:
        self._recent.append((item, receipt))
        self._new += 1

    def show(self) -> None:
        """Hand on the window as it is."""
        for _, receipt in self._recent:
            if receipt is not None:
                receipt.hold()
        pairs = list(self._recent)
        self._held.append(([item for item, _ in pairs], joint_of(pairs)))
        self._new = 0

    def answer_for(self, items: int, answer: Answer = CONFIRMED) -> None:
        """So many items will be in no further window."""
        for _ in range(items):
            answer_for(self._recent.popleft()[1], answer)


class OfItems(_Window):
    """The last `size` items, each time that there are `step` new ones."""

    def __init__(self, size: int, step: int) -> None:
        super().__init__()
        if not 1 <= step <= size:
            raise ValueError("a window has one item at least, and goes on by some of its items")
        self._size = size
        self._step = step

    def gather(self, item: Any, receipt: Receipt | None) -> None:
        self.add(item, receipt)
        if len(self._recent) == self._size:
            self.show()
            self.answer_for(self._step)


class OfTime(_Window):
    """What came in the last `within` seconds, every `step` seconds, beginning with an item."""

    def __init__(self, within: float, step: float, items: int) -> None:
        super().__init__()
        steps = round(within / step) if step > 0 else 0
        if steps < 1 or abs(steps * step - within) > _BRIEF * within:
            raise ValueError("a window of time has a whole number of steps")
        self._step = step
        self._items = items
        self._steps = steps
        self._came = deque([0])  # how many items came in each step of the window

    @property
    def is_full(self) -> bool:
        return super().is_full or len(self._recent) >= self._items

    def gather(self, item: Any, receipt: Receipt | None) -> None:
        self.add(item, receipt)
        self._came[-1] += 1
        self.wake_in(self._step)

    def on_time(self) -> None:
        self.show()
        if len(self._came) == self._steps:
            self.answer_for(self._came.popleft())
        if self._recent:
            self._came.append(0)
            self.wake_in(self._step)
        else:
            self._came = deque([0])


def window(
    size: int | None = None,
    step: float | None = None,
    *,
    within: float | None = None,
    items: int = 10_000,
) -> Tube:
    """Lists of the last `size` items, or of those that came `within` so many seconds.

    The next follows after `step` items, or seconds; a whole window later, if that is not said. One
    of time has a whole number of steps, and holds back what flows in when it has so many `items`.
    """
    if size is not None and within is None:
        count = size if step is None else int(step)
        OfItems(size, count)  # it says what is wrong
        return Tube(lambda: OfItems(size, count), "window", output=list)
    if within is not None and size is None:
        seconds = within if step is None else step
        OfTime(within, seconds, items)
        return Tube(lambda: OfTime(within, seconds, items), "window", output=list)
    raise TypeError("window takes either a size or within=seconds")
