"""Words for people: what was found, and lists of names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from piped.conf.nodes import Mapping, Node, Scalar, Sequence
from piped.paths import BatonPath
from piped.secret import Secret

__all__ = ["about", "listed", "quoted", "shown"]

_LONGEST = 60


def about(what: str, message: str) -> str:
    """`message`, with what it is about before it."""
    return f"{what}: {message}" if what else message


def shown(node: Node) -> str:
    """What was found at `node`, as its author would say it. Never a secret."""
    if isinstance(node, Scalar):
        return _shown_value(node.value, node.text)
    if isinstance(node, Sequence):
        return "a list" if node.items else "an empty list"
    if isinstance(node, Mapping):
        return "a mapping" if node.entries else "an empty mapping"
    return "an alias"


def _shown_value(value: Any, text: str) -> str:
    if isinstance(value, Secret):
        return "a secret"
    if isinstance(value, BatonPath):
        return f"!path {_shortened(str(value))}"
    if isinstance(value, str):
        return repr(_shortened(value))
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return _shortened(text or _number_text(value))


def _number_text(value: Any) -> str:
    try:
        return repr(value)
    except ValueError:  # Python writes no whole number of more than some thousand digits
        return "a very large number"


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def quoted(names: Iterable[Any]) -> str:
    """'a', 'b', 3, false"""
    return ", ".join(str(each).lower() if isinstance(each, bool) else repr(each) for each in names)


def listed(words: Iterable[str]) -> str:
    """a, b or c: each once."""
    *most, last = dict.fromkeys(words)
    return f"{', '.join(most)} or {last}" if most else last
