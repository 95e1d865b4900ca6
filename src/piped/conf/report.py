"""The two prints of problems: text for people, JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from piped.exceptions import ConfigurationError
from piped.problems import Place, Problem, Severity
from piped.secret import redact

__all__ = ["as_error", "as_json", "relative", "shown", "text"]

if TYPE_CHECKING:
    from piped.conf.excerpt import Excerpts

_RED, _YELLOW, _BOLD, _CYAN, _PLAIN = "\x1b[31m", "\x1b[33m", "\x1b[1m", "\x1b[36m", "\x1b[0m"


def text(problems: Iterable[Problem], colour: bool = False) -> str:
    """Each problem with an excerpt of its file, a caret and the way out; then their number."""
    problems = tuple(problems)
    if not problems:
        return ""
    # Most configurations are right, and need no excerpts.
    from piped.conf.excerpt import Excerpts

    excerpts, paint = Excerpts(), _Paint(colour)
    blocks = [_block(problem, excerpts, paint) for problem in problems]
    return redact("\n\n".join([*blocks, _count(problems)]) + "\n")


def as_json(problems: Iterable[Problem]) -> str:
    """A JSON list, an object for each problem."""
    return json.dumps([_as_dict(problem) for problem in problems], indent=2)


def as_error(problems: Sequence[Problem]) -> ConfigurationError:
    """What is raised for `problems`, all of them at once."""
    if len(problems) == 1:
        [problem] = problems
        return ConfigurationError(
            _located(problem), problem.detail or None, problem.hint or None, problems=problems
        )
    detail = "\n\n".join(_located(problem) for problem in problems)
    return ConfigurationError(_count(problems), detail, problems=problems)


def _located(problem: Problem) -> str:
    return f"{_where(problem.place)}{problem.message}"


class _Paint:
    def __init__(self, colour: bool) -> None:
        self._colour = colour

    def __call__(self, text: str, *codes: str) -> str:
        return f"{''.join(codes)}{text}{_PLAIN}" if self._colour and text else text


def _block(problem: Problem, excerpts: Excerpts, paint: _Paint) -> str:
    is_warning = problem.severity is Severity.WARNING
    signal = _YELLOW if is_warning else _RED
    label = paint("warning: ", signal) if is_warning else ""
    lines = [f"{paint(_where(problem.place), _BOLD)}{label}{problem.message}"]
    if problem.place and (shown := excerpts.at(problem.place)):
        number = str(problem.place.line)
        lines.append(f"{paint(f'  {number} |', _CYAN)} {shown.line}".rstrip())
        bar = paint(f"  {' ' * len(number)} |", _CYAN)
        lines.append(f"{bar} {' ' * shown.indent}{paint(shown.caret, signal)}")
    lines += [f"  {paint('=', _CYAN)} {line}" for line in problem.way_out.splitlines()]
    lines += [f"    {line}".rstrip() for line in problem.detail.splitlines()]
    return "\n".join(lines)


def _where(place: Place | None) -> str:
    return f"{shown(place)}: " if place else ""


def shown(place: Place) -> str:
    """`place`, with the file as it is called from here."""
    return str(replace(place, file=relative(place.file)))


def relative(file: str) -> str:
    """`file` as it is called from here."""
    here = Path.cwd()
    path = Path(file)
    return str(path.relative_to(here)) if path.is_relative_to(here) else file


def _count(problems: Sequence[Problem]) -> str:
    warnings = sum(problem.severity is Severity.WARNING for problem in problems)
    errors = len(problems) - warnings
    counts = [_number(errors, "problem"), _number(warnings, "warning")]
    places = [problem.place for problem in problems if problem.place]
    files = list(dict.fromkeys(place.file for place in places if _is_in_file(place)))
    where = f" in {relative(files[0])}" if len(files) == 1 else f" in {len(files)} files"
    return " and ".join(filter(None, counts)) + (where if files else "")


def _is_in_file(place: Place) -> bool:
    """Overrides have neither lines nor folders."""
    return bool(place.line) or Path(place.file).is_absolute()


def _number(count: int, what: str) -> str:
    return f"{count} {what}{'s' if count > 1 else ''}" if count else ""


def _as_dict(problem: Problem) -> dict[str, object]:
    place = problem.place or Place("")
    return {
        "kind": problem.kind.value,
        "severity": problem.severity.value,
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "end_column": place.end_column,
        "message": redact(problem.message),
        "hint": redact(problem.way_out),
        "detail": redact(problem.detail),
    }
