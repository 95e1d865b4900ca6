"""What is logged by Python's `logging` goes where Twisted's log does."""

from __future__ import annotations

import logging

from twisted.logger import Logger, LogLevel

from piped.secret import redact

__all__ = ["ToTwisted"]

_LEVELS = {
    logging.DEBUG: LogLevel.debug,
    logging.INFO: LogLevel.info,
    logging.WARNING: LogLevel.warn,
    logging.ERROR: LogLevel.error,
    logging.CRITICAL: LogLevel.critical,
}


class ToTwisted(logging.Handler):
    """A handler of the root logger while it is installed."""

    def __init__(self, level: int = logging.INFO) -> None:
        super().__init__(level)
        self._former = logging.WARNING
        self._is_emitting = False

    def install(self) -> None:
        """Pass on what is logged from now on."""
        root = logging.getLogger()
        self._former = root.level
        root.addHandler(self)
        root.setLevel(self.level)

    def remove(self) -> None:
        """Pass on nothing any more."""
        root = logging.getLogger()
        root.removeHandler(self)
        root.setLevel(self._former)

    def emit(self, record: logging.LogRecord) -> None:
        """Log one record: its traceback, if it has one, as a part of the text."""
        if self._is_emitting:
            return  # the host logs by `logging` what we have given to it
        self._is_emitting = True
        try:
            text = redact(self.format(record))
            known = min(record.levelno // 10 * 10, logging.CRITICAL)
            level = _LEVELS.get(known, LogLevel.debug)
            Logger(record.name).emit(level, "{text}", text=text)
        except Exception:  # noqa: BLE001 - as handlers do: what logs is not to fail
            self.handleError(record)
        finally:
            self._is_emitting = False
