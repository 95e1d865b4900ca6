"""How long to wait before trying again."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

__all__ = ["Backoff"]


class Backoff:
    """Delays that grow with each failure, up to a limit, and begin anew after a success.

    Each is shortened by chance, by up to a fifth: those who lost the same server do not all come
    back in the same moment.
    """

    def __init__(
        self,
        first: float,
        longest: float,
        factor: float = math.e,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.attempts = 0
        self._first = first
        self._longest = longest
        self._factor = factor
        self._chance = chance

    def next(self) -> float:
        """The delay before the next attempt."""
        # The power of a large number of attempts is no number any more.
        grown = self._first * self._factor ** min(self.attempts, 64)
        self.attempts += 1
        return min(grown, self._longest) * (1 - self._chance() / 5)

    def reset(self) -> None:
        """Begin anew."""
        self.attempts = 0
