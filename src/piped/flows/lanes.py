"""Who may begin: items of one key one after the other, in their order; others at once.

Of those that may begin, the one that came first does. So nobody whose turn is first waits for those
that have passed, which wait for that turn.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterator
from heapq import heappop, heappush
from typing import Any

__all__ = ["FREE", "Lanes"]

FREE: Any = object()  # the key of those that wait for nobody


class Lanes:
    """What waits for its turn. Of each key one is under way at most."""

    def __init__(self) -> None:
        self._ready: list[tuple[int, Hashable, Any]] = []  # a heap
        # Of keys of which one is ready, or under way: those behind.
        self._lanes: dict[Hashable, deque[tuple[int, Any]]] = {}
        self._came = 0
        self._behind = 0

    def __len__(self) -> int:
        return len(self._ready) + self._behind

    @property
    def ready(self) -> int:
        """How many may begin now."""
        return len(self._ready)

    def add(self, key: Hashable, entry: Any) -> None:
        """Have one more wait."""
        self._came += 1
        lane = None if key is FREE else self._lanes.get(key)
        if lane is not None:
            lane.append((self._came, entry))
            self._behind += 1
            return
        if key is not FREE:
            self._lanes[key] = deque()
        heappush(self._ready, (self._came, key, entry))

    def begin(self) -> tuple[Hashable, Any]:
        """The next that may begin, and its key."""
        _, key, entry = heappop(self._ready)
        return key, entry

    def ended(self, key: Hashable) -> None:
        """The one of that key is not under way any more."""
        if key is FREE:
            return
        lane = self._lanes[key]
        if lane:
            self._behind -= 1
            came, entry = lane.popleft()
            heappush(self._ready, (came, key, entry))
        else:
            del self._lanes[key]

    def cleared(self) -> Iterator[Any]:
        """All that wait, which do so no longer."""
        while self._ready:
            key, entry = self.begin()
            yield entry
            self.ended(key)
        for lane in self._lanes.values():  # of those that are under way
            self._behind -= len(lane)
            yield from (entry for _, entry in lane)
            lane.clear()
