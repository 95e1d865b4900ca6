"""How problems are shown to people, and to programs."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

import click

from piped.conf import report
from piped.exceptions import ConfigurationError
from piped.problems import Problem

__all__ = ["in_colour", "print_problems", "text_of_error"]


def in_colour(stream: object) -> bool:
    """Whether what is written to `stream` is seen by a person on a terminal that has colours."""
    isatty = getattr(stream, "isatty", None)
    return bool(isatty and isatty()) and "NO_COLOR" not in os.environ


def print_problems(problems: Iterable[Problem], *, as_json: bool = False) -> None:
    """As text with excerpts on standard error, or as JSON on standard output."""
    if as_json:
        click.echo(report.as_json(problems))
    else:
        click.echo(report.text(problems, colour=in_colour(sys.stderr)), err=True, color=True)


def text_of_error(error: ConfigurationError, *, colour: bool = False) -> str:
    """All that `error` knows: its problems with their excerpts, and its explanation."""
    parts = [report.text(error.problems, colour=colour)] if error.problems else []
    if error.detail or error.hint or not error.problems:
        parts.append(f"{type(error).__module__}.{type(error).__name__}:{error}")
    return "\n".join(parts)
