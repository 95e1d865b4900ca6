"""Where in a text secrets stand, so that no excerpt shows them.

What the parser calls a secret is one; so is the password in a URL. Where it is silent, because the
file is broken, all that may be the rest of a `!secret` counts as one, too, and a misspelled tag as
what was meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import yaml
from yaml.events import Event, ScalarEvent

from piped.problems import nearest

__all__ = ["LINE_BREAK", "Text"]

LINE_BREAK = re.compile(r"\r\n|[\r\n\x85\u2028\u2029]")
_TAG = re.compile(r"!\w+")
_PROPERTIES = re.compile(r"(?:&\S+\s+)?!secret ?")
# The name of a variable or of a file is no secret.
_NO_SECRET = re.compile(r"\s*[|>{]?\s*(?:(?:env|file|name)\s*:|#|$)")
# In a URL, what stands between the name of a user and the host.
_PASSWORD = re.compile(r"://[^\s:/@]*:([^\s/]+)@")
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Text:
    """The lines of a text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.lines = LINE_BREAK.split(text)

    def hidden(self, index: int) -> set[int]:
        """The columns of a line that nobody is to see."""
        line = self.lines[index]
        passwords = {at for found in _PASSWORD.finditer(line) for at in range(*found.span(1))}
        return passwords | self._hidden_by_tags(index, line)

    def _hidden_by_tags(self, index: int, line: str) -> set[int]:
        if "!" not in self._text:
            return set()
        hidden = self._rest_of_secret(index) | set(_behind_tag(line))
        for start, end in self._secrets:
            if start.line <= index <= end.line:
                begin = _end_of_tag(line, start.column) if start.line == index else 0
                stop = end.column if end.line == index else len(line)
                hidden |= set(range(begin, stop))
        return hidden

    @cached_property
    def _secrets(self) -> list[tuple[Any, Any]]:
        """Where each secret begins and ends, as far as the parser gets."""
        return [
            (event.start_mark, event.end_mark)
            for event in self._events()
            if isinstance(event, ScalarEvent) and event.tag == "!secret"
        ]

    def _events(self) -> Iterator[Event]:
        try:
            yield from yaml.parse(self._text, _LOADER)
        except (yaml.YAMLError, ValueError):
            # The problem that is being shown. What follows it is guessed.
            return

    def _rest_of_secret(self, index: int) -> set[int]:
        line = self.lines[index]
        if index not in self._below_secrets or _NO_SECRET.match(line):
            return set()
        return set(range(_indent(line), len(line)))

    @cached_property
    def _below_secrets(self) -> set[int]:
        """The lines that are indented below a `!secret`."""
        below = set()
        # The lines the current one is indented below: how far, and whether a secret is among them.
        above = [(-1, False)]
        for index, line in enumerate(self.lines):
            if not line.strip():
                continue
            while above[-1][0] >= _indent(line):
                above.pop()
            if above[-1][1]:
                below.add(index)
            above.append((_indent(line), above[-1][1] or _has_secret(line)))
        return below


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))


def _has_secret(line: str) -> bool:
    return any(_is_secret(tag.group()) for tag in _TAG.finditer(line))


def _is_secret(tag: str) -> bool:
    return tag.startswith("!secret") or nearest(tag, ["!secret"]) is not None


def _behind_tag(line: str) -> range:
    """What stands behind the first tag of a secret in a line, to its end."""
    tag = next((tag for tag in _TAG.finditer(line) if _is_secret(tag.group())), None)
    if tag is None or _NO_SECRET.match(line, tag.end()):
        return range(0)
    return range(tag.end() + 1, len(line))


def _end_of_tag(line: str, begin: int) -> int:
    """Where the text begins of a secret whose tags and anchors begin at `begin`."""
    tag = _PROPERTIES.match(line, begin)
    return tag.end() if tag else begin
