"""Interrupting what takes too long, where that is possible.

Python runs in the thread of the event loop, and so does whatever is evaluated for a page: while it
runs, nothing else does. In the main thread, the alarm of the process interrupts it, also where it
sleeps or waits for a socket. It does not interrupt a library that computes without Python, and
nothing at all in another thread, or where there are no alarms: there, the limit is not held.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

__all__ = ["TooLong", "can_limit", "limited"]


class TooLong(BaseException):
    """It took too long. No `except Exception` of what is interrupted takes it."""


def can_limit() -> bool:
    """Whether a limit is held here."""
    return hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise `TooLong` within the body, when it takes longer; whoever had set an alarm keeps it."""
    if not can_limit():
        yield
        return
    is_armed = True

    def ring(*_: object) -> None:
        nonlocal is_armed
        if is_armed:
            is_armed = False
            raise TooLong(f"it took longer than {seconds:g} s")

    began, former = monotonic(), signal.signal(signal.SIGALRM, ring)
    left, interval = signal.setitimer(signal.ITIMER_REAL, max(seconds, 0.001))
    try:
        try:
            yield
        finally:
            is_armed = False
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, former or signal.SIG_DFL)
        if left:
            signal.setitimer(signal.ITIMER_REAL, max(left - (monotonic() - began), 0.001), interval)
