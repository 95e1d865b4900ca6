"""Lines of source with classes for what its words are: near enough, for Python and for YAML.

Each line stands for itself, as an excerpt may begin anywhere.
"""

from __future__ import annotations

import keyword
import re
from html import escape
from itertools import groupby

from piped.secret import redact
from piped.web.debugger.frames import Line

__all__ = ["highlighted"]

_TOKENS = re.compile(
    r"""(?P<text>[rbfu]{0,2}(?:'''.*?(?:'''|$)|\"{3}.*?(?:\"{3}|$)|'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"))
    |(?P<comment>(?<!\S)\#.*)
    |(?P<number>\b\d[\w.]*\b)
    |(?P<name>[^\W\d]\w*)""",
    re.VERBOSE | re.IGNORECASE,
)


def highlighted(line: Line) -> str:
    """The line as HTML; what it is about is a `mark`."""
    clean = redact(line.text)
    if clean != line.text:
        line = Line(line.number, clean, line.marked)
    kinds = [""] * len(line.text)
    for token in _TOKENS.finditer(line.text):
        kind = _kind(token)
        kinds[token.start() : token.end()] = [kind] * (token.end() - token.start())
    start, end = line.start or 0, line.end or 0
    runs = groupby(range(len(line.text)), lambda at: (start <= at < end, kinds[at]))
    pieces = []
    for is_marked, of_mark in groupby(
        ((marked, kind, list(places)) for (marked, kind), places in runs), lambda run: run[0]
    ):
        spans = "".join(
            _span(kind, line.text[places[0] : places[-1] + 1]) for _, kind, places in of_mark
        )
        pieces.append(f"<mark>{spans}</mark>" if is_marked else spans)
    return "".join(pieces)


def _kind(token: re.Match[str]) -> str:
    kind = token.lastgroup or ""
    if kind != "name":
        return kind
    return "keyword" if keyword.iskeyword(token[0]) or keyword.issoftkeyword(token[0]) else ""


def _span(kind: str, text: str) -> str:
    return f'<span class="{kind}">{escape(text)}</span>' if kind else escape(text)
