"""Options that are a `!path`: each baton brings its own value.

The processor keeps the path where it would keep the value. For each baton a shallow copy of the
processor is made, which has the values in their places. What the processor keeps besides its
options is shared by all copies. A processor that looks into the baton by itself, with `get_input`,
names the attributes in `resolves`; they are left as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import Any

from piped.exceptions import UnfitBaton
from piped.paths import BatonPath, get_path

__all__ = ["for_baton", "path_options", "resolved"]

_MISSING = object()


def path_options(processor: Any) -> dict[str, Any]:
    """The attributes of `processor` that are or contain a `!path`, apart from `resolves`."""
    own = getattr(processor, "resolves", ())
    attributes = getattr(processor, "__dict__", {})
    return {name: each for name, each in attributes.items() if name not in own and _has_path(each)}


def for_baton(method: str, processor: Any, options: dict[str, Any]) -> Callable[[Any], Any]:
    """That method of `processor`, with `options` taken from the baton it is called with."""

    def call(baton: Any) -> Any:
        its_own = copy(processor)
        for name, value in options.items():
            setattr(its_own, name, resolved(value, baton))
        return getattr(its_own, method)(baton)

    return call


def resolved(value: Any, baton: Any) -> Any:
    """`value` with each `!path` in it replaced by what the baton has there."""
    if isinstance(value, BatonPath):
        found = get_path(baton, value, _MISSING)
        if found is _MISSING:
            raise UnfitBaton(f"the baton has nothing at {str(value)!r}, where an option looks")
        return found
    if type(value) is dict:
        return {key: resolved(each, baton) for key, each in value.items()}
    if type(value) in (list, tuple):
        return type(value)(resolved(each, baton) for each in value)
    return value


def _has_path(value: Any) -> bool:
    if type(value) is dict:
        return any(map(_has_path, value.values()))
    if type(value) in (list, tuple):
        return any(map(_has_path, value))
    return isinstance(value, BatonPath)
