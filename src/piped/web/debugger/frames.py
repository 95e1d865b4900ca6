"""Where an exception was, as data: exceptions behind each other, their frames, lines of source."""

from __future__ import annotations

import linecache
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import islice
from pathlib import Path
from types import FrameType, TracebackType

import piped

__all__ = ["Line", "Raised", "Relation", "Spot", "Whose", "excerpt", "focus", "raised"]

_MOST_EXCEPTIONS = 20
_MOST_FRAMES, _FIRST = 120, 30  # of one exception; how many of those are the outermost
_LONGEST_LINE = 500


class Whose(Enum):
    """Who wrote the code of a frame."""

    YOURS = "yours"
    LIBRARY = "library"
    ENGINE = "engine"


class Relation(Enum):
    """How an exception came to the one above it."""

    RAISED = ""
    CAUSE = "It was raised because of"
    CONTEXT = "It was raised while this was being handled"
    MEMBER = "One of the group"


@dataclass(frozen=True, slots=True, eq=False)
class Spot:
    """A frame, and where in it the exception was. Columns count characters, from 0."""

    frame: FrameType
    file: str
    name: str
    line: int
    end_line: int
    start: int | None
    end: int | None
    whose: Whose


@dataclass(frozen=True, slots=True, eq=False)
class Raised:
    """One exception: its frames, the outermost first. Some in the middle may be left out."""

    exception: BaseException
    relation: Relation
    depth: int
    spots: tuple[Spot, ...]
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """A line of source. `start` and `end` are the columns that it is about, if any are."""

    number: int
    text: str
    marked: bool
    start: int | None = None
    end: int | None = None


def raised(exception: BaseException) -> list[Raised]:
    """`exception`, and those behind it."""
    return list(islice(_raised(exception, Relation.RAISED, 0, set()), _MOST_EXCEPTIONS))


def focus(spots: tuple[Spot, ...]) -> int:
    """Which of them to look at first: the innermost that is yours.

    Else that of a step, which was given the baton; else one that is not ours.
    """
    ranks = [_rank(each) for each in spots]
    return len(ranks) - 1 - ranks[::-1].index(min(ranks)) if ranks else -1


def _rank(spot: Spot) -> int:
    if spot.whose is Whose.YOURS:
        return 0
    if spot.file.startswith(_STEPS) and "baton" in spot.frame.f_code.co_varnames:
        return 1
    return 2 if spot.whose is Whose.LIBRARY else 3


def excerpt(spot: Spot, before: int = 6, after: int = 4) -> list[Line]:
    """The lines around the spot."""
    lines = linecache.getlines(spot.file, spot.frame.f_globals)
    first = max(spot.line - before, 1)
    last = min(max(spot.line, min(spot.end_line, spot.line + 10)) + after, len(lines))
    while last > spot.line and not lines[last - 1].strip():
        last -= 1
    while first < spot.line <= len(lines) and not lines[first - 1].strip():
        first += 1
    return [_line(number, lines[number - 1], spot) for number in range(first, last + 1)]


def _raised(
    exception: BaseException, relation: Relation, depth: int, seen: set[int]
) -> Iterator[Raised]:
    if id(exception) in seen:
        return
    seen.add(id(exception))
    spots, left_out = _spots(exception.__traceback__)
    yield Raised(exception, relation, depth, spots, left_out)
    if isinstance(exception, BaseExceptionGroup):
        for each in exception.exceptions:
            yield from _raised(each, Relation.MEMBER, depth + 1, seen)
    if exception.__cause__ is not None:
        yield from _raised(exception.__cause__, Relation.CAUSE, depth, seen)
    elif exception.__context__ is not None and not exception.__suppress_context__:
        yield from _raised(exception.__context__, Relation.CONTEXT, depth, seen)


def _spots(traceback: TracebackType | None) -> tuple[tuple[Spot, ...], int]:
    links = []
    while traceback is not None:
        links.append(traceback)
        traceback = traceback.tb_next
    left_out = max(len(links) - _MOST_FRAMES, 0)
    del links[_FIRST : _FIRST + left_out]
    return tuple(map(_spot, links)), left_out


def _spot(link: TracebackType) -> Spot:
    frame, code = link.tb_frame, link.tb_frame.f_code
    positions = next(islice(code.co_positions(), max(link.tb_lasti, 0) // 2, None), (None,) * 4)
    _, end_line, start, end = positions
    line = link.tb_lineno or code.co_firstlineno
    return Spot(
        frame,
        code.co_filename,
        code.co_qualname,
        line,
        end_line or line,
        start,
        end,
        _whose(code.co_filename),
    )


def _line(number: int, text: str, spot: Spot) -> Line:
    text = text.rstrip("\n")
    if number < spot.line or number > spot.end_line or spot.start is None or spot.end is None:
        return Line(number, text[:_LONGEST_LINE], number == spot.line)
    indent = len(text) - len(text.lstrip())
    start = _characters(text, spot.start) if number == spot.line else indent
    end = _characters(text, spot.end) if number == spot.end_line else len(text)
    return Line(number, text[:_LONGEST_LINE], marked=True, start=start, end=max(end, start))


def _characters(text: str, byte: int) -> int:
    """The column of that byte."""
    return len(text.encode("utf-8", "surrogatepass")[:byte].decode(errors="replace"))


def _whose(file: str) -> Whose:
    if file.startswith(_OURS) or (file.startswith("<") and " of pipeline " in file):
        return Whose.ENGINE
    if file.startswith((*_LIBRARIES, "<frozen ")):
        return Whose.LIBRARY
    return Whose.YOURS


_OURS = str(Path(piped.__file__).parent) + "/"
_STEPS = f"{_OURS}processors/"
_LIBRARIES = tuple(
    {
        path.rstrip("/") + "/"
        for name in ("stdlib", "platstdlib", "purelib", "platlib")
        if (path := sysconfig.get_paths().get(name))
    }
    | {str(Path(sys.base_prefix) / "lib") + "/"}
)
