"""The values of a configuration, each with its place and its history.

Nodes are frozen. A stage that changes something makes new ones; what it replaced is
kept in the origin of what replaced it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from piped.problems import Place

__all__ = [
    "Alias",
    "Entry",
    "Key",
    "Layer",
    "Mapping",
    "Node",
    "Origin",
    "Override",
    "Parameter",
    "Scalar",
    "Sequence",
    "Tagged",
    "depth",
    "is_null",
    "kind_of",
    "nodes_of",
    "plain",
]

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
class Tagged(Scalar):
    """A scalar whose value comes of its tag and of what stands behind the tag.

    It is a plain `Scalar` once the tags of a configuration are resolved.
    """

    tag: str = ""
    node: Node | None = None


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
class Override:
    """A layer of an alias that replaces, and does not merge: `-O` reaching behind an `!alias`."""

    path: tuple[Key, ...]
    node: Node


@dataclass(frozen=True, slots=True)
class Alias:
    """An `!alias`: layers from the lowest to the highest; a string is the path of a target.

    It is gone once the aliases of a configuration are resolved.
    """

    layers: tuple[Node | str | Override, ...]
    origin: Origin = field(compare=False)


@dataclass(frozen=True, slots=True)
class Parameter:
    """The value of a scalar for now: whoever uses the pipeline in which it stands says the other.

    None of a running configuration is left.
    """

    name: str
    default: Node | None = field(default=None, compare=False)
    missed: bool = False  # that nobody has said it is a known problem

    def __repr__(self) -> str:
        return f"!parameter {self.name}"


Node = Scalar | Sequence | Mapping | Alias
Layer = Node | str | Override


def plain(node: Node) -> Any:
    """The plain Python value of `node`, which is the asker's own."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Mapping):
        return {key: plain(entry.node) for key, entry in node.entries.items()}
    assert isinstance(node, Sequence), "aliases are resolved before anything is handed out"
    return [plain(item) for item in node.items]


def nodes_of(value: Any, origin: Origin) -> Node:
    """The node of a plain value. What is no mapping and no list is a scalar, whatever it is."""
    if isinstance(value, dict):
        entries = {key: Entry(nodes_of(each, origin), origin.place) for key, each in value.items()}
        return Mapping(entries, origin)
    if isinstance(value, list | tuple):
        return Sequence(tuple(nodes_of(each, origin) for each in value), origin)
    return Scalar(value, origin, str(value), quoted=isinstance(value, str))


def is_null(node: Node) -> bool:
    return isinstance(node, Scalar) and not isinstance(node, Tagged) and node.value is None


def kind_of(node: Node) -> str:
    """What `node` is, for a message."""
    names = {Mapping: "a mapping", Sequence: "a list", Alias: "an alias", Tagged: "a tagged value"}
    if type(node) in names:
        return names[type(node)]
    assert isinstance(node, Scalar)
    return {str: "a text", bool: "a truth value", type(None): "null"}.get(
        type(node.value), "a number"
    )


def depth(node: Node) -> int:
    """How many levels of collections there are in `node`; an alias is one, too."""
    levels, level = 0, [node]
    while level := [each for each in level if not isinstance(each, Scalar)]:
        levels += 1
        level = [part for each in level for part in _parts(each)]
    return levels


def _parts(node: Node) -> list[Node]:
    if isinstance(node, Mapping):
        return [entry.node for entry in node.entries.values()]
    if isinstance(node, Sequence):
        return list(node.items)
    layers = node.layers if isinstance(node, Alias) else ()
    return [layer for layer in layers if not isinstance(layer, str | Override)]
