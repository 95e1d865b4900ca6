"""Putting one tree over another.

Mappings merge key by key. Anything else replaces what it is put over, and remembers it. An `!alias`
is not yet known to be a mapping or something else; what is merged with it waits as a layer.
"""

from __future__ import annotations

from dataclasses import replace

from piped.conf.nodes import Alias, Entry, Layer, Mapping, Node, Origin

__all__ = ["instead_of", "merged"]


def merged(low: Node, high: Node) -> Node:
    """`high` over `low`."""
    if isinstance(low, Mapping) and isinstance(high, Mapping):
        return _mappings(low, high)
    if isinstance(high, Alias) and isinstance(low, Mapping | Alias):
        return replace(high, layers=(*_layers(low), *high.layers))
    if isinstance(low, Alias) and isinstance(high, Mapping):
        return replace(low, layers=(*low.layers, high))
    return instead_of(low, high)


def _mappings(low: Mapping, high: Mapping) -> Mapping:
    entries = dict(low.entries)
    for key, entry in high.entries.items():
        under = entries.get(key)
        over = merged(under.node, entry.node) if under else entry.node
        entries[key] = Entry(over, entry.key_place)
    return replace(high, entries=entries)


def _layers(node: Mapping | Alias) -> tuple[Layer, ...]:
    return node.layers if isinstance(node, Alias) else (node,)


def instead_of(old: Node, new: Node) -> Node:
    """`new`, which remembers that it took the place of `old`."""
    return replace(new, origin=_after(new.origin, old.origin))


def _after(origin: Origin, old: Origin) -> Origin:
    """`origin`, with `old` at the end of all that it replaced."""
    chain = [origin]
    while (earlier := chain[-1].replaced) is not None:
        chain.append(earlier)
    for each in reversed(chain):
        old = replace(each, replaced=old)
    return old
