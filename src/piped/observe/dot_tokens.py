"""The words of a text in the language of Graphviz, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from piped.exceptions import UnfitBaton

__all__ = ["DotSyntaxError", "Token", "tokens"]

_KEYWORDS = ("strict", "graph", "digraph", "node", "edge", "subgraph")
_WORD = r"[A-Za-z_\u0080-\U0010ffff][A-Za-z0-9_\u0080-\U0010ffff]*"
_token = re.compile(
    r"(?P<blank>\s+|//[^\n]*|/\*.*?\*/|(?:(?<=\n)|\A)\#[^\n]*)"
    r"|(?P<mark>->|--|[][{}=;,:+])"
    rf"|(?P<word>{_WORD}|-?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?))"
    r'|(?P<text>"(?:[^"\\]|\\.)*")',
    re.DOTALL,
).match
_MOST_BRACKETS = 500


class DotSyntaxError(UnfitBaton):
    """The text is no graph."""

    def __init__(self, text: str, at: int, expected: str, found: str) -> None:
        self.line = text.count("\n", 0, at) + 1
        self.column = at - (text.rfind("\n", 0, at) + 1) + 1
        super().__init__(
            f"the dot text is wrong in line {self.line}, column {self.column}:"
            f" expected {expected}, found {found}"
        )


@dataclass(frozen=True, slots=True)
class Token:
    """A mark, a keyword, a name, the same in quotes, or markup; and at the end, nothing."""

    kind: str  # "mark", "keyword", "name", "text", "markup", "end"
    value: str
    at: int

    def __str__(self) -> str:
        if self.kind == "end":
            return "the end"
        shown = self.value if len(self.value) <= 40 else self.value[:39] + "…"
        return repr(shown)


def tokens(text: str) -> Iterator[Token]:
    """All of them, and the end."""
    at = 0
    while at < len(text):
        found = _token(text, at)
        if found is not None:
            if found.lastgroup != "blank":
                yield _made(found, at)
            at = found.end()
        elif text[at] == "<":
            end = _end_of_markup(text, at)
            yield Token("markup", text[at + 1 : end - 1], at)
            at = end
        else:
            raise _unreadable(text, at)
    yield Token("end", "", at)


def _made(found: re.Match[str], at: int) -> Token:
    value = found.group()
    if found.lastgroup == "mark":
        return Token("mark", value, at)
    if found.lastgroup == "text":
        # Only a quote can be escaped here; what else a backslash means is for labels to say.
        return Token("text", value[1:-1].replace('\\"', '"').replace("\\\n", ""), at)
    return Token("keyword" if value.lower() in _KEYWORDS else "name", value, at)


def _end_of_markup(text: str, at: int) -> int:
    depth = 0
    for each in re.compile("[<>]").finditer(text, at):
        depth += 1 if each.group() == "<" else -1
        if not depth:
            return each.end()
        if depth > _MOST_BRACKETS:
            break
    raise DotSyntaxError(text, at, "a '>' for each '<'", "none")


def _unreadable(text: str, at: int) -> DotSyntaxError:
    if text[at] == '"':
        return DotSyntaxError(text, at, "a quote that ends this text", "none")
    if text.startswith("/*", at):
        return DotSyntaxError(text, at, "'*/' at the end of this comment", "none")
    return DotSyntaxError(text, at, "a name, a text in quotes, or a mark", repr(text[at]))
