"""What can be iterated over, in many ways."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator


def numbers(up_to: int = 3) -> Iterator[int]:
    yield from range(up_to)


async def numbers_later(up_to: int = 3) -> AsyncIterator[int]:
    for number in range(up_to):
        await asyncio.sleep(0)
        yield number


async def a_list() -> list[int]:
    await asyncio.sleep(0)
    return [0, 1, 2]


def breaking() -> Iterator[int]:
    yield 0
    yield 1
    raise ValueError("no more")


async def breaking_later() -> AsyncIterator[int]:
    yield 0
    yield 1
    raise ValueError("no more")


ENDLESS: list[str] = []


def endless() -> Iterator[int]:
    try:
        while True:
            yield 1
    finally:
        ENDLESS.append("closed")


SOME = (0, 1, 2)
