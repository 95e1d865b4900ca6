"""Work on items of a few keys, which knows how many were under way at once."""

from __future__ import annotations

import asyncio
from collections import Counter

__all__ = ["Lanes", "work"]


class Lanes:
    """Takes its time for a number, and knows how many with the same rest were under way."""

    def __init__(self) -> None:
        self.under_way: Counter[int] = Counter()
        self.most: Counter[int] = Counter()
        self.beside = 0

    async def __call__(self, number: int) -> int:
        key = number % 3
        self.under_way[key] += 1
        self.most[key] = max(self.most[key], self.under_way[key])
        self.beside = max(self.beside, self.under_way.total())
        await asyncio.sleep(0)
        self.under_way[key] -= 1
        return number


work = Lanes()
