"""Key paths: `a.b.c` into nested mappings, lists and attributes.

1. A component is tried as an item, then as an attribute. The methods of a mapping are no part of
   what is in it, and are not found.
2. Digits reach into lists. An index that is not there is missing like any other key.
3. The empty path is the object itself: it can be read, but neither written nor removed.
4. Writing makes the dicts that are missing on the way, and replaces nothing that is there on the
   way. Items of a list are replaced; attributes are written only where there is one.
5. A path is text, or any iterable of components for keys that have a dot in them.

`getter` and `setter` compile a path once. What they give is as quick as the code one would write
by hand, for one or two components into dicts.
"""

from __future__ import annotations

import inspect
import reprlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Protocol

from piped.exceptions import UnfitBaton

__all__ = [
    "MISSING",
    "BatonPath",
    "Getter",
    "Path",
    "Setter",
    "components",
    "get_path",
    "getter",
    "has_path",
    "remove_path",
    "set_path",
    "setdefault_path",
    "setter",
]

Path = str | Iterable[Any]
Setter = Callable[[Any, Any], None]
# Paths come from configurations, so there are not many; but a processor may make its own.
_REMEMBERED = 4096
# Python refuses to read numbers that are longer than a few thousand digits.
_LONGEST_INDEX = 20


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"


MISSING: Any = _Missing()


class Getter(Protocol):
    """Gives what a path leads to in an object, or the fallback."""

    def __call__(self, object: Any, fallback: Any = MISSING, /) -> Any: ...


class BatonPath(str):
    """A path that is to be followed in each baton anew: the value of `!path`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"BatonPath({super().__repr__()})"


def components(path: Path) -> tuple[Any, ...]:
    """What a path consists of."""
    if isinstance(path, str):
        return tuple(path.split(".")) if path else ()
    return tuple(path)


# Reading


def get_path(object: Any, path: Path, fallback: Any = None) -> Any:
    """What `path` leads to, or `fallback`."""
    return getter(path)(object, fallback)


def has_path(object: Any, path: Path) -> bool:
    """Whether `path` leads to anything, if only to None."""
    return getter(path)(object, MISSING) is not MISSING


def getter(path: Path) -> Getter:
    """A function that gives what `path` leads to in an object; else its fallback, or MISSING."""
    return _getter(path if isinstance(path, str) else tuple(path))


@lru_cache(_REMEMBERED)
def _getter(path: Path) -> Getter:
    parts = components(path)
    if len(parts) == 1:
        return _getter_of_one(*parts)
    if len(parts) == 2:
        return _getter_of_two(*parts)

    def get(object: Any, fallback: Any = MISSING, /) -> Any:
        return _follow(object, parts, fallback)

    return get


def _getter_of_one(key: Any) -> Getter:
    def get(object: Any, fallback: Any = MISSING, /) -> Any:
        if type(object) is dict:
            return object.get(key, fallback)
        return _follow(object, (key,), fallback)

    return get


def _getter_of_two(first: Any, second: Any) -> Getter:
    def get(object: Any, fallback: Any = MISSING, /) -> Any:
        if type(object) is dict:
            inner = object.get(first, MISSING)
            if type(inner) is dict:
                return inner.get(second, fallback)
        return _follow(object, (first, second), fallback)

    return get


def _follow(object: Any, parts: Iterable[Any], fallback: Any) -> Any:
    found = object
    for part in parts:
        found = found.get(part, MISSING) if type(found) is dict else _child(found, part)
        if found is MISSING:
            return fallback
    return found


def _child(parent: Any, key: Any) -> Any:
    """What `key` means in `parent`, or MISSING."""
    if type(parent) is dict:
        return parent.get(key, MISSING)
    item = _item(parent, key)
    return _attribute(parent, key) if item is MISSING else item


def _item(parent: Any, key: Any) -> Any:
    # Asked of the type: a class has no items, although `list["a"]` is an expression.
    if not hasattr(type(parent), "__getitem__"):
        return MISSING
    try:
        return parent[_index(parent, key)]
    except (LookupError, TypeError, AttributeError):
        return MISSING


def _index(parent: Any, key: Any) -> Any:
    """`key` as `parent` takes it: a number, if that is a list."""
    if isinstance(parent, str | bytes) or not isinstance(parent, Sequence):
        return key
    digits = isinstance(key, str) and key.isascii() and key.isdecimal()
    return int(key) if digits and len(key) < _LONGEST_INDEX else key


def _attribute(parent: Any, name: Any) -> Any:
    if not isinstance(name, str) or (isinstance(parent, Mapping) and _is_method(parent, name)):
        return MISSING
    return getattr(parent, name, MISSING)


def _is_method(mapping: Mapping[Any, Any], name: str) -> bool:
    return hasattr(dict, name) or inspect.isroutine(getattr(type(mapping), name, None))


# Writing


def set_path(object: Any, path: Path, value: Any) -> None:
    """Put `value` where `path` leads to."""
    setter(path)(object, value)


def setdefault_path(object: Any, path: Path, value: Any) -> Any:
    """What `path` leads to; if to nothing, put `value` there."""
    found = getter(path)(object, MISSING)
    if found is not MISSING:
        return found
    set_path(object, path, value)
    return value


def setter(path: Path) -> Setter:
    """A function that puts a value where `path` leads to in an object."""
    return _setter(path if isinstance(path, str) else tuple(path))


@lru_cache(_REMEMBERED)
def _setter(path: Path) -> Setter:
    parts = components(path)
    if not parts:
        raise ValueError("the empty path is the object itself, which cannot be replaced")
    if len(parts) == 1:
        return _setter_of_one(*parts)
    if len(parts) == 2:
        return _setter_of_two(*parts)

    def put(object: Any, value: Any, /) -> None:
        _write(object, parts, value)

    return put


def _setter_of_one(key: Any) -> Setter:
    def put(object: Any, value: Any, /) -> None:
        if type(object) is dict:
            object[key] = value
        else:
            _write(object, (key,), value)

    return put


def _setter_of_two(first: Any, second: Any) -> Setter:
    def put(object: Any, value: Any, /) -> None:
        if type(object) is dict:
            inner = object.get(first, MISSING)
            if type(inner) is dict:
                inner[second] = value
                return
        _write(object, (first, second), value)

    return put


def _write(object: Any, parts: tuple[Any, ...], value: Any) -> None:
    parent = object
    for depth in range(len(parts) - 1):
        child = _child(parent, parts[depth])
        if child is MISSING:
            child = {}
            _put(parent, parts, depth, child)
        parent = child
    _put(parent, parts, len(parts) - 1, value)


def _put(parent: Any, parts: tuple[Any, ...], depth: int, value: Any) -> None:
    """Put `value` under the component at `depth` into `parent`, to which those before it led."""
    key = parts[depth]
    refused: Exception | None = None
    if hasattr(type(parent), "__setitem__"):
        try:
            parent[_index(parent, key)] = value
            return
        except (LookupError, TypeError, AttributeError) as error:
            refused = error
    if _attribute(parent, key) is MISSING:
        raise _unfit("write", parts, depth, parent) from refused
    try:
        setattr(parent, key, value)
    except (AttributeError, TypeError) as error:
        raise _unfit("write", parts, depth, parent) from error


# Removing


def remove_path(object: Any, path: Path, ignore_missing: bool = True) -> None:
    """Remove what `path` leads to. A KeyError says that there is nothing, if that matters."""
    parts = components(path)
    if not parts:
        raise ValueError("the empty path is the object itself, which cannot be removed")
    parent = _follow(object, parts[:-1], MISSING)
    if parent is not MISSING and _child(parent, parts[-1]) is not MISSING:
        _remove(parent, parts)
    elif not ignore_missing:
        raise KeyError(path)


def _remove(parent: Any, parts: tuple[Any, ...]) -> None:
    key = parts[-1]
    try:
        if _item(parent, key) is MISSING:
            delattr(parent, key)
        else:
            del parent[_index(parent, key)]
    except (LookupError, TypeError, AttributeError) as error:
        raise _unfit("remove", parts, len(parts) - 1, parent) from error


# What was in the way


def _unfit(verb: str, parts: tuple[Any, ...], depth: int, parent: Any) -> UnfitBaton:
    where = repr(_text(parts[:depth])) if depth else "the object itself"
    return UnfitBaton(
        f"cannot {verb} {_text(parts)!r}: {where} is {_described(parent)},"
        f" which takes no {parts[depth]!r}"
    )


def _text(parts: tuple[Any, ...]) -> str:
    return ".".join(map(str, parts))


def _described(value: Any) -> str:
    if value is None:
        return "None"
    name = type(value).__qualname__
    if isinstance(value, list | tuple):
        return f"a {name} of {len(value)}"
    return f"the {name} {reprlib.repr(value)}"
