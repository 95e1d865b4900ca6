"""No secret leaves by the log.

Formatters and handlers are anybody's: ours, those of a `dictConfig`, those that a library adds
while the process runs. What all of them share is `logging.Handler`, so that is where secrets are
taken out, at each of the doors by which a record leaves:

    Handler.format              the text of every handler that writes text
    Handler.handleError         what is printed about a record that could not be written
    SocketHandler.makePickle    the record itself, sent
    HTTPHandler.mapLogRecord    its attributes, sent
"""

from __future__ import annotations

import copy
import logging
import sys
import traceback
from collections.abc import Callable
from logging.handlers import HTTPHandler, SocketHandler
from typing import Any

from piped.logs.plain import plain, told
from piped.secret import redact

__all__ = ["guard", "scrubbed", "unguard"]

_DOORS: dict[tuple[type[logging.Handler], str], Callable[..., Any]] = {}
_former: dict[tuple[type[logging.Handler], str], Callable[..., Any]] = {}


def guard() -> None:
    """Put the guard at every door, for the rest of the life of the process."""
    for (owner, name), guarded in _DOORS.items():
        if (owner, name) not in _former:
            _former[owner, name] = getattr(owner, name)
            setattr(owner, name, guarded)


def unguard() -> None:
    """Take it away. For tests, which share a process."""
    while _former:
        (owner, name), former = _former.popitem()
        setattr(owner, name, former)


def scrubbed(record: logging.LogRecord) -> logging.LogRecord:
    """A copy of `record` that can be sent as it is."""
    clean = copy.copy(record)
    trace = _printed(record)
    clean.__dict__.update({key: plain(value) for key, value in vars(record).items()})
    clean.msg, clean.args = told(record, lambda _: record.getMessage()), ()
    clean.exc_info, clean.exc_text = None, trace
    return clean


def _printed(record: logging.LogRecord) -> str | None:
    if record.exc_info:
        return redact(logging.Formatter().formatException(record.exc_info))
    return record.exc_text and redact(record.exc_text)


def _format(handler: logging.Handler, record: logging.LogRecord) -> str:
    text = redact(_former[logging.Handler, "format"](handler, record))
    if record.exc_text:
        # Formatters keep it there for one another, and some handlers pass it on.
        record.exc_text = redact(record.exc_text)
    return text


def _handle_error(handler: logging.Handler, record: logging.LogRecord) -> None:
    del handler
    if logging.raiseExceptions and sys.stderr is not None:
        where = f"{record.pathname}:{record.lineno}"
        report = f"a log record of {record.name} ({where}) was lost\n{traceback.format_exc()}"
        sys.stderr.write(redact(f"{report}the message was: {record.msg!r}\n"))


def _make_pickle(handler: SocketHandler, record: logging.LogRecord) -> Any:
    return _former[SocketHandler, "makePickle"](handler, scrubbed(record))


def _map_log_record(handler: HTTPHandler, record: logging.LogRecord) -> Any:
    return _former[HTTPHandler, "mapLogRecord"](handler, scrubbed(record))


_DOORS |= {
    (logging.Handler, "format"): _format,
    (logging.Handler, "handleError"): _handle_error,
    (SocketHandler, "makePickle"): _make_pickle,
    (HTTPHandler, "mapLogRecord"): _map_log_record,
}
