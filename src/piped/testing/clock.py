"""A clock whose time passes only when it is told to."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any, TypeVar

__all__ = ["ManualClock"]

T = TypeVar("T")

_REAL_TIME = 0.001  # seconds


@dataclass(order=True)
class _Call:
    at: float
    turn: int
    function: Callable[..., object] = field(compare=False)
    args: tuple[Any, ...] = field(compare=False)
    cancelled: bool = field(default=False, compare=False)

    def cancel(self) -> None:
        self.cancelled = True


class ManualClock:
    """A `Clock` for tests. `await clock.advance(3)` makes three seconds pass.

    Between two calls that fall due, everything that is ready on the event loop is given its turn.
    """

    def __init__(self, start: float = 1_700_000_000.0) -> None:
        self._now = start
        self._start = start
        self._calls: list[_Call] = []
        self._turns = count()

    def time(self) -> float:
        return self._now

    def monotonic(self) -> float:
        return self._now - self._start

    def call_later(self, delay: float, function: Callable[..., object], *args: Any) -> _Call:
        call = _Call(self._now + max(delay, 0), next(self._turns), function, args)
        heapq.heappush(self._calls, call)
        return call

    async def sleep(self, delay: float) -> None:
        if delay <= 0:
            await asyncio.sleep(0)
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def wake() -> None:
            if not woken.done():
                woken.set_result(None)

        call = self.call_later(delay, wake)
        try:
            await woken
        finally:
            call.cancel()

    @property
    def waiting(self) -> int:
        """How many calls are still to come."""
        return sum(not call.cancelled for call in self._calls)

    async def advance(self, seconds: float) -> None:
        """Let time pass, making each call that falls due at its own time."""
        end = self._now + seconds
        await self.settle()
        while self._calls and self._calls[0].at <= end:
            call = heapq.heappop(self._calls)
            if not call.cancelled:
                self._now = max(self._now, call.at)
                call.function(*call.args)
                await self.settle()
        self._now = end

    async def passing(self, awaitable: Awaitable[T]) -> T:
        """What comes of `awaitable`. Time passes while it waits, from one call to the next."""
        task = asyncio.ensure_future(awaitable)
        try:
            while not task.done():
                await self.settle()
                if not task.done():
                    # What no clock can hurry: a thread, a socket.
                    await asyncio.wait({task}, timeout=_REAL_TIME)
                if not task.done() and self._calls:
                    await self.advance(max(self._calls[0].at - self._now, 0))
        finally:
            if task.cancel():
                await asyncio.wait({task})  # it may have to clean up
        return task.result()

    async def settle(self, turns: int = 20) -> None:
        """Give whatever is ready on the event loop its turn."""
        for _ in range(turns):
            await asyncio.sleep(0)
