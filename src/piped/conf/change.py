"""Changing the scalars of a tree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from operator import is_

from piped.conf.nodes import Alias, Entry, Layer, Mapping, Node, Override, Scalar, Sequence

__all__ = ["changed"]


def changed(node: Node, change: Callable[[Scalar], Node]) -> Node:
    """`node` with each scalar of it changed. A collection in several places is changed once."""
    return _Change(change).of(node)


class _Change:
    def __init__(self, change: Callable[[Scalar], Node]) -> None:
        self._change = change
        # By identity, for nodes are shared; the old node is kept, so that its identity stays its.
        self._done: dict[int, tuple[Node, Node]] = {}

    def of(self, node: Node) -> Node:
        if isinstance(node, Scalar):
            return self._change(node)
        if id(node) not in self._done:
            self._done[id(node)] = (node, self._made(node))
        return self._done[id(node)][1]

    def _made(self, node: Mapping | Sequence | Alias) -> Node:
        if isinstance(node, Mapping):
            return self._mapping(node)
        if isinstance(node, Alias):
            return replace(node, layers=tuple(map(self._layer, node.layers)))
        items = tuple(map(self.of, node.items))
        return node if all(map(is_, items, node.items)) else replace(node, items=items)

    def _mapping(self, mapping: Mapping) -> Mapping:
        entries = mapping.entries
        new = {}
        for key, entry in entries.items():
            node = self.of(entry.node)
            if node is not entry.node:
                new[key] = Entry(node, entry.key_place)
        return replace(mapping, entries={**entries, **new}) if new else mapping

    def _layer(self, layer: Layer) -> Layer:
        if isinstance(layer, str):
            return layer
        if isinstance(layer, Override):
            return replace(layer, node=self.of(layer.node))
        return self.of(layer)
