"""What differs between two snapshots: the paths of what came, became another, or went."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

__all__ = ["NOTHING", "Changes", "changes", "value_at"]


@dataclass(frozen=True, slots=True)
class Changes:
    """Paths, in the order in which they stand there. The empty path is the whole."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


NOTHING = Changes()


def changes(before: Any, after: Any) -> Changes:
    """What made `after` of `before`. Where a whole branch is new, only its root is named."""
    found: dict[str, list[str]] = {"added": [], "changed": [], "removed": []}
    for kind, path in _differences(before, after, ""):
        found[kind].append(path)
    return Changes(**{kind: tuple(paths) for kind, paths in found.items()})


def _differences(before: Any, after: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(before, dict) and isinstance(after, dict):
        one, other = before, after
    elif isinstance(before, list) and isinstance(after, list):
        one, other = dict(enumerate(before)), dict(enumerate(after))
    else:
        # In Python 1 is True.
        if type(before) is not type(after) or before != after:
            yield "changed", path
        return
    yield from _between(one, other, path)


def _between(before: dict[Any, Any], after: dict[Any, Any], path: str) -> Iterator[tuple[str, str]]:
    for key, value in after.items():
        below = f"{path}.{key}" if path else str(key)
        if key in before:
            yield from _differences(before[key], value, below)
        else:
            yield "added", below
    for key in before:
        if key not in after:
            yield "removed", f"{path}.{key}" if path else str(key)


def value_at(value: Any, path: str) -> Any:
    """What a snapshot has at one of these paths. Keys may have dots themselves."""
    if not path:
        return value
    entries = value if isinstance(value, dict) else dict(enumerate(value))
    for key, each in entries.items():
        if path == str(key):
            return each
        rest = path.removeprefix(f"{key}.")
        if rest != path and isinstance(each, dict | list):
            try:
                return value_at(each, rest)
            except KeyError:
                continue
    raise KeyError(path)
