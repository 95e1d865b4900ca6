"""What is kept, and for how long.

A failure keeps alive whatever its frames refer to, so there are never many:

1. A failure is kept until it has been idle for the inactive time; it goes when that is looked at.
2. Whoever finds it makes it active again.
3. There are never more than `most`, nor more than `most_alike` of one kind. The one that has
   been idle longest goes first: of its own kind, if that is full; of all, if all is.
4. A kind counts all that was ever kept of it, and is forgotten with the last that is kept.
5. What went is known as gone for a while, so that who comes back to it can be told.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

__all__ = ["Held", "Item", "Store"]

T = TypeVar("T")

_MOST_GONE = 1_000


@dataclass(slots=True)
class Item(Generic[T]):
    """One that is kept."""

    id: str
    kind: Hashable
    value: T
    time: float
    active: float
    number: int  # which of its kind it is


@dataclass(frozen=True, slots=True)
class Held(Generic[T]):
    """All that is kept of one kind, the latest first, and how many there have been."""

    kind: Hashable
    count: int
    items: tuple[Item[T], ...]


class Store(Generic[T]):
    """Keeps values under ids. It is told the time, and asks for nothing."""

    def __init__(self, most: int, most_alike: int, inactive_time: float) -> None:
        self._most = most
        self._most_alike = most_alike
        self._inactive_time = inactive_time
        # The one that has been idle longest first.
        self._items: OrderedDict[str, Item[T]] = OrderedDict()
        self._counts: dict[Hashable, int] = {}
        self._gone: OrderedDict[str, None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._items)

    def __contains__(self, id_: str) -> bool:
        return id_ in self._items

    def keep(self, id_: str, kind: Hashable, value: T, now: float) -> Item[T]:
        """Keep `value`, and let go of what there is no room for any more."""
        assert id_ not in self._items, "every id is used once"
        alike = [each.id for each in self._items.values() if each.kind == kind]
        number = self._counts.get(kind, 0) + 1
        if len(alike) >= self._most_alike:
            self.drop(alike[0])
        elif len(self._items) >= self._most:
            self.drop(next(iter(self._items)))
        self._counts[kind] = number
        item = Item(id_, kind, value, now, now, number)
        self._items[id_] = item
        return item

    def find(self, id_: str, now: float) -> Item[T] | None:
        """The one of that id, which is active by that."""
        item = self._items.get(id_)
        if item is not None:
            item.active = now
            self._items.move_to_end(id_)
        return item

    def is_gone(self, id_: str) -> bool:
        """Whether there was one of that id, not very long ago."""
        return id_ in self._gone

    def drop(self, id_: str) -> bool:
        """Let go of one. Gives whether there was one."""
        item = self._items.pop(id_, None)
        if item is None:
            return False
        self._gone[id_] = None
        if len(self._gone) > _MOST_GONE:
            self._gone.popitem(last=False)
        if all(each.kind != item.kind for each in self._items.values()):
            del self._counts[item.kind]
        return True

    def reap(self, now: float) -> int:
        """Let go of what has been idle for too long. Gives how many that were."""
        idle = [
            each.id for each in self._items.values() if now - each.active >= self._inactive_time
        ]
        return sum(map(self.drop, idle))

    def clear(self) -> None:
        """Let go of everything."""
        for id_ in list(self._items):
            self.drop(id_)

    def kinds(self) -> list[Held[T]]:
        """What is kept, by kind: the kind with the latest failure first."""
        return sorted(self._by_kind(), key=lambda each: each.items[0].time, reverse=True)

    def _by_kind(self) -> Iterator[Held[T]]:
        for kind, count in self._counts.items():
            items = [each for each in self._items.values() if each.kind == kind]
            items.sort(key=lambda each: each.number, reverse=True)
            yield Held(kind, count, tuple(items))
