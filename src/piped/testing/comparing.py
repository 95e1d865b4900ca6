"""What is expected, and what there is: the first difference, with its key path.

Mappings and lists are compared as such, whatever their classes; anything else by type and value.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from piped.observe.changes import changes, value_at
from piped.observe.snapshot import text_of
from piped.paths import MISSING, get_path
from piped.secret import redact

__all__ = ["difference", "lack", "shown"]

_LONGEST = 300


def difference(expected: Any, found: Any) -> str:
    """The first difference and how many more there are; nothing, if there is none."""
    expected, found = _plain(expected), _plain(found)
    changed = changes(expected, found)
    paths = {
        path: text
        for text, some in (
            ("expected {0}, got {1}", changed.changed),
            ("expected {0}, but it is not there", changed.removed),
            ("nothing was expected, got {1}", changed.added),
        )
        for path in some
    }
    if not paths:
        return ""
    [(path, text), *others] = paths.items()
    values = [shown(_at(value, path)) for value in (expected, found)]
    more = f" (and {len(others)} more difference{'s' * (len(others) > 1)})" if others else ""
    return f"{f'{path}: ' if path else ''}{text.format(*values)}{more}"


def lack(expected: Any, found: Any) -> str:
    """What `found` lacks of what is expected; nothing, if it has all of that."""
    return difference(expected, _part(_plain(expected), _plain(found)))


def shown(value: Any) -> str:
    """A value on one line, without secrets."""
    text = " ".join(redact(text_of(value)).split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _plain(value: Any, around: tuple[int, ...] = ()) -> Any:
    """The same as dicts and lists. What holds itself is left as it is there."""
    if id(value) in around:
        return value
    within = (*around, id(value))
    if isinstance(value, Mapping):
        return {key: _plain(each, within) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each, within) for each in value]
    return value


def _part(expected: Any, found: Any) -> Any:
    """Of mappings in `found`, what is spoken of. A key may be a key path."""
    if isinstance(expected, dict) and isinstance(found, dict):
        there = {key: _found(found, key) for key in expected}
        return {
            key: _part(expected[key], each) for key, each in there.items() if each is not MISSING
        }
    if isinstance(expected, list) and isinstance(found, list):
        both = [_part(one, other) for one, other in zip(expected, found, strict=False)]
        return both + found[len(both) :]
    return found


def _found(mapping: dict[Any, Any], key: Any) -> Any:
    if key in mapping or not isinstance(key, str):
        return mapping.get(key, MISSING)
    return _plain(get_path(mapping, key, MISSING))


def _at(value: Any, path: str) -> Any:
    try:
        return value_at(value, path)
    except KeyError:
        return None
