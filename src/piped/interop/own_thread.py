"""Calls that may block for ever, as reading from a terminal does.

A thread of the pool would be waited for when the process ends; one of its own is left behind.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

__all__ = ["in_own_thread"]

T = TypeVar("T")


def in_own_thread(function: Callable[..., T], *args: object) -> asyncio.Future[T]:
    """Call a function in a thread that does not keep the process. Whoever waits may give it up."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def told(result: T) -> None:
        if not future.done():
            future.set_result(result)

    def failed(failure: Exception) -> None:
        if not future.done():
            future.set_exception(failure)

    def work() -> None:
        with suppress(RuntimeError):  # the loop is closed: the process has stopped
            try:
                result = function(*args)
            except Exception as failure:  # noqa: BLE001 - whoever waits is told
                loop.call_soon_threadsafe(failed, failure)
            else:
                loop.call_soon_threadsafe(told, result)

    threading.Thread(target=work, daemon=True, name=function.__name__).start()
    return future
