"""What a docstring says: a summary, a description, help for each option, an example.

* The first paragraph is the summary.
* A line `name: text` is the help of that option; lines that are further in go on with it.
* What is further in below a line `Example::` is the example, as it stands.
* The rest is the description.
"""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Collection
from dataclasses import dataclass, field

__all__ = ["Docstring", "parse_docstring"]

_HELP = re.compile(r"(\w+): +(\S.*)$")


@dataclass(frozen=True, slots=True)
class Docstring:
    """The parts of a docstring."""

    summary: str = ""
    description: str = ""
    help: dict[str, str] = field(default_factory=dict)
    example: str | None = None


def parse_docstring(text: str | None, names: Collection[str]) -> Docstring:
    """The parts of `text`. Only what is in `names` is an option."""
    lines = inspect.cleandoc(text or "").split("\n")
    lines, example = _without_example(lines)
    lines, help_ = _without_help(lines, names)
    summary, _, description = "\n".join(lines).strip().partition("\n\n")
    return Docstring(" ".join(summary.split()), description.strip(), help_, example)


def _without_example(lines: list[str]) -> tuple[list[str], str | None]:
    if "Example::" not in lines:
        return lines, None
    begin = lines.index("Example::")
    end = _end_of_block(lines, begin)
    return lines[:begin] + lines[end:], textwrap.dedent("\n".join(lines[begin + 1 : end])).strip()


def _end_of_block(lines: list[str], begin: int) -> int:
    """The index of the first line behind `begin` that is not further in."""
    below = range(begin + 1, len(lines))
    return next((at for at in below if lines[at] and not lines[at][0].isspace()), len(lines))


def _without_help(lines: list[str], names: Collection[str]) -> tuple[list[str], dict[str, str]]:
    others: list[str] = []
    help_: dict[str, str] = {}
    current = ""
    for line in lines:
        match = _HELP.match(line)
        if match and match[1] in names:
            current = match[1]
            help_[current] = match[2].strip()
        elif current and line[:1].isspace() and line.strip():
            help_[current] += f" {line.strip()}"
        else:
            current = ""
            others.append(line)
    return others, help_
