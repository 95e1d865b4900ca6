"""What is known of a step without running it: marks on the methods of its processor.

A method that overrides a marked one has no mark of its own, so what is known of a class is not
taken to be true of what derives from it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from piped.processing.emitting import emits

__all__ = [
    "UNKNOWN",
    "Traits",
    "always_fails",
    "is_marked",
    "never_fails",
    "traits_of",
    "without_effect",
]

F = TypeVar("F", bound=Callable[..., Any])


def never_fails(method: F) -> F:
    """Mark a `process` that raises nothing, whatever the baton."""
    method.never_fails = True  # type: ignore[attr-defined]  # a mark on a function
    return method


def always_fails(method: F) -> F:
    """Mark a `process` that returns nothing, whatever the baton."""
    method.always_fails = True  # type: ignore[attr-defined]  # a mark on a function
    return method


def without_effect(method: F) -> F:
    """Mark a `process` that gives its baton and does nothing else, or a `process_input` of which
    nothing remains but what it gives.
    """
    method.without_effect = True  # type: ignore[attr-defined]  # a mark on a function
    return method


def is_marked(processor: Any, method: str, mark: str) -> bool:
    return getattr(getattr(type(processor), method, None), mark, False) is True


@dataclass(frozen=True, slots=True)
class Traits:
    """What matters for where batons can go. What is not known may be anything."""

    decides: bool = True
    may_fail: bool = True
    always_fails: bool = False
    has_effect: bool = True


UNKNOWN = Traits()


def traits_of(processor: Any) -> Traits:
    """The traits of a step with that processor; None is one that could not be made."""
    if processor is None:
        return UNKNOWN
    choice = getattr(type(processor), "get_consumers", None)
    chooses = choice is not None and not getattr(choice, "gives_all", False)
    # A generator may give nothing: that is as good as a choice of nobody.
    decides = chooses or emits(processor)
    return Traits(
        decides,
        decides or not is_marked(processor, "process", "never_fails"),
        is_marked(processor, "process", "always_fails"),
        not is_marked(processor, "process", "without_effect"),
    )
