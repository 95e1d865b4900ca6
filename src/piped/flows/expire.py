"""A buffer in which items grow too old.

The age of an item is how long it has waited here, by a clock that never goes back; or, with
`since`, how long ago it came about by its own account, by the clock on the wall. An item goes no
sooner than those in front of it: of items that came about in another order, one that is too old is
dropped when its turn comes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from piped.flows.buffer import Bounds, Buffer, Overflow
from piped.flows.holding import MOST, Holding, Pair
from piped.flows.tube import Tube

if TYPE_CHECKING:
    from piped.flows.batch import Batch

__all__ = ["Expiring", "expire"]

_BRIEF = 1e-6  # seconds: as much as two readings of a clock may be rounded apart


class Expiring(Buffer):
    """Drops what has waited too long, and answers that it did."""

    def __init__(self, after: float, since: Callable[[Any], float] | None, bounds: Bounds) -> None:
        super().__init__(bounds)
        self._after = after
        self._since = since
        self._is_measuring = True

    def measured(self, item: Any) -> tuple[int, float]:
        since = self._since
        return super().measured(item)[0], self._now() if since is None else since(item)

    def receive(self, batch: Batch) -> None:
        if self._since is None:
            super().receive(batch)
        else:  # an item may come too late
            Holding.receive(self, batch)

    def let_go(self) -> None:
        super().let_go()
        self._wait()

    def taken(self) -> list[Pair]:
        pairs: list[Pair] = []
        while self._held and len(pairs) < MOST:
            is_old = self._left() <= _BRIEF
            pair = self.pulled()
            if is_old:
                self.give_up(pair[1], f"it is older than {self._after:g} s")
            else:
                pairs.append(pair)
        return pairs

    def on_time(self) -> None:
        while self._held and self._left() <= _BRIEF:
            self.give_up(self.pulled()[1], f"it is older than {self._after:g} s")

    def _now(self) -> float:
        return self.clock.monotonic() if self._since is None else self.clock.time()

    def _left(self) -> float:
        """How long the first of all may still wait."""
        return self._marks[0][1] + self._after - self._now()

    def _wait(self) -> None:
        if self._held:
            self.wake_in(self._left())


def expire(
    after: float,
    *,
    since: Callable[[Any], float] | None = None,
    items: int | None = None,
    size: int | None = None,
    overflow: Overflow = "wait",
    weigh: Callable[[Any], int] = len,
) -> Tube:
    """A `buffer` that drops what has waited for `after` seconds.

    With `since` the age of an item counts from the time that it gives, in seconds since 1970.
    """
    bounds = Bounds(items, size, overflow, weigh)
    return Tube(lambda: Expiring(after, since, bounds), "expire")
