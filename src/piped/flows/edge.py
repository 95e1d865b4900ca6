"""What may be joined: the type of what a fount gives, and of what a drain takes."""

from __future__ import annotations

import types
import typing
from collections.abc import Callable
from functools import partial
from typing import Any, Union

from piped.exceptions import UnfitEdge

__all__ = ["check_edge", "signature_of"]

_UNIONS = (Union, types.UnionType)


def check_edge(fount: Any, drain: Any) -> None:
    """Raise `UnfitEdge` if no item of `fount` could ever be one for `drain`."""
    given, taken = fount.output, drain.input
    if not fits(given, taken):
        raise UnfitEdge(
            f"{fount!r} gives {said(given)}, and {drain!r} takes {said(taken)}",
            hint="Put a tube between the two that makes the one of the other.",
        )


def fits(given: Any, taken: Any) -> bool:
    """Whether something of the one type may be of the other. What is not known fits."""
    if given is Any or taken is Any or given == taken:
        return True
    if typing.get_origin(given) in _UNIONS:
        return any(fits(each, taken) for each in typing.get_args(given))
    if typing.get_origin(taken) in _UNIONS:
        return any(fits(given, each) for each in typing.get_args(taken))
    one, other = typing.get_origin(given) or given, typing.get_origin(taken) or taken
    if not isinstance(one, type) or not isinstance(other, type):
        return True
    # A fount of a base class may give what the drain takes.
    return issubclass(one, other) or issubclass(other, one) or {one, other} == {int, float}


def said(hint: Any) -> str:
    """A type, as people write it."""
    return hint.__name__ if isinstance(hint, type) else str(hint).replace("typing.", "")


def signature_of(function: Callable[..., Any]) -> tuple[Any, Any]:
    """What a function of one argument takes and returns, `Any` where it does not say."""
    while isinstance(function, partial):
        function = function.func
    target = function if isinstance(function, _PLAIN) else getattr(function, "__call__", function)  # noqa: B004 - its annotations
    try:
        hints = typing.get_type_hints(target)
    except Exception:  # noqa: BLE001 - a name that is known to type checkers only
        return Any, Any
    returned = hints.pop("return", Any)
    return next(iter(hints.values()), Any), returned


_PLAIN = (types.FunctionType, types.MethodType, type)
