"""Items to lists, and lists to items."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from piped.flows.holding import Gathering, Pair, joint_of
from piped.flows.receipt import Answer, Receipt
from piped.flows.tube import Tube
from piped.flows.working import Each

__all__ = ["Lists", "batch", "unbatch"]


class Lists(Gathering):
    """Makes one list of `size` items, or of those that came `within` so many seconds."""

    def __init__(self, size: int, within: float | None) -> None:
        super().__init__()
        if size < 1:
            raise ValueError("a list has one item at least")
        self._size = size
        self._within = within
        self._gathered: list[Pair] = []

    @property
    def waiting(self) -> int:
        return super().waiting + len(self._gathered)

    def gather(self, item: Any, receipt: Receipt | None) -> None:
        self._gathered.append((item, receipt))
        if len(self._gathered) >= self._size:
            self.flush()
        elif self._within is not None:
            self.wake_in(self._within)

    def flush(self) -> None:
        pairs, self._gathered = self._gathered, []
        self.wake_no_more()
        if pairs:
            self._held.append(([item for item, _ in pairs], joint_of(pairs)))

    def refuse(self, answer: Answer) -> None:
        self.flush()
        super().refuse(answer)


def batch(size: int = 100, *, within: float | None = None) -> Tube:
    """Lists of `size` items; of fewer when the first has waited `within` seconds, and at the end.

    A list is answered for all that it has.
    """
    Lists(size, within)  # it says what is wrong
    return Tube(lambda: Lists(size, within), "batch", output=list)


def unbatch() -> Tube:
    """The items of lists, or of whatever else can be iterated over."""
    return Tube(lambda: Each(_items), "unbatch", input=Iterable)


def _items(items: Iterable[Any]) -> Iterable[Any]:
    return items
