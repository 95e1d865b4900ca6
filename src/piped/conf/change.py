"""Changing the scalars of a tree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from piped.conf.nodes import Alias, Entry, Layer, Mapping, Node, Override, Scalar, Sequence

__all__ = ["changed"]


def changed(node: Node, change: Callable[[Scalar], Node]) -> Node:
    """`node` with each scalar of it changed. What stands in several places is changed once."""
    return _Change(change).of(node)


class _Change:
    def __init__(self, change: Callable[[Scalar], Node]) -> None:
        self._change = change
        # By identity, for nodes are shared; the old node is kept, so that its identity stays its.
        self._done: dict[int, tuple[Node, Node]] = {}

    def of(self, node: Node) -> Node:
        if id(node) not in self._done:
            self._done[id(node)] = (node, self._made(node))
        return self._done[id(node)][1]

    def _made(self, node: Node) -> Node:
        if isinstance(node, Mapping):
            return self._mapping(node)
        if isinstance(node, Sequence):
            items = tuple(map(self.of, node.items))
            same = all(new is old for new, old in zip(items, node.items, strict=True))
            return node if same else replace(node, items=items)
        if isinstance(node, Alias):
            return replace(node, layers=tuple(map(self._layer, node.layers)))
        return self._change(node)

    def _mapping(self, mapping: Mapping) -> Mapping:
        new = {key: self.of(entry.node) for key, entry in mapping.entries.items()}
        if all(new[key] is entry.node for key, entry in mapping.entries.items()):
            return mapping
        entries = {key: Entry(new[key], entry.key_place) for key, entry in mapping.entries.items()}
        return replace(mapping, entries=entries)

    def _layer(self, layer: Layer) -> Layer:
        if isinstance(layer, str):
            return layer
        if isinstance(layer, Override):
            return replace(layer, node=self.of(layer.node))
        return self.of(layer)
