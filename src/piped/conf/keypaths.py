"""Finding and placing nodes by key path."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from piped.conf.merge import instead_of
from piped.conf.nodes import (
    Alias,
    Entry,
    Key,
    Mapping,
    Node,
    Override,
    Sequence,
    is_null,
    kind_of,
)
from piped.conf.scalars import resolve

__all__ = ["Components", "NoRoom", "child", "components", "found", "nested", "placed"]

Components = tuple[Key, ...]


class NoRoom(LookupError):
    """Nothing can be put there, because of what is there."""


def components(path: str | Iterable[Key]) -> Components:
    """The components of a dotted path; anything but a text is a path's components already."""
    if isinstance(path, str):
        return tuple(path.split(".")) if path else ()
    return tuple(path)


def child(node: Node, component: Key) -> Node | None:
    """The part of `node` that `component` names; "404" may be the number, or an item of a list."""
    if isinstance(node, Mapping):
        return node.get(_key(node, component))
    if isinstance(node, Sequence):
        index = _index(component)
        return node.items[index] if index is not None and index < len(node.items) else None
    return None


def _key(mapping: Mapping, component: Key) -> Key:
    if component in mapping or not isinstance(component, str):
        return component
    typed = resolve(component)
    return typed if typed in mapping else component


def _index(component: Key) -> int | None:
    if isinstance(component, str):
        is_index = component.isascii() and component.isdigit() and len(component) < 10
        return int(component) if is_index else None
    return component if type(component) is int and component >= 0 else None


def found(node: Node, path: Components) -> Node | None:
    """What stands at `path` below `node`."""
    for component in path:
        below = child(node, component)
        if below is None:
            return None
        node = below
    return node


def nested(path: Components, node: Node) -> Node:
    """`node` under new mappings, one for each component."""
    for component in reversed(path):
        node = Mapping({component: Entry(node, node.origin.place)}, node.origin)
    return node


def placed(tree: Node, path: Components, node: Node) -> Node:
    """`tree` with `node` at `path`, instead of whatever is there. `NoRoom` if that cannot be."""
    if not path:
        return instead_of(tree, node)
    if isinstance(tree, Alias):
        return replace(tree, layers=(*tree.layers, Override(path, node)))
    if is_null(tree):
        return instead_of(tree, nested(path, node))
    if isinstance(tree, Mapping):
        return _placed_in_mapping(tree, path, node)
    if isinstance(tree, Sequence):
        return _placed_in_list(tree, path, node)
    raise NoRoom(f"{kind_of(tree)} stands where {path[0]!r} would have to go in")


def _placed_in_mapping(mapping: Mapping, path: Components, node: Node) -> Mapping:
    key = _key(mapping, path[0])
    old = mapping.entries.get(key)
    new = placed(old.node, path[1:], node) if old else nested(path[1:], node)
    key_place = old.key_place if old else node.origin.place
    return replace(mapping, entries={**mapping.entries, key: Entry(new, key_place)})


def _placed_in_list(sequence: Sequence, path: Components, node: Node) -> Sequence:
    index = _index(path[0])
    if index is None or index >= len(sequence.items):
        raise NoRoom(f"a list of {len(sequence.items)} has no item {path[0]!r}")
    items = list(sequence.items)
    items[index] = placed(items[index], path[1:], node)
    return replace(sequence, items=tuple(items))
