"""What becomes of a request whose processing failed.

1. It is logged, always.
2. Where nothing was written yet, the client gets a 500: the page of the debugger, if it may see it,
   else a short one that tells no secrets.
3. Where something was written, the connection is closed: half an answer must not look like a whole.
4. Where nobody listens any more, there is only the log.
5. What the client did wrong is told to it, with the code for it, and is a mere note in the log.
6. So is what a pipeline has no room for, be it refused or dropped: a 503, and when to come again.
7. What it needs is not there, or was lost while it ran: that is told in one line, and to the client
   as in 6, unless it may see the page of the debugger.
"""

from __future__ import annotations

import logging
from typing import Any, Protocol

from piped.exceptions import (
    BatonDropped,
    MissingCallback,
    PipelineFull,
    ResourceLost,
    UnfitRequest,
    UnsatisfiedDependencyError,
)
from piped.web.site import answers

__all__ = ["Debugger", "Failures"]

logger = logging.getLogger(__name__)

_BUSY = 503
_COME_AGAIN = b"1"  # in so many seconds


class Debugger(Protocol):
    """Shows failures to those who may see them."""

    def page(self, request: Any, failure: BaseException) -> bytes | None:
        """The page for this client, or None if it may not see it. It keeps the failure, then."""


class Failures:
    """Answers for one place."""

    def __init__(self, place: str, level: int, debugger: Debugger | None = None) -> None:
        self._place = place
        self._level = level
        self._debugger = debugger

    def answer(self, request: Any, failure: BaseException, what: str) -> None:
        """`what` failed, for this request."""
        fault = _fault_in(failure)
        lack = _lack_in(failure)
        if lack is not None:
            self._log(self._level, request, f"{what} {lack}")
        elif fault is None:
            self._log(self._level, request, f"{what} failed", failure)
        else:
            self._log(logging.INFO, request, f"{what} says {fault[0]}: {fault[1]}")
        if answers.is_over(request):
            return
        if request.startedWriting:
            request.loseConnection()
            return
        answers.forget_headers(request)
        shown = self._shown(request, failure) if fault is None else None
        if lack is not None:
            fault = _BUSY, "what answers here is not available just now"
        if shown is not None:
            answers.send(request, 500, shown, b"text/html; charset=utf-8")
        elif fault is not None:
            if fault[0] == _BUSY:
                request.setHeader(b"retry-after", _COME_AGAIN)
            answers.page(request, fault[0], _sentence(fault[1]), more=_faults_in(failure))
        else:
            text = _sentence(failure.msg) if isinstance(failure, MissingCallback) else ""
            answers.page(request, 500, text, "Processing Failed")

    def _log(
        self, level: int, request: Any, what: str, failure: BaseException | None = None
    ) -> None:
        method = request.method.decode("ascii", "replace")
        path = request.path.decode("ascii", "backslashreplace")
        logger.log(level, "%s %s: %s", method, path, what, exc_info=failure)

    def _shown(self, request: Any, failure: BaseException) -> bytes | None:
        if self._debugger is None:
            return None
        try:
            return self._debugger.page(request, failure)
        except Exception:
            logger.exception("the failure at %s cannot be shown", self._place)
            return None


def _fault_in(failure: BaseException) -> tuple[int, str] | None:
    """Why it is nobody's mistake here, if it is none: the code for it, and the words."""
    if isinstance(failure, UnfitRequest):
        return failure.status, failure.msg
    if isinstance(failure, PipelineFull | BatonDropped):
        return _BUSY, "there is too much to do just now"
    return None


def _lack_in(failure: BaseException) -> str | None:
    """What was not there, if that is all."""
    if isinstance(failure, UnsatisfiedDependencyError):
        return f"is not there: {failure.msg}"
    if isinstance(failure, ResourceLost):
        return f"lost what it needs: {failure.msg}"
    return None


def _faults_in(failure: BaseException) -> dict[str, Any]:
    """What is wrong in particular, for programs."""
    faults = getattr(failure, "faults", None)
    return {"faults": faults} if faults else {}


def _sentence(message: str) -> str:
    return f"{message[:1].upper()}{message[1:]}."
