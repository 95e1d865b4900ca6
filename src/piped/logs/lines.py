"""A log record as a line: for people, and for programs.

Both take secrets out before they escape or indent anything, while they can still be found.
"""

from __future__ import annotations

import json
import logging
import time
from datetime import UTC, datetime
from typing import Any

from piped.logs.fields import fields_of
from piped.logs.plain import plain, told
from piped.secret import redact

__all__ = ["JsonLines", "TextLines"]

# What would move the cursor of a terminal, or end a line, is shown instead of done.
_VISIBLE = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160))}
del _VISIBLE[ord("\t")]
# Only a record begins in the first column, so that no message can pass for another record.
_VISIBLE[ord("\n")] = "\n    "

_RESET, _DIM = "\x1b[0m", "\x1b[2m"
_COLOURS = {
    logging.DEBUG: _DIM,
    logging.INFO: "\x1b[32m",
    logging.WARNING: "\x1b[33m",
    logging.ERROR: "\x1b[31m",
    logging.CRITICAL: "\x1b[1;31m",
}


class TextLines(logging.Formatter):
    """`time level logger message [field=value …]`, in UTC, the traceback below."""

    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s,%03d"

    def __init__(self, *, colours: bool = False) -> None:
        super().__init__()
        self._colours = colours

    def format(self, record: logging.LogRecord) -> str:
        body = redact(super().format(record)).translate(_VISIBLE)
        return f"{self._head(record)} {body}"

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging calls it so
        fields = fields_of(record)
        ending = " ".join(f"{key}={self._field(value)}" for key, value in fields.items())
        return f"{record.message} [{ending}]" if ending else record.message

    def _field(self, value: object) -> str:
        return value if isinstance(value, str) else told(value)

    def _head(self, record: logging.LogRecord) -> str:
        when, level = self.formatTime(record), f"{record.levelname:5}"
        name = f"{redact(record.name).translate(_VISIBLE):25}"
        if not self._colours:
            return f"{when} {level} {name}"
        colour = _COLOURS.get(record.levelno, "")
        return f"{_DIM}{when}{_RESET} {colour}{level}{_RESET} {_DIM}{name}{_RESET}"


class JsonLines(logging.Formatter):
    """One JSON object a record."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, Any] = {
            "time": _iso(record.created),
            "level": record.levelname,
            "logger": redact(record.name),
            "message": redact(record.getMessage()),
        }
        for key, value in fields_of(record).items():
            # A field never passes for what the record itself says.
            entry[f"{key}_" if key in _OURS else redact(key)] = plain(value)
        if exception := self._exception(record):
            entry["exception"] = exception
        if record.stack_info:
            entry["stack"] = redact(self.formatStack(record.stack_info))
        return json.dumps(entry, ensure_ascii=False)

    def _exception(self, record: logging.LogRecord) -> dict[str, str]:
        if record.exc_info and record.exc_info[1] is not None:
            _, value, _ = record.exc_info
            return {
                "type": f"{type(value).__module__}.{type(value).__qualname__}",
                "message": told(value, str),
                "traceback": redact(self.formatException(record.exc_info)),
            }
        # It was printed before it came here, through a queue or a socket.
        return {"traceback": redact(record.exc_text)} if record.exc_text else {}


_OURS = {"time", "level", "logger", "message", "exception", "stack"}


def _iso(created: float) -> str:
    moment = datetime.fromtimestamp(created, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
