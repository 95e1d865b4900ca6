"""Where each character of a scalar's value stands in the file it comes from.

The file is read once more, along with the value: a block, a quoted text and a plain one differ
in what lies between the characters (indentation, line ends, escapes), not in their order.
"""

from __future__ import annotations

import linecache
import re
from dataclasses import dataclass

from piped.problems import Place

__all__ = ["Spot", "spots_of"]

# Tags and anchors stand before the value itself.
_PROPERTIES = re.compile(r"(?:[!&]\S*\s+)*")
_BLANK = re.compile(r"\s*")
# In double quotes: what is nothing but space, and what is a character.
_BLANK_OR_ESCAPED_BLANK = re.compile(r"(?:\s|\\[\s abefnrtv0_NLP])*")
_ESCAPE = re.compile(r"\\(?:x.{2}|u.{4}|U.{8}|.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Spot:
    """A character in a file. `column` counts characters from 1, `offset` bytes from 0."""

    line: int
    column: int
    offset: int


def spots_of(value: str, place: Place) -> list[Spot] | None:
    """A spot for each character of `value`, and one for its end; None where the file is not so."""
    linecache.checkcache(place.file)
    lines = linecache.getlines(place.file)[max(place.line - 1, 0) :]
    if not lines or not place.line:
        return None
    positions = _positions(value, "".join(lines), place.column - 1)
    return None if positions is None else _spots(positions, lines, place.line)


def _positions(value: str, source: str, start: int) -> list[int] | None:
    """The index in `source` of each character, or None if they are not the same."""
    position = _after(_PROPERTIES, source, start)
    style = source[position : position + 1]
    blank = _BLANK_OR_ESCAPED_BLANK if style == '"' else _BLANK
    position = _content(source, position, style)
    found = []
    for char in value:
        if not char.isspace():
            position = _after(blank, source, position)
            length = _length(char, source, position, style)
            if not length:
                return None
            found.append(position)
            position += length
        else:
            found.append(position)
    return [*found, position]


def _after(pattern: re.Pattern[str], source: str, position: int) -> int:
    match = pattern.match(source, position)
    return match.end() if match else position


def _content(source: str, position: int, style: str) -> int:
    """Where the content begins: below the head of a block, behind a quote."""
    if style in {"|", ">"}:
        return source.find("\n", position) + 1 or len(source)
    return position + (style in {'"', "'"})


def _length(char: str, source: str, position: int, style: str) -> int:
    """The length of what stands for `char` in the source, or 0 if something else stands there."""
    if style == '"' and source.startswith("\\", position):
        return _after(_ESCAPE, source, position) - position
    if not source.startswith(char, position):
        return 0
    return 2 if style == "'" == char else 1


def _spots(positions: list[int], lines: list[str], first: int) -> list[Spot]:
    """Lines and columns of positions, which come in order."""
    spots, index, begin = [], 0, 0
    for position in positions:
        while index < len(lines) - 1 and position >= begin + len(lines[index]):
            begin += len(lines[index])
            index += 1
        before = lines[index][: position - begin]
        spots.append(Spot(first + index, len(before) + 1, len(before.encode())))
    return spots
