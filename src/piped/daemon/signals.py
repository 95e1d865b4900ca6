"""What the process does when it is told something by a signal.

The first SIGINT or SIGTERM asks for a stop in order, through the event loop. From then on both are
ordinary Python handlers: they work even while something that closes keeps the loop from turning.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Callable
from types import FrameType
from typing import Any

from piped.daemon.exit_codes import ExitCode

__all__ = ["STOPPING", "Signals"]

logger = logging.getLogger(__name__)

STOPPING = (signal.SIGINT, signal.SIGTERM)
REOPENING = signal.SIGHUP


class Signals:
    """The handlers of one process. To be installed in its main thread."""

    def __init__(
        self,
        *,
        stop: Callable[[], object],
        reopen: Callable[[], object],
        closing: Callable[[], str],
        end: Callable[[int], object] = os._exit,
    ) -> None:
        """
        stop: begins the stop in order; called once
        reopen: opens the log files anew
        closing: names what is closing now, for the log line of a stop at once
        end: ends the process at once
        """
        self._stop = stop
        self._reopen = reopen
        self._closing = closing
        self._end = end
        self._loop: asyncio.AbstractEventLoop | None = None
        self._former: dict[signal.Signals, Any] = {}

    def install(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to listen, on `loop`."""
        assert self._loop is None, "the handlers are installed already"
        for each in (*STOPPING, REOPENING):
            # None is a handler that was not set by Python, and cannot be put back by it.
            self._former[each] = signal.getsignal(each) or signal.SIG_DFL
        self._loop = loop
        for number in STOPPING:
            loop.add_signal_handler(number, self._first, number)
        loop.add_signal_handler(REOPENING, self._hang_up)

    def restore(self) -> None:
        """Put back the handlers that were there before."""
        if self._loop is None:
            return
        for number, former in self._former.items():
            self._loop.remove_signal_handler(number)
            signal.signal(number, former)
        self._loop = None

    def _first(self, number: signal.Signals) -> None:
        assert self._loop is not None
        logger.info("%s: stopping", number.name)
        for each in STOPPING:
            self._loop.remove_signal_handler(each)
            signal.signal(each, self._again)
        self._stop()

    def _again(self, number: int, frame: FrameType | None) -> None:
        del frame
        name = signal.Signals(number).name
        text = f"{name} again: ending at once, while closing {self._closing() or 'nothing'}"
        try:
            logger.critical("%s", text)
        except RuntimeError:  # what the signal has interrupted is the log itself
            os.write(2, f"{text}\n".encode())
        finally:
            self._end(ExitCode.FAILED)

    def _hang_up(self) -> None:
        try:
            self._reopen()
        except Exception:
            # The loop would only print it, and the server is to go on with the files it has.
            logger.exception("the log files could not be opened anew")
        else:
            logger.info("%s: log files opened anew", REOPENING.name)
