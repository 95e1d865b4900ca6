"""What a step has returned: a baton, something that comes later, or a failure."""

from __future__ import annotations

import sys
from types import CoroutineType, GeneratorType
from typing import Any

from piped.interop import is_later

__all__ = ["ORDINARY", "raise_failure_in", "waits"]

# Types of which every value is a baton, found by one look into a set. It is filled by `waits`.
ORDINARY: set[type] = set()
# Types of which every value comes later.
_LATER: set[type] = {CoroutineType}


def waits(output: Any) -> bool:
    """Whether `output` has to be waited for. A Twisted `Failure` is as good as raised."""
    kind = type(output)
    if kind in _LATER:
        return True
    raise_failure_in(output)
    later = is_later(output)
    # Whether a generator comes later depends on what made it.
    if kind is not GeneratorType and _lasts(kind):
        (_LATER if later else ORDINARY).add(kind)
    return later


def raise_failure_in(output: Any) -> None:
    """Raise the exception of which `output` is the Twisted `Failure`, if it is one."""
    # Nobody has one who has not imported it.
    module = sys.modules.get("twisted.python.failure")
    if module is not None and isinstance(output, module.Failure):
        output.raiseException()


def _lasts(kind: type) -> bool:
    # A class that was made for one run is not to be kept.
    return getattr(sys.modules.get(kind.__module__), kind.__name__, None) is kind
