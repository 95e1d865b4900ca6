"""The log of this process: where it goes, and from when to when."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from logging.handlers import MemoryHandler
from typing import TextIO

from piped.exceptions import PipedError
from piped.logs.dict_config import configure
from piped.logs.lines import JsonLines, TextLines
from piped.logs.log_file import LogFile
from piped.logs.redaction import guard
from piped.logs.settings import DEFAULT_FILE, Level, Logging

__all__ = ["Logs"]


class Logs:
    """What `Logging` settings make of the standard library's logging."""

    def __init__(self, console: TextIO | None = None) -> None:
        """`console` is where people may be looking; None when there is no such place."""
        self._console = console
        self._handlers: list[logging.Handler] = []
        self._former_levels: dict[logging.Logger, int] = {}

    def apply(self, settings: Logging) -> None:
        """Log as `settings` have it, and no longer as before."""
        self.close()
        guard()
        if settings.config is not None:
            configure(settings.config)
        self._add_handlers(settings)
        if settings.level or settings.config is None:
            self._set_level("", settings.level or "info")
        for name, level in settings.levels.items():
            self._set_level(name, level)
        logging.captureWarnings(capture=True)

    def reopen(self) -> None:
        """Open all log files anew: somebody may have moved them away."""
        for handler in _all_handlers():
            if isinstance(handler, LogFile):
                handler.reopen()
            elif isinstance(handler, logging.FileHandler):
                _reopen(handler)

    def close(self) -> None:
        """Undo what `apply` did, but for the guard of secrets and a `dictConfig`."""
        logging.captureWarnings(capture=False)
        while self._handlers:
            handler = self._handlers.pop()
            logging.getLogger().removeHandler(handler)
            handler.close()
        while self._former_levels:
            logger, level = self._former_levels.popitem()
            logger.setLevel(level)

    def _add_handlers(self, settings: Logging) -> None:
        wants_console = settings.config is None if settings.console is None else settings.console
        if wants_console and self._console is not None:
            self._add(logging.StreamHandler(self._console), _formatter(settings, self._console))
        file = settings.file
        if file is None and settings.config is None and not self._handlers:
            file = DEFAULT_FILE
        if file is not None:
            self._add(_log_file(file, settings), _formatter(settings, None))

    def _add(self, handler: logging.Handler, formatter: logging.Formatter) -> None:
        handler.setFormatter(formatter)
        logging.getLogger().addHandler(handler)
        self._handlers.append(handler)

    def _set_level(self, name: str, level: Level) -> None:
        logger = logging.getLogger(name)
        self._former_levels.setdefault(logger, logger.level)
        logger.setLevel(level.upper())


def _log_file(path: os.PathLike[str], settings: Logging) -> LogFile:
    try:
        return LogFile(path, rotate=settings.rotate, keep=settings.keep)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise PipedError(f"cannot log to {os.fspath(path)}: {reason}") from error


def _formatter(settings: Logging, stream: TextIO | None) -> logging.Formatter:
    terminal = stream is not None and stream.isatty()
    if settings.format == "text" or (settings.format == "auto" and terminal):
        return TextLines(colours=terminal and _colours_wanted())
    return JsonLines()


def _colours_wanted() -> bool:
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _all_handlers() -> Iterator[logging.Handler]:
    """Every handler of every logger, and those behind the ones that collect."""
    loggers = logging.getLogger().manager.loggerDict.values()
    known = [logging.getLogger(), *(each for each in loggers if isinstance(each, logging.Logger))]
    todo = [handler for logger in known for handler in logger.handlers]
    for handler in dict.fromkeys(todo):
        yield handler
        if isinstance(handler, MemoryHandler) and handler.target is not None:
            yield handler.target


def _reopen(handler: logging.FileHandler) -> None:
    # One of mode "w" would lose what is in the file; one without a stream opens it when it writes.
    if "w" not in handler.mode and handler.stream is not None:
        former = handler.setStream(handler._open())  # noqa: SLF001 - documented for subclasses, and the one way to it
        if former is not None:
            former.close()
