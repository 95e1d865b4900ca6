"""Whatever was returned, wait for it."""

from __future__ import annotations

import inspect
from asyncio import Future, Task
from collections.abc import Awaitable, Coroutine
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from types import CoroutineType, GeneratorType, NoneType
from typing import Any

from piped.interop.drive import Begun

__all__ = ["is_later", "settled"]

# What most functions return: never anything to wait for, and found by one look into a set.
_PLAIN: frozenset[type] = frozenset(
    {NoneType, bool, int, float, complex, str, bytes, bytearray}
    | {list, dict, tuple, set, frozenset, Decimal, date, datetime, time, timedelta}
)


def is_later(value: Any) -> bool:
    """Whether `value` comes later: a coroutine, Deferred, Future, outcome, or any awaitable."""
    kind = type(value)
    if kind in _PLAIN:
        return False
    return hasattr(kind, "__await__") or (kind is GeneratorType and _is_coroutine(value))


def _is_coroutine(generator: GeneratorType[Any, Any, Any]) -> bool:
    """Whether a generator was made by a function under `types.coroutine`."""
    return bool(generator.gi_code.co_flags & inspect.CO_ITERABLE_COROUTINE)


async def settled(value: Any) -> Any:
    """`value`, or what it comes to. Good in every asyncio task."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is Future or kind is Task:
        return await value
    if kind is not CoroutineType:
        if not is_later(value):
            return value
        value = _awaiting(value)
    elif value.cr_suspended:
        # Python says so of an `await` alone, and to send is to wake it up too early.
        raise RuntimeError("coroutine is being awaited already")
    # Most coroutines end without having to wait, and need nothing between them and the driver.
    try:
        yielded = value.send(None)
    except StopIteration as ended:
        return ended.value
    return await Begun(value, yielded)


async def _awaiting(value: Awaitable[Any]) -> Any:
    return await value


def coroutine_of(value: Awaitable[Any]) -> Coroutine[Any, Any, Any]:
    """A coroutine that waits for `value`; `value` itself if it is one."""
    return value if type(value) is CoroutineType else _awaiting(value)
