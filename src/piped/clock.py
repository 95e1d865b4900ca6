"""What time it is, and waking up later: in one place, so that tests can be the ones who say."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, Protocol

__all__ = ["Clock", "LoopClock", "Wakeup"]


class Wakeup(Protocol):
    """A call that is to come."""

    def cancel(self) -> None: ...


class Clock(Protocol):
    """The time, and calls at a later time."""

    def time(self) -> float:
        """Seconds since 1970: for people and files."""

    def monotonic(self) -> float:
        """Seconds that never go back: for measuring."""

    def call_later(self, delay: float, function: Callable[..., object], *args: Any) -> Wakeup: ...

    async def sleep(self, delay: float) -> None: ...


class LoopClock:
    """The clock of the running event loop."""

    def time(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()

    def call_later(self, delay: float, function: Callable[..., object], *args: Any) -> Wakeup:
        return asyncio.get_running_loop().call_later(delay, function, *args)

    async def sleep(self, delay: float) -> None:
        await asyncio.sleep(delay)
