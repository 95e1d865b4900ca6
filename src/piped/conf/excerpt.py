"""The line of a file that a problem is about, and a caret under what is wrong in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from unicodedata import category, combining, east_asian_width

from piped.conf.masks import Text
from piped.conf.read import DEFAULT_LIMITS
from piped.problems import Place
from piped.secret import HIDDEN

__all__ = ["Excerpt", "Excerpts"]

_WIDEST = 100
_BEFORE_CARET = 40


@dataclass(frozen=True, slots=True)
class Excerpt:
    line: str
    indent: int
    caret: str


@dataclass(frozen=True, slots=True)
class _Cell:
    """One character of a line as it is shown."""

    text: str
    width: int


class Excerpts:
    """The files of one report, each read once."""

    def __init__(self) -> None:
        self._texts: dict[str, Text | None] = {}

    def at(self, place: Place) -> Excerpt | None:
        """What stands at `place`, or None where that is not a line of a file that can be read."""
        text = self._text(place.file) if place.line else None
        if text is None or place.line > len(text.lines):
            return None
        index = place.line - 1
        return _shown(_cells(text.lines[index], text.hidden(index)), place)

    def _text(self, file: str) -> Text | None:
        if file not in self._texts:
            self._texts[file] = _read(file)
        return self._texts[file]


def _read(file: str) -> Text | None:
    try:
        with Path(file).open(encoding="utf-8-sig", errors="replace", newline="") as stream:
            return Text(stream.read(DEFAULT_LIMITS.bytes))
    except (OSError, ValueError):
        # It is gone, or no text at all: which is what the problem is about.
        return None


def _cells(line: str, hidden: set[int]) -> list[_Cell]:
    cells = [_cell(character) for character in line]
    for index in hidden & set(range(len(cells))):
        is_first = index - 1 not in hidden
        cells[index] = _Cell(HIDDEN, len(HIDDEN)) if is_first else _Cell("", 0)
    return cells


def _cell(character: str) -> _Cell:
    if character == "\t":
        return _Cell("    ", 4)
    if combining(character) or category(character) in {"Mn", "Me"}:
        return _Cell(character, 0)
    if category(character).startswith("C"):
        return _Cell("·", 1)
    return _Cell(character, 2 if east_asian_width(character) in "WF" else 1)


def _shown(cells: list[_Cell], place: Place) -> Excerpt:
    start = min(place.column - 1, len(cells))
    end = max(start, min(place.end_column - 1, len(cells)))
    first, cells = _window(cells, start)
    ahead = "… " if first else ""
    indent = _width(cells[: start - first]) + len(ahead)
    marked = _width(cells[start - first : end - first])
    cut = _cut(cells, _WIDEST)
    room = max(1, _width(cut) + len(ahead) - indent)
    tail = " …" if len(cut) < len(cells) else ""
    line = ahead + "".join(cell.text for cell in cut) + tail
    return Excerpt(line, indent, "^" + "~" * (min(marked, room) - 1))


def _window(cells: list[_Cell], start: int) -> tuple[int, list[_Cell]]:
    """From which cell on a line is shown, and the cells."""
    first = max(0, start - _BEFORE_CARET) if _width(cells) > _WIDEST else 0
    return first, cells[first:]


def _cut(cells: list[_Cell], width: int) -> list[_Cell]:
    used = 0
    for index, cell in enumerate(cells):
        used += cell.width
        if used > width:
            return cells[:index]
    return cells


def _width(cells: list[_Cell]) -> int:
    return sum(cell.width for cell in cells)
