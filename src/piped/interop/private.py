"""All that we touch of Twisted that is not offered to us.

Private names go without notice. They are used here and nowhere else, and
`tests/interop/test_private.py` says at once when one is gone.
"""

from __future__ import annotations

from typing import Any
from weakref import ref

from twisted.internet.defer import DebugInfo, Deferred
from twisted.python.failure import Failure

__all__ = ["mark_seen", "next_errback"]


class _Seen(DebugInfo):
    """Reports the failure that a Deferred is left with, unless it is the one somebody has seen."""

    def __init__(self, failure: Failure, known: DebugInfo | None) -> None:
        # A strong reference would keep the frames of a failure that was long handled.
        self._seen = ref(failure)
        self._unseen: Failure | None = None
        if known is not None:
            self.creator, self.invoker = known.creator, known.invoker
            self.failResult, known.failResult = known.failResult, None

    @property
    def failResult(self) -> Failure | None:  # noqa: N802 - Twisted's name
        """What is to be reported. Decided when it is set: later the reference may be dead."""
        return self._unseen

    @failResult.setter
    def failResult(self, failure: Failure | None) -> None:  # noqa: N802 - Twisted's name
        self._unseen = None if failure is self._seen() else failure


def mark_seen(deferred: Deferred[Any], failure: Failure) -> None:
    """Keep Twisted from reporting `failure`, which stays the result of `deferred`, as unhandled."""
    deferred._debugInfo = _Seen(failure, deferred._debugInfo)  # noqa: SLF001 - what this module is for


def next_errback(deferred: Deferred[Any]) -> Any:
    """What `deferred` is going to call next with a failure, if anything."""
    waiting = deferred._callbacks  # noqa: SLF001 - what this module is for
    return waiting[0][1][0] if waiting else None
