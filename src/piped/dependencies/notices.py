"""Telling of changes one after another, however many come while one is told of."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from piped.event import Failures

__all__ = ["Notices"]

# Whom to call, and with what.
Notice = tuple[Callable[..., object], tuple[Any, ...]]


class Notices:
    """A queue of what is still to be told.

    What happens while something is told waits for its turn, so all hear of it in the order in
    which it happened. One who fails does not keep the others from hearing.
    """

    def __init__(self, failures: Failures) -> None:
        self._queue: deque[Iterable[Notice]] = deque()
        self._failures = failures
        self.under_way = False

    def add(self, notices: Iterable[Notice]) -> None:
        self._queue.append(notices)

    def tell(self) -> None:
        """Tell all that is to be told, unless that is being done."""
        if self.under_way:
            return
        self.under_way = True
        try:
            while self._queue:
                for handler, args in self._queue.popleft():
                    self._failures.attempt(handler, *args)
        finally:
            self.under_way = False
