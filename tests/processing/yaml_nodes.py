"""Nodes with places from YAML text: what the configuration would give for it."""

from __future__ import annotations

from typing import Any

import yaml

from piped.conf.nodes import Entry, Mapping, Node, Origin, Parameter, Scalar, Sequence, plain
from piped.paths import BatonPath
from piped.problems import Place

__all__ = ["nodes", "nodes_in"]

FILE = "app.yaml"


def nodes(text: str) -> Node:
    """The node of the one document in `text`."""
    return nodes_in(yaml.compose(text, yaml.SafeLoader))


def nodes_in(raw: Any, file: str = FILE) -> Node:
    """The node of what PyYAML has composed."""
    origin = Origin(_place(raw, file))
    if raw.tag == "!parameter":
        return Scalar(_parameter(raw, file), origin, str(raw.value))
    if isinstance(raw, yaml.MappingNode):
        entries = {
            _value(key): Entry(nodes_in(value, file), _place(key, file)) for key, value in raw.value
        }
        return Mapping(entries, origin)
    if isinstance(raw, yaml.SequenceNode):
        return Sequence(tuple(nodes_in(each, file) for each in raw.value), origin)
    return Scalar(_value(raw), origin, raw.value, quoted=raw.style is not None)


def _parameter(raw: Any, file: str) -> Parameter:
    if not isinstance(raw, yaml.MappingNode):
        return Parameter(raw.value)
    named = {key.value: nodes_in(value, file) for key, value in raw.value}
    return Parameter(plain(named["name"]), named.get("default"))


def _place(raw: Any, file: str) -> Place:
    return Place(file, raw.start_mark.line + 1, raw.start_mark.column + 1)


def _value(raw: Any) -> Any:
    if raw.tag == "!path":
        return BatonPath(raw.value)
    return _loader.construct_object(raw)


_loader = yaml.SafeLoader("")
