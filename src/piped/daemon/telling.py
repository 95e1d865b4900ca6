"""What a person is told on standard error."""

from __future__ import annotations

import os
import sys
import traceback

from piped.conf import report
from piped.exceptions import ConfigurationError, PipedError
from piped.secret import redact

__all__ = ["in_colour", "tell", "text_of"]


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
    if isinstance(failure, ConfigurationError):
        return _text_of_configuration_error(failure, colour=colour)
    if isinstance(failure, PipedError | OSError) or _is_about_a_port(failure):
        notes = "".join(f" ({note})" for note in getattr(failure, "__notes__", ()))
        return f"piped: {str(failure).strip()}{notes}"
    return "".join(traceback.format_exception(failure)).rstrip()


def _text_of_configuration_error(error: ConfigurationError, *, colour: bool) -> str:
    parts = [report.text(error.problems, colour=colour)] if error.problems else []
    if error.detail or error.hint or not error.problems:
        parts.append(f"{type(error).__module__}.{type(error).__name__}:{error}")
    return "\n".join(parts)


def _is_about_a_port(failure: BaseException) -> bool:
    error = sys.modules.get("twisted.internet.error")
    return error is not None and isinstance(failure, error.CannotListenError)
