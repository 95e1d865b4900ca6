"""Await anything; Twisted's reactor on asyncio's loop.

`Outcome` and `outcome_of` bring Twisted with them, and are imported when first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from piped.interop.drive import drive, task_factory
from piped.interop.settle import is_later, settled

if TYPE_CHECKING:
    from piped.interop.outcome import Outcome, outcome_of

__all__ = ["Outcome", "drive", "is_later", "outcome_of", "settled", "task_factory"]


def __getattr__(name: str) -> Any:
    if name not in {"Outcome", "outcome_of"}:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from piped.interop import outcome

    return getattr(outcome, name)
