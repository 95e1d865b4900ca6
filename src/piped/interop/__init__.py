"""Await anything; Twisted's reactor on asyncio's loop.

What brings Twisted with it is imported when it is first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from piped.interop.cancelling import check_cancelled, is_cancelled
from piped.interop.drive import drive, task_factory
from piped.interop.settle import is_later, settled

if TYPE_CHECKING:
    from piped.interop.deferred_dict import DeferredDict, FirstFailure
    from piped.interop.outcome import Outcome, outcome_of

__all__ = [
    "DeferredDict",
    "FirstFailure",
    "Outcome",
    "check_cancelled",
    "drive",
    "is_cancelled",
    "is_later",
    "outcome_of",
    "settled",
    "task_factory",
]

_LATER = {
    "DeferredDict": "deferred_dict",
    "FirstFailure": "deferred_dict",
    "Outcome": "outcome",
    "outcome_of": "outcome",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
