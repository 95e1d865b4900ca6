"""What may be joined: the type of what a fount gives, and of what a drain takes."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import AsyncIterable, Awaitable, Callable, Generator, Iterable
from typing import Any, Union

from piped.exceptions import UnfitEdge
from piped.flows.functions import bare

__all__ = ["awaited", "check_edge", "classes_of", "item_of", "said", "signature_of"]

_UNIONS = (Union, types.UnionType)
_NUMBERS = (int, float, complex)  # each of them is taken where one behind it is wanted


def check_edge(fount: Any, drain: Any) -> None:
    """Raise `UnfitEdge` if no item of `fount` could ever be one for `drain`."""
    given, taken = fount.output, drain.input
    if not fits(given, taken):
        raise UnfitEdge(
            f"{_name(fount)} gives {said(given)}, and {_name(drain)} takes {said(taken)}",
            hint="Put a tube between the two that makes the one of the other.",
        )


def fits(given: Any, taken: Any) -> bool:
    """Whether something of the one type may be of the other. What is not known fits."""
    if given is Any or taken is Any or given == taken:
        return True
    return any(_class_fits(one, other) for one in classes_of(given) for other in classes_of(taken))


def classes_of(hint: Any) -> list[Any]:
    """The classes of what a type allows; something else, where that is not known."""
    origin = typing.get_origin(hint)
    if origin in _UNIONS:
        return [one for each in typing.get_args(hint) for one in classes_of(each)]
    if origin is typing.Literal:
        return [type(each) for each in typing.get_args(hint)]
    if origin is typing.Annotated:
        return classes_of(typing.get_args(hint)[0])
    if isinstance(hint, typing.NewType):
        return classes_of(hint.__supertype__)
    if typing.is_typeddict(hint):
        return [dict]
    return [origin or hint]


def _class_fits(one: Any, other: Any) -> bool:
    if not isinstance(one, type) or not isinstance(other, type):
        return True
    if inspect.isabstract(one) and inspect.isabstract(other):  # something may well be both
        return True
    if one in _NUMBERS and other in _NUMBERS:
        return True
    try:
        # A fount of a base class may give what the drain takes.
        return issubclass(one, other) or issubclass(other, one)
    except TypeError:  # a protocol that says no more than its names
        return True


def _name(part: Any) -> str:
    return getattr(part, "name", "") or repr(part)


def said(hint: Any) -> str:
    """A type, as people write it."""
    return hint.__name__ if isinstance(hint, type) else str(hint).replace("typing.", "")


def signature_of(function: Callable[..., Any]) -> tuple[Any, Any]:
    """What a function of one argument takes and returns, `Any` where it does not say."""
    target = bare(function)
    try:
        first = next(iter(inspect.signature(function).parameters), "")
        # mypy: of a class, its own is meant
        init = target.__init__ if isinstance(target, type) else target  # type: ignore[misc]
        hints = typing.get_type_hints(init)
    except Exception:  # noqa: BLE001 - a name that is known to type checkers only, a builtin
        return Any, target if isinstance(target, type) else Any
    made = target if isinstance(target, type) else hints.get("return", Any)
    return hints.get(first, Any), made


def item_of(hint: Any) -> Any:
    """What is yielded by what returns `Iterator[bytes]`."""
    origin = typing.get_origin(hint)
    if isinstance(origin, type) and issubclass(origin, Iterable | AsyncIterable):
        return next(iter(typing.get_args(hint)), Any)
    return Any


def awaited(hint: Any) -> Any:
    """What comes of what returns `Awaitable[int]`, or a generator of `inlineCallbacks`."""
    origin = typing.get_origin(hint) or hint
    if not isinstance(origin, type):
        return hint
    if issubclass(origin, Generator | Awaitable) or origin.__name__ == "Deferred":
        return next(reversed(typing.get_args(hint)), Any)
    return hint
