"""Which of its consumers a processor gives its baton to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from piped.exceptions import PipedError
from piped.processing.dynamic import for_baton
from piped.processing.plan import Choice

__all__ = ["choice_of", "gives_all"]

F = TypeVar("F", bound=Callable[..., Any])


def gives_all(method: F) -> F:
    """Mark a `get_consumers` that always gives all of them, and so need not be asked."""
    method.gives_all = True  # type: ignore[attr-defined]  # a mark on a function
    return method


def choice_of(
    processor: Any, method: str, options: dict[str, Any], processors: Sequence[Any]
) -> Choice | None:
    """The choice that `processor` makes by `method`, in indices; None if it gives all."""
    function = getattr(type(processor), method, None)
    if function is None or getattr(function, "gives_all", False):
        return None
    ask = for_baton(method, processor, options) if options else getattr(processor, method)
    # Processors may be equal to one another, so they are told apart by what they are.
    indices = {id(each): at for at, each in enumerate(processors)}

    def choose(baton: Any) -> list[int]:
        return [_index(each, indices) for each in ask(baton)]

    return choose


def _index(processor: Any, indices: dict[int, int]) -> int:
    at = indices.get(id(processor))
    if at is None:
        raise PipedError(
            f"a step gave its baton to {processor!r}, which is no step of its pipeline"
        )
    return at
