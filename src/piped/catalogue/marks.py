"""What makes an object a plugin.

Classes are judged by the names in their ancestry, and interfaces only if somebody has imported
them: so neither zope.interface nor the base classes are imported to find out that there is nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from inspect import getattr_static
from types import FunctionType
from typing import NamedTuple, TypeGuard

from piped.catalogue.plugin import PluginKind

__all__ = ["Mark", "marks"]

_DECORATED = "__piped_processor__"
_PROCESSOR = ("piped.processors.base", "Processor")
_PROVIDER = ("piped.provider", "Provider")
# Classes of these are parts of flows, and objects of those.
_PARTS: dict[PluginKind, tuple[str, str]] = {
    "fount": ("piped.flow_part", "FountPart"),
    "tube": ("piped.flow_part", "TubePart"),
    "drain": ("piped.flow_part", "DrainPart"),
}
_RECIPES: dict[tuple[str, str], PluginKind] = {
    ("piped.flows.tube", "Tube"): "tube",
    ("piped.flows.storing", "Sink"): "drain",
}


class Mark(NamedTuple):
    kind: PluginKind
    name: str
    always: bool = False


def marks(value: object) -> Iterator[Mark]:
    """As what `value` is marked: mostly nothing, hardly ever two things."""
    if name := _decorated(value) or _own(value, "name", _PROCESSOR) or _says(value, "IProcessor"):
        yield Mark("processor", name)
    if section := _own(value, "section", _PROVIDER):
        yield Mark("provider", section)
    elif name := _says(value, "IResourceProvider"):
        yield Mark("provider", name, always=True)
    if name := _says(value, "IPipedService"):
        yield Mark("service", name, always=True)
    for kind, base in _PARTS.items():
        if name := _own(value, "name", base):
            yield Mark(kind, name)
    recipe = _RECIPES.get(_full_name(type(value)))
    if recipe and (name := _text(vars(value).get("name"))):
        yield Mark(recipe, name)


def _decorated(value: object) -> str | None:
    """The name that `@piped.processor` left on `value`: not on its class, nor on an ancestor."""
    if _is_class(value):
        mark = vars(value).get(_DECORATED)
    else:
        # A module may hold proxies, which must not be asked for anything yet.
        mark = getattr_static(value, _DECORATED, None)
        mark = None if mark is getattr_static(type(value), _DECORATED, None) else mark
    return _text(getattr(mark, "name", mark))


def _own(value: object, attribute: str, base: tuple[str, str]) -> str | None:
    """What the class itself, and not an ancestor, says that it is called."""
    if not _is_class(value) or base not in map(_full_name, value.__mro__):
        return None
    return _text(vars(value).get(attribute))


def _says(value: object, interface: str) -> str | None:
    """The name of `value`, if it provides that one of the interfaces of `piped.interfaces`."""
    interfaces = sys.modules.get("piped.interfaces")
    if interfaces is None or not (_is_class(value) or _is_function(value)):
        return None
    if not getattr(interfaces, interface).providedBy(value):
        return None
    return _text(getattr(value, "name", None)) or ".".join(_full_name(value))


def _full_name(value: type | FunctionType) -> tuple[str, str]:
    return value.__module__, value.__qualname__


# By its type: a proxy that is asked for its class may have to ask another.
def _is_class(value: object) -> TypeGuard[type]:
    return issubclass(type(value), type)


def _is_function(value: object) -> TypeGuard[FunctionType]:
    return issubclass(type(value), FunctionType)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
