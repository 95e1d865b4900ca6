"""The values of a configuration, each with its place and its history.

Nodes are frozen. A stage that changes something makes new ones; what it replaced is
kept in the origin of what replaced it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from piped.problems import Place

__all__ = ["Alias", "Entry", "Key", "Mapping", "Node", "Origin", "Scalar", "Sequence", "plain"]

Key = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Origin:
    """Why a value is what it is."""

    place: Place
    # The entries of `includes` that led to the file, outermost first.
    through: tuple[Place, ...] = ()
    # What put it there, where that was not simply a file: "-O", "runmode unittest" …
    how: str = ""
    replaced: Origin | None = None


@dataclass(frozen=True, slots=True)
class Scalar:
    """A value without parts. `text` is what the file says; `quoted`: in quotes, or as a block."""

    value: Any
    origin: Origin
    text: str = ""
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Sequence:
    items: tuple[Node, ...]
    origin: Origin


@dataclass(frozen=True, slots=True)
class Entry:
    """What stands behind a key of a mapping."""

    node: Node
    key_place: Place


@dataclass(frozen=True, slots=True)
class Mapping:
    entries: dict[Key, Entry]
    origin: Origin

    def __getitem__(self, key: Key) -> Node:
        return self.entries[key].node

    def __contains__(self, key: Key) -> bool:
        return key in self.entries

    def get(self, key: Key) -> Node | None:
        entry = self.entries.get(key)
        return entry.node if entry else None

    def items(self) -> Iterator[tuple[Key, Node]]:
        return ((key, entry.node) for key, entry in self.entries.items())


@dataclass(frozen=True, slots=True)
class Alias:
    """An `!alias`: layers from the lowest to the highest; a string is the path of a target.

    It is gone once the aliases of a configuration are resolved.
    """

    layers: tuple[Node | str, ...]
    origin: Origin = field(compare=False)


Node = Scalar | Sequence | Mapping | Alias


def plain(node: Node) -> Any:
    """The plain Python value of `node`, which is the asker's own."""
    if isinstance(node, Mapping):
        return {key: plain(entry.node) for key, entry in node.entries.items()}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    assert isinstance(node, Scalar), "aliases are resolved before anything is handed out"
    return node.value
