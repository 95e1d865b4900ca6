"""No faster than so many items in so much time."""

from __future__ import annotations

from collections import deque

from piped.flows.holding import Holding, Pair
from piped.flows.tube import Tube

__all__ = ["Rate", "rate"]

_BRIEF = 1e-6  # seconds: as much as two readings of a clock may be rounded apart


class Rate(Holding):
    """Holds items back, so that no interval of `per` seconds sees more than `items` of them."""

    def __init__(self, items: int, per: float) -> None:
        super().__init__()
        if items < 1 or per <= 0:
            raise ValueError("a rate is at least one item, in more than no time")
        self._items = items
        self._per = per
        self._past: deque[tuple[float, int]] = deque()  # when how many went on, of late
        self._recent = 0

    def taken(self) -> list[Pair]:
        if not self._held:
            return []
        now = self.clock.monotonic()
        self._forget(now)
        pairs = [
            self._held.popleft() for _ in range(min(len(self._held), self._items - self._recent))
        ]
        if pairs:
            self._past.append((now, len(pairs)))
            self._recent += len(pairs)
        else:
            self.wake_in(self._past[0][0] + self._per - now)
        return pairs

    def _forget(self, now: float) -> None:
        while self._past and self._past[0][0] + self._per <= now + _BRIEF:
            self._recent -= self._past.popleft()[1]


def rate(items: int, per: float = 1) -> Tube:
    """At most so many items in any `per` seconds; those in front wait.

    They may go all at once: `rate(1, per=0.01)` has them go one by one.
    """
    Rate(items, per)  # it says what is wrong
    return Tube(lambda: Rate(items, per), f"rate({items}, per={per:g})")
