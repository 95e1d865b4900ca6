"""What Twisted logs goes where everything else does.

To be installed when Twisted is loaded, and never to load it. Standard output and error stay what
they are.
"""

from __future__ import annotations

import logging
import warnings
from typing import Any

from twisted.logger import (
    ILogObserver,
    LogEvent,
    LogLevel,
    formatEvent,
    globalLogBeginner,
    globalLogPublisher,
)
from twisted.python.failure import Failure
from zope.interface import implementer

__all__ = ["TwistedLogs"]

_LEVELS = {
    LogLevel.debug: logging.DEBUG,
    LogLevel.info: logging.INFO,
    LogLevel.warn: logging.WARNING,
    LogLevel.error: logging.ERROR,
    LogLevel.critical: logging.CRITICAL,
}
_NAMELESS = {"", "-", "log_legacy"}
# Loggers live as long as the process, so a name for each connection would be a leak.
_MOST_NAMES = 1000


@implementer(ILogObserver)
class TwistedLogs:
    """An observer of Twisted's log, and its being one."""

    _begun = False

    def __init__(self, most_names: int = _MOST_NAMES) -> None:
        self._most_names = most_names
        self._loggers: dict[str, logging.Logger] = {}
        self._nameless = logging.getLogger("twisted")

    def install(self) -> None:
        """Pass on what Twisted logs from now on, and what it has kept until now."""
        if TwistedLogs._begun:  # Twisted begins once, and complains of a second time
            globalLogPublisher.addObserver(self)
            return
        TwistedLogs._begun = True
        showwarning = warnings.showwarning
        globalLogBeginner.beginLoggingTo([self], redirectStandardIO=False)
        warnings.showwarning = showwarning  # which Twisted takes for itself; ours logs, too

    def remove(self) -> None:
        """Pass on nothing any more."""
        globalLogPublisher.removeObserver(self)

    def __call__(self, event: LogEvent) -> None:
        """Log one event."""
        origin = _origin_of(event)
        logger, level = self._logger(origin.partition(",")[0]), _level_of(event)
        if logger.isEnabledFor(level):
            extra = {} if logger.name == origin else {"system": origin}
            logger.handle(_record(logger, level, event, extra))

    def _logger(self, name: str) -> logging.Logger:
        found = self._loggers.get(name)
        if found is None:
            if len(self._loggers) >= self._most_names:
                return self._nameless
            found = self._loggers[name] = logging.getLogger(name)
        return found


def _origin_of(event: LogEvent) -> str:
    """Who logged it: a system, perhaps with a connection behind a comma, or a namespace."""
    for origin in (event.get("log_system"), event.get("log_namespace")):
        if origin is not None and str(origin).partition(",")[0] not in _NAMELESS:
            return str(origin)
    return "twisted"


def _level_of(event: LogEvent) -> int:
    asked = event.get("logLevel")
    if isinstance(asked, int):
        return asked
    if event.get("isError"):
        return logging.ERROR  # Twisted itself would call each of them critical
    return _LEVELS.get(event.get("log_level"), logging.INFO)


def _record(
    logger: logging.Logger, level: int, event: LogEvent, extra: dict[str, Any]
) -> logging.LogRecord:
    failure = event.get("log_failure") or event.get("failure")
    record = logger.makeRecord(
        logger.name, level, "", 0, _message(event), (), _exc_info(failure), extra=extra
    )
    if (created := event.get("log_time")) is not None:
        record.created = created
        record.msecs = created % 1 * 1000
    return record


def _message(event: LogEvent) -> str:
    if "failure" in event:  # of `twisted.python.log`, whose text has the traceback in it
        return str(event.get("why") or "Unhandled Error")
    return formatEvent(event)


def _exc_info(failure: Failure | None) -> Any:
    if failure is None:
        return None
    trace = failure.getTracebackObject()
    return failure.type, failure.value, trace
