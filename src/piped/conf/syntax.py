"""What the YAML parser has to say, in words for the one who wrote the file."""

from __future__ import annotations

import re
from typing import Any

from yaml import MarkedYAMLError

from piped.problems import Kind, Place, Problem

__all__ = ["unprintable", "unreadable_yaml"]

_UNPRINTABLE = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]"
)
_LINE_BREAK = re.compile(r"\r\n|[\r\n\x85\u2028\u2029]")

_IN_BRACKETS = "Inside brackets, a text with a bracket, a ',' or a '${' in it needs quotes."
_BEHIND_TAG = (
    "a space belongs behind a tag",
    "Inside brackets too: [!alias:a.b ], or [!alias a.b].",
)
# What the parser says, or where it was when it said it: what is wrong, and the way out.
_SAYINGS = {
    "node content": (
        "a value should stand here",
        "Put quotes around a text that begins like this.",
    ),
    "<document start>": ("this stands behind the end of what came before", ""),
    "mapping values are not allowed": (
        "a ': ' stands where no key can stand",
        "Put quotes around a text with ': ' in it; a key belongs on a line of its own.",
    ),
    "while scanning a quoted scalar: found unexpected end": (
        "the quote that opens here is never closed",
        "",
    ),
    "while scanning a double-quoted scalar: found unknown escape": (
        "a backslash with something it cannot stand before",
        "Use single quotes, in which a backslash is only a backslash.",
    ),
    "while parsing a quoted scalar: found unknown escape": (
        "a backslash with something it cannot stand before",
        "Use single quotes, in which a backslash is only a backslash.",
    ),
    "while parsing a flow sequence": (
        "the list that opens here lacks a ',' or its ']'",
        _IN_BRACKETS,
    ),
    "while parsing a flow mapping": (
        "the mapping that opens here lacks a ',' or its '}'",
        _IN_BRACKETS,
    ),
    "while scanning a simple key: could not find expected ':'": (
        "a key without its ':'",
        "A text of several lines belongs behind a '|', with its lines indented.",
    ),
    "while parsing a block mapping": (
        "this fits neither the mapping it stands in nor any around it",
        "Indent all keys of a mapping alike; what follows a quoted text belongs inside the quotes.",
    ),
    "while parsing a block collection": (
        "this fits neither the list it stands in nor anything around it",
        "Indent all '-' of a list alike; a list and a mapping cannot share a level.",
    ),
    "while scanning for the next token": (
        "a value cannot begin with this character",
        "Put quotes around the value.",
    ),
    "found undefined tag handle": ("a tag with an unknown prefix", "A tag of ours has one '!'."),
    "found incompatible YAML document": ("this version of YAML is unknown", ""),
    "while scanning an alias": ("a '*' begins a reference to an anchor, and needs its name", ""),
    "while scanning an anchor": ("an '&' begins an anchor, and needs its name", ""),
    "while scanning a tag: did not find expected whitespace": _BEHIND_TAG,
    "while scanning a tag: expected ' '": _BEHIND_TAG,
    "while scanning a block scalar": ("this cannot stand behind a '|' or '>'", ""),
}
# Where the end is what is missing, the beginning is what to show.
_SHOWN_FROM_THE_BEGINNING = (
    "quoted scalar: found unexpected",
    "a flow sequence",
    "a flow mapping",
    "a simple key",
)


def unreadable_yaml(error: MarkedYAMLError, file: str, text: str) -> Problem:
    """The problem of a text that is not YAML."""
    saying = ": ".join(filter(None, (error.context, error.problem)))
    mark: Any = error.problem_mark or error.context_mark
    if _is_tab(mark, text):
        message, hint = "a tab cannot indent", "Use spaces: YAML does not say how wide a tab is."
    elif "while parsing a flow node" in saying and not _behind(mark, text).strip():
        message, hint = "a '[' or a '{' is never closed", _IN_BRACKETS
    else:
        message, hint = _words(saying)
        if any(part in saying for part in _SHOWN_FROM_THE_BEGINNING):
            mark = error.context_mark
    return Problem(Kind.SYNTAX, _place(mark, file, text), message, hint)


def _place(mark: Any, file: str, text: str) -> Place:
    """Of `mark`; what is missing at the end of a text is missing behind its last word."""
    lines = _LINE_BREAK.split(text)
    if _behind(mark, text).strip():
        return Place(file, mark.line + 1, mark.column + 1)
    last = max((index for index, line in enumerate(lines) if line.strip()), default=0)
    return Place(file, last + 1, len(lines[last].rstrip()) + 1)


def _behind(mark: Any, text: str) -> str:
    return "\n".join(_LINE_BREAK.split(text)[mark.line :])[mark.column :]


def _words(saying: str) -> tuple[str, str]:
    found = [words for key, words in _SAYINGS.items() if key in saying]
    return found[0] if found else (f"this is not YAML: {saying}", "")


def _is_tab(mark: Any, text: str) -> bool:
    line = _LINE_BREAK.split(text)[mark.line : mark.line + 1]
    before = line[0][: mark.column + 1] if line else ""
    return "\t" in before and not before.strip("\t -") and not before.endswith(" ")


def unprintable(text: str, file: str) -> Problem | None:
    """The problem of a character that YAML does not allow, if there is one."""
    found = _UNPRINTABLE.search(text)
    if found is None:
        return None
    lines = _LINE_BREAK.split(text[: found.start()])
    place = Place(file, len(lines), len(lines[-1]) + 1)
    what = "a NUL" if found.group() == "\0" else f"the character U+{ord(found.group()):04X}"
    return Problem(
        Kind.SYNTAX,
        place,
        f"{what} cannot stand in YAML",
        'Inside double quotes it can be written as "\\x00", with its own number.',
    )
