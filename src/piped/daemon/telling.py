"""What a person is told on standard error."""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path

import piped
from piped.conf import report
from piped.exceptions import ConfigurationError, PipedError
from piped.problems import Kind
from piped.secret import redact

__all__ = ["in_colour", "tell", "text_of"]

_OURS = f"{Path(piped.__file__).parent}{os.sep}"


def in_colour() -> bool:
    """Whether somebody looks at standard error, on a terminal that has colours."""
    return (
        sys.stderr.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    )


def tell(text: str) -> None:
    """Print `text`, without any secret."""
    print(redact(text), file=sys.stderr, flush=True)  # noqa: T201 - there may be no log yet


def text_of(failure: BaseException, *, colour: bool = False) -> str:
    """What there is to say of `failure`: a traceback only if it is a plugin's own exception."""
    if isinstance(failure, ConfigurationError) and failure.problems:
        return _text_of_problems(failure, colour=colour)
    notes = "".join(f" ({note})" for note in getattr(failure, "__notes__", ()))
    if isinstance(failure, PipedError):
        more = {"DETAIL": failure.detail, "HINT": failure.hint}
        lines = [f"{title}: {text}" for title, text in more.items() if text]
        return "\n".join([f"piped: {failure.msg}{notes}", *lines])
    if isinstance(failure, OSError) or _is_about_a_port(failure):
        return f"piped: {str(failure).strip()}{notes}"
    return _traceback_of(failure)


def _text_of_problems(error: ConfigurationError, *, colour: bool) -> str:
    text = report.text(error.problems, colour=colour)
    if any(each.kind is Kind.MISSING_PACKAGE for each in error.problems):
        # People have these words from the tutorial, and look for them.
        return f"{text}\n{type(error).__module__}.{type(error).__name__}:{error}"
    return text


def _traceback_of(failure: BaseException) -> str:
    """Where it went wrong in a plugin. How piped came to call the plugin says nothing of that."""
    trace = traceback.TracebackException.from_exception(failure)
    outside = [not frame.filename.startswith(_OURS) for frame in trace.stack]
    if True in outside:
        trace.stack[:] = trace.stack[outside.index(True) :]
    return "".join(trace.format()).rstrip()


def _is_about_a_port(failure: BaseException) -> bool:
    error = sys.modules.get("twisted.internet.error")
    return error is not None and isinstance(failure, error.CannotListenError)
