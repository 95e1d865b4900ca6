"""Values that a baton brings for options: of their types, or else the baton is unfit.

A value is read as if it stood in the configuration: a duration may be `5s`, a list has its items
read one by one. What is as good as it is stays the very object that it was.
"""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Callable, Iterator
from dataclasses import is_dataclass
from typing import Any

from piped.conf.nodes import Entry, Mapping, Node, Origin, Scalar, Sequence
from piped.exceptions import UnfitBaton
from piped.options import INVALID, Check, Code, Lambda, Schema, Script, describe_type
from piped.paths import BatonPath
from piped.problems import Place

__all__ = ["Fit", "fits_of"]

# Gives the value that a processor gets for what the baton has. Raises UnfitBaton.
Fit = Callable[[Any], Any]

_PLACE = Place("baton", 1)
_ORIGIN = Origin(_PLACE)


def fits_of(schema: Schema, configuration: dict[str, Any]) -> dict[str, Fit]:
    """How the values of the options in `configuration` are looked at, by parameter."""
    return {
        option.parameter: _fit(option.name, option.type, configuration[option.parameter])
        for option in schema.options
        if option.parameter in configuration
    }


def _fit(name: str, type_: Any, written: Any) -> Fit:
    depth, others = _depth(type_), tuple(_others(type_))
    # Nobody outside writes our code.
    is_code = any(issubclass(each, Lambda | Code | Script) for each in others)
    origin = f" (!path {str(written)!r})" if isinstance(written, BatonPath) else ""

    def fit(value: Any) -> Any:
        check = Check()
        found = INVALID if is_code else check.convert(_node(value, depth), type_, name)
        if found is INVALID and isinstance(value, others):
            return value
        if found is INVALID:
            reason = f"{name}: no code is taken from a baton"
            raise UnfitBaton(f"{reason if is_code else check.problems[0].message}{origin}")
        if value is None and found is not None:
            # Where nothing is written, all options of a mapping are what they are by default.
            raise UnfitBaton(f"{name}: expected a {describe_type(type_)}, got null{origin}")
        return value if _is_same(found, value) else found

    return fit


def _is_same(found: Any, value: Any) -> bool:
    try:
        return found is value or bool(found == value)
    except Exception:  # noqa: BLE001 - what a baton has may not be there to be compared
        return False


def _node(value: Any, depth: int) -> Node:
    """`value` as if it were written, as deep as its type is looked at."""
    if depth and isinstance(value, list | tuple):
        return Sequence(tuple(_node(each, depth - 1) for each in value), _ORIGIN)
    if depth and isinstance(value, dict):
        entries = {key: Entry(_node(each, depth - 1), _PLACE) for key, each in value.items()}
        return Mapping(entries, _ORIGIN)
    # Forms ask for the very types that YAML has.
    for plain in (bool, int, float, str):
        if isinstance(value, plain):
            return Scalar(plain(value), _ORIGIN)
    return Scalar(value, _ORIGIN)


def _depth(type_: Any) -> int:
    """How many lists and mappings of the type are within one another."""
    if type_ in (list, tuple, set, frozenset, dict) or is_dataclass(type_):
        return 1 + 8 * is_dataclass(type_)
    origin = typing.get_origin(type_)
    if origin is typing.Annotated:
        return _depth(type_.__origin__)
    arguments = typing.get_args(type_)
    inside = max(map(_depth, arguments), default=0)
    return inside + (origin not in (None, typing.Union, types.UnionType, typing.Literal))


def _others(type_: Any) -> Iterator[type]:
    """What values of the type are in Python, where YAML has no such thing."""
    origin = typing.get_origin(type_)
    if origin in (typing.Union, types.UnionType):
        for each in typing.get_args(type_):
            yield from _others(each)
    elif origin is re.Pattern or type_ is re.Pattern:
        yield re.Pattern
    elif isinstance(type_, type) and origin is None and _has_instances_of_its_own(type_):
        yield type_


def _has_instances_of_its_own(cls: type) -> bool:
    plain = (bool, int, float, str, bytes, list, tuple, dict, set, frozenset, type(None), object)
    return cls not in plain or cls is bytes
