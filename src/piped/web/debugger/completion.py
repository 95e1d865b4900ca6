"""What a name, an attribute or a key may go on with. Nothing is called to find out.

No property is asked, no `__getattr__`, no `__dir__`: whoever presses the tabulator wants nothing
to happen. What can only be known by asking is not completed; what dependencies have is known.
"""

from __future__ import annotations

import ast
import inspect
import keyword
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import FunctionType, MemberDescriptorType
from typing import Any

from piped.dependencies import DependencyMap
from piped.secret import Secret, redact
from piped.web.debugger.console import Names
from piped.web.debugger.values import kind_of

__all__ = ["Candidate", "Completion", "complete"]

_MOST = 200
_LONGEST = 2_000  # characters before the cursor that are looked at
_BASE = r"(?P<base>[^\W\d]\w*(?:\.\w+|\[(?:'[^'\\]*'|\"[^\"\\]*\"|-?\d+)\])*)"
_ATTRIBUTE = re.compile(rf"(?<![\w.\])]){_BASE}\.(?P<part>\w*)$")
_KEY = re.compile(rf"(?<![\w.\])]){_BASE}\[(?P<quote>['\"])(?P<part>[^'\"]*)$")
_NAME = re.compile(r"(?<![\w.'\"])(?P<part>[^\W\d]\w*)$")
_UNKNOWN = object()


@dataclass(frozen=True, slots=True)
class Candidate:
    """What may stand there, and of which type it is."""

    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Completion:
    """The candidates for what begins at `start`."""

    start: int
    candidates: tuple[Candidate, ...] = ()


def complete(before: str, names: Names) -> Completion:
    """What the text before the cursor may go on with."""
    text = before[-_LONGEST:]
    for pattern, finder in ((_ATTRIBUTE, _attributes), (_KEY, _keys), (_NAME, _names)):
        if match := pattern.search(text):
            found = finder(match, names)
            start = len(before) - len(match["part"])
            fitting = (each for each in found if _fits(each.text, match["part"]))
            return Completion(start, tuple(_first(fitting)))
    return Completion(len(before))


def _first(candidates: Iterable[Candidate]) -> Iterator[Candidate]:
    """The first few, none twice, none that shows a secret."""
    seen: set[str] = set()
    for each in candidates:
        if len(seen) == _MOST:
            return
        if each.text not in seen and redact(each.text) == each.text:
            seen.add(each.text)
            yield each


def _fits(text: str, part: str) -> bool:
    """What begins with `_` has to be asked for."""
    return text.startswith(part) and (part.startswith("_") or not text.startswith("_"))


def _names(_: re.Match[str], names: Names) -> Iterator[Candidate]:
    for level in (names, names.globals, names.builtins):
        for name in sorted(filter(str.isidentifier, level)):
            yield Candidate(name, kind_of(level[name]))
    for word in keyword.kwlist:
        yield Candidate(word, "keyword")


def _keys(match: re.Match[str], names: Names) -> Iterator[Candidate]:
    value = _with_keys(_value_of(match["base"], names))
    if isinstance(value, dict):
        ending = match["quote"] + "]"
        for key in list(dict.keys(value)):
            if type(key) is str and not set("'\"\\\n") & set(key):
                yield Candidate(key + ending, kind_of(dict.__getitem__(value, key)))


def _attributes(match: re.Match[str], names: Names) -> Iterator[Candidate]:
    value = _value_of(match["base"], names)
    if value is _UNKNOWN or isinstance(value, Secret):
        return
    for name in sorted(_attribute_names(value)):
        found = _attribute(value, name)
        yield Candidate(name, "property" if found is _UNKNOWN else kind_of(found))


def _attribute_names(value: Any) -> set[str]:
    kinds = [*type(value).__mro__, *(value.__mro__ if isinstance(value, type) else ())]
    spaces = [vars(kind) for kind in kinds]
    try:
        own = object.__getattribute__(value, "__dict__")
    except Exception:  # noqa: BLE001 - it has none
        own = {}
    if isinstance(own, dict):
        spaces.append(own)  # type: ignore[arg-type]
    if isinstance(value, DependencyMap):
        spaces.append(_with_keys(value))
    return {name for space in spaces for name in list(space)}


def _with_keys(value: Any) -> Any:
    """The resources of dependencies, which are no dictionary, but are known like one."""
    return dict(value.items()) if isinstance(value, DependencyMap) else value


def _value_of(text: str, names: Names) -> Any:
    """What `text` stands for, as far as it can be known without calling anything."""
    try:
        return _value(ast.parse(text, mode="eval").body, names)
    except (SyntaxError, ValueError, LookupError, TypeError, RecursionError):
        return _UNKNOWN


def _value(node: ast.AST, names: Names) -> Any:
    if isinstance(node, ast.Name):
        return (
            names[node.id]
            if node.id in names or node.id in names.globals
            else (names.builtins[node.id])
        )
    if isinstance(node, ast.Attribute):
        value = _value(node.value, names)
        return _UNKNOWN if value is _UNKNOWN else _attribute(value, node.attr)
    if isinstance(node, ast.Subscript):
        return _item(_value(node.value, names), ast.literal_eval(node.slice))
    return _UNKNOWN


def _item(value: Any, key: Any) -> Any:
    value = _with_keys(value)
    if isinstance(value, dict):
        return dict.get(value, key, _UNKNOWN)  # which asks no `__missing__`
    if isinstance(value, list):
        return list.__getitem__(value, key)
    if isinstance(value, tuple):
        return tuple.__getitem__(value, key)
    return _UNKNOWN


def _attribute(value: Any, name: str) -> Any:
    """The attribute of that name, if it stands there and need not be computed."""
    try:
        found = inspect.getattr_static(value, name)
        if isinstance(found, MemberDescriptorType | FunctionType | classmethod | staticmethod):
            return getattr(value, name)
    except AttributeError:
        return (
            _with_keys(value).get(name, _UNKNOWN) if isinstance(value, DependencyMap) else _UNKNOWN
        )
    except Exception:  # noqa: BLE001 - a metaclass may do anything
        return _UNKNOWN
    computed = hasattr(type(found), "__get__") and not inspect.isroutine(found)
    return _UNKNOWN if computed else found
