"""Nodes from YAML, with their places: as much of a reader as these tests need."""

from __future__ import annotations

from typing import Any

import yaml

from piped.conf.nodes import Entry, Mapping, Node, Origin, Scalar, Sequence
from piped.options import INVALID, Check
from piped.paths import BatonPath
from piped.problems import Place
from piped.secret import Secret

TAGS = {"!path": BatonPath, "!secret": Secret}


def node(text: str, file: str = "app.yaml") -> Node:
    """The node that `text` says."""
    return _node(yaml.compose(text, yaml.SafeLoader) or yaml.ScalarNode("null", ""), file)


def _node(raw: Any, file: str) -> Node:
    origin = Origin(_place(raw, file))
    if isinstance(raw, yaml.MappingNode):
        entries = {
            _value(key): Entry(_node(value, file), _place(key, file)) for key, value in raw.value
        }
        return Mapping(entries, origin)
    if isinstance(raw, yaml.SequenceNode):
        return Sequence(tuple(_node(each, file) for each in raw.value), origin)
    return Scalar(_value(raw), origin, raw.value, quoted=bool(raw.style))


def _place(raw: Any, file: str) -> Place:
    mark = raw.start_mark
    return Place(file, mark.line + 1, mark.column + 1) if mark else Place(file)


def _value(raw: Any) -> Any:
    if raw.tag in TAGS:
        return TAGS[raw.tag](raw.value)
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_object(raw)
    finally:
        loader.dispose()


def value_of(text: str, type_: Any, **options: Any) -> Any:
    """What `text` becomes; it has to become something."""
    check = Check()
    value = check.convert(node(text), type_, **options)
    assert check.problems == []
    assert value is not INVALID
    return value


def problems_of(text: str, type_: Any, what: str = "x", **options: Any) -> list[str]:
    """What is wrong with `text`: something has to be."""
    check = Check()
    assert check.convert(node(text), type_, what, **options) is INVALID
    assert check.problems
    return [str(problem) for problem in check.problems]


def problem_of(text: str, type_: Any, what: str = "x", **options: Any) -> str:
    """The one thing that is wrong, without its place, with the way out behind it."""
    check = Check()
    assert check.convert(node(text), type_, what, **options) is INVALID
    [problem] = check.problems
    return f"{problem.message} | {problem.hint}" if problem.hint else problem.message
