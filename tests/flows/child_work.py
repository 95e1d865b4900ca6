"""What child processes of tests do."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

from piped.flows import batch, parallel, series


def negated(number: int) -> int:
    return -number


def met(work: tuple[int, str]) -> int:
    """Waits until another process is at work, too."""
    number, folder = work
    (Path(folder) / str(os.getpid())).touch()
    while len(list(Path(folder).iterdir())) < 2:
        time.sleep(0.005)
    return number


def digits(number: int) -> Iterator[int]:
    yield from map(int, str(number))


async def later(number: int) -> int:
    await asyncio.sleep(0)
    return number + 1


async def counted(number: int) -> AsyncIterator[int]:
    for each in range(number):
        yield each


def failing(number: int) -> int:
    if number % 2:
        raise ValueError(number)
    return number


class Strange(Exception):
    def __init__(self, one: int, other: int) -> None:
        super().__init__("strange")


def strangely_failing(number: int) -> int:
    raise Strange(number, number)


def unsendable(number: int) -> Any:
    return lambda: number


def dying(work: tuple[int, str]) -> int:
    """Dies with each odd number, unless it was there before."""
    number, folder = work
    mark = Path(folder) / str(number)
    if number % 2 and not mark.exists():
        mark.touch()
        os._exit(3)
    return number


def deadly(number: int) -> int:
    if number == 3:
        os._exit(3)
    return number


def dying_later(work: tuple[int, str]) -> int:
    """Dies with the second number, once, when it is told to."""
    number, path = work
    if number == 2 and not Path(path + ".died").exists():
        waiting(path)
        Path(path + ".died").touch()
        os._exit(3)
    return number


def waiting(path: str) -> str:
    while not Path(path).exists():
        time.sleep(0.005)
    return path


lists = series(later, batch(3))
hundreds = series(later, batch(100))
both = parallel(negated, digits)


class Summed:
    def __init__(self) -> None:
        self._sum = 0
        self.holding = True

    def received(self, number: int) -> Iterator[int]:
        self._sum += number
        return iter(())

    def stopped(self, reason: object) -> Iterator[int]:
        yield self._sum
