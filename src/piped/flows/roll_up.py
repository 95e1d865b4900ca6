"""The items of an interval, folded to one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from piped.flows.holding import Gathering
from piped.flows.receipt import Answer, Receipt, joint
from piped.flows.tube import Tube

__all__ = ["Folding", "roll_up"]

_NOTHING: Any = object()


class Folding(Gathering):
    """Folds the items of each interval, which begins with an item; of each key apart."""

    def __init__(
        self,
        within: float,
        fold: Callable[[Any, Any], Any],
        start: Callable[[], Any] | None,
        key: Callable[[Any], Any] | None,
        items: int,
    ) -> None:
        super().__init__()
        if within <= 0 or items < 1:
            raise ValueError("an interval is longer than nothing, and has one item at least")
        self._within = within
        self._fold = fold
        self._start = start
        self._key = key
        self._items = items
        self._folded: dict[Any, Any] = {}
        self._receipts: dict[Any, list[Receipt]] = {}
        self._count = 0

    @property
    def waiting(self) -> int:
        return super().waiting + self._count

    def gather(self, item: Any, receipt: Receipt | None) -> None:
        key = None if self._key is None else self._key(item)
        so_far = self._folded.get(key, _NOTHING)
        if so_far is not _NOTHING:
            item = self._fold(so_far, item)
        elif self._start is not None:
            item = self._fold(self._start(), item)
        self._folded[key] = item
        if receipt is not None:
            self._receipts.setdefault(key, []).append(receipt)
        self._count += 1
        if self._count >= self._items:
            self.flush()
        else:
            self.wake_in(self._within)

    def flush(self) -> None:
        folded, self._folded = self._folded, {}
        receipts, self._receipts = self._receipts, {}
        self._count = 0
        self.wake_no_more()
        for key, made in folded.items():
            item = made if self._key is None else (key, made)
            self._held.append((item, joint(receipts.get(key))))

    def refuse(self, answer: Answer) -> None:
        self.flush()
        super().refuse(answer)


def roll_up(
    within: float,
    fold: Callable[[Any, Any], Any],
    *,
    start: Callable[[], Any] | None = None,
    key: Callable[[Any], Any] | None = None,
    items: int = 10_000,
) -> Tube:
    """One item for those of `within` seconds: `fold(so_far, item)`, beginning with the first item,
    or with what `start` makes. With a `key`, one for each, as (key, folded).

    When so many `items` were folded, what there is goes on early. It is answered for all of them.
    """
    Folding(within, fold, start, key, items)  # it says what is wrong
    return Tube(lambda: Folding(within, fold, start, key, items), "roll_up")
