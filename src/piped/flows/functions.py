"""What a user's function is: whether it yields, and whether it is asynchronous."""

from __future__ import annotations

import inspect
from functools import partial
from typing import Any

__all__ = ["bare", "is_asynchronous", "is_generator", "yields_later"]


def bare(function: Any) -> Any:
    """The function behind partials, and behind an object that can be called."""
    while isinstance(function, partial):
        function = function.func
    if inspect.isroutine(function) or isinstance(function, type):
        return function
    return getattr(function, "__call__", function)  # noqa: B004 - to look at it


def is_asynchronous(function: Any) -> bool:
    """Whether what it returns is to be awaited, or iterated over asynchronously."""
    return inspect.iscoroutinefunction(bare(function)) or yields_later(function)


def is_generator(function: Any) -> bool:
    """Whether it yields, at once."""
    return inspect.isgeneratorfunction(bare(function))


def yields_later(function: Any) -> bool:
    """Whether it yields, asynchronously."""
    return inspect.isasyncgenfunction(bare(function))
