"""Waiting for drivers, and no longer than one is willing to."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

__all__ = ["LAST_SECONDS", "given_up", "in_time", "said"]

T = TypeVar("T")

_OWN_SECONDS = 0.1  # that a driver has to see that it was cut, before it is cancelled
LAST_SECONDS = 2.0  # that a connection has to end when nobody waits for it any more


async def in_time(awaitable: Awaitable[T], seconds: float, sever: Callable[[], object]) -> T:
    """What comes of `awaitable`, or a TimeoutError; what takes too long is cut by `sever`.

    To be cancelled is not enough for all drivers: some ask the server to stop, and wait for that.
    """
    task = asyncio.ensure_future(awaitable)
    try:
        await asyncio.wait({task}, timeout=seconds)
        if not task.done():
            raise TimeoutError(f"no answer within {seconds:g} s")
        return task.result()
    finally:
        if not task.done():
            sever()
            await given_up(task, _OWN_SECONDS)


async def given_up(task: asyncio.Future[Any], seconds: float) -> None:
    """Let `task` end, in so long by itself; what does not end in time is left."""
    # Whoever waits here may be cancelled.
    task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
    try:
        await asyncio.wait({task}, timeout=seconds)
    finally:
        task.cancel()
    await asyncio.wait({task}, timeout=LAST_SECONDS)


def said(error: BaseException) -> str:
    """What is wrong, on one line, without what SQLAlchemy says around it."""
    cause = getattr(error, "orig", None) or error
    message = " ".join(str(getattr(cause, "msg", cause)).split())
    return f"{type(cause).__name__}: {message}".rstrip(": ")
