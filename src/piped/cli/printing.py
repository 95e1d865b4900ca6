"""How problems are shown: to people on standard error, to programs on standard output."""

from __future__ import annotations

from collections.abc import Iterable

import click

from piped.conf import report
from piped.daemon.telling import in_colour, tell
from piped.problems import Problem

__all__ = ["print_problems"]


def print_problems(problems: Iterable[Problem], *, as_json: bool = False) -> None:
    """As text with excerpts, or as JSON."""
    if as_json:
        click.echo(report.as_json(problems))
    else:
        tell(report.text(problems, colour=in_colour()))
