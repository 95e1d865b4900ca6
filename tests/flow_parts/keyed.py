"""A bundle with work that takes its time, and knows what of it is under way."""

from __future__ import annotations

import asyncio
from collections import Counter

import piped

Item = tuple[str, int]


class Work:
    """What is under way, until the gate is open."""

    now: Work

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.under_way: list[Item] = []
        self.begun: list[Item] = []
        self.most_of_a_key = 0

    async def __call__(self, item: Item) -> Item:
        self.under_way.append(item)
        self.begun.append(item)
        [(_, most)] = Counter(key for key, _ in self.under_way).most_common(1)
        self.most_of_a_key = max(self.most_of_a_key, most)
        await self.gate.wait()
        await asyncio.sleep(0)
        self.under_way.remove(item)
        return item


async def worked(item: Item) -> Item:
    return await Work.now(item)


@piped.processor("work")
async def work(item: Item) -> Item:
    """Work on a baton."""
    return await Work.now(item)


ITEMS = [("a", 1), ("a", 2), ("b", 1), ("a", 3), ("b", 2)]
