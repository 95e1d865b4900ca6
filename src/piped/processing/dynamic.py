"""Options that are a `!path`: each baton brings its own value.

The processor keeps the path where it would keep the value. For each baton a shallow copy of the
processor is made, which has the values in their places, if they are of the options' types. What
the processor keeps besides its options is shared by all copies. A processor that looks into the
baton by itself, with `get_input`, names the attributes in `resolves`; they are left as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from copy import copy
from typing import Any

from piped.exceptions import UnfitBaton
from piped.options import schema_of
from piped.paths import BatonPath, get_path
from piped.processing.fitting import Fit, fits_of

__all__ = ["for_baton", "has_path", "lost_paths", "path_options", "resolved"]

_MISSING = object()


def path_options(processor: Any) -> dict[str, Any]:
    """The attributes of `processor` that are or contain a `!path`, apart from `resolves`."""
    own = {"processor_configuration", *getattr(processor, "resolves", ())}
    attributes = getattr(processor, "__dict__", {})
    return {name: each for name, each in attributes.items() if name not in own and has_path(each)}


def for_baton(method: str, processor: Any, options: dict[str, Any]) -> Callable[[Any], Any]:
    """That method of `processor`, with `options` taken from the baton it is called with."""
    fits = _fits(processor, options)

    def call(baton: Any) -> Any:
        its_own = copy(processor)
        for name, value in options.items():
            setattr(its_own, name, fits[name](resolved(value, baton)))
        return getattr(its_own, method)(baton)

    return call


def lost_paths(processor: Any, options: dict[str, Any]) -> list[str]:
    """Those of the `options` it was made of that have a `!path` which it has not kept."""
    kept = set(_paths_in(list(getattr(processor, "__dict__", {}).values())))
    return [name for name, value in options.items() if not kept.issuperset(_paths_in(value))]


def _fits(processor: Any, options: dict[str, Any]) -> dict[str, Fit]:
    """How what a baton has for those attributes is looked at."""
    configuration = getattr(processor, "processor_configuration", {})
    cls: Any = type(processor)
    fits = fits_of(schema_of(cls), configuration) if configuration else {}
    return {name: _fit_of(name, value, configuration, fits) for name, value in options.items()}


def _fit_of(name: str, value: Any, configuration: Mapping[str, Any], fits: dict[str, Fit]) -> Fit:
    """That of the option which an attribute holds; of those that it holds, if they are several."""
    same = [each for each in fits if configuration[each] == value]
    for parameter in (name, name.removeprefix("_"), f"{name}_", *(same if len(same) == 1 else ())):
        if parameter in same:
            return fits[parameter]
    if not isinstance(value, dict):
        return _as_it_is
    inner = {key: fits[key] for key in value if has_path(value[key]) and key in fits}

    def fit_each(values: dict[str, Any]) -> dict[str, Any]:
        return values | {key: fit(values[key]) for key, fit in inner.items()}

    return fit_each


def _as_it_is(value: Any) -> Any:
    return value


def _paths_in(value: Any) -> Iterator[BatonPath]:
    if isinstance(value, BatonPath):
        yield value
    elif type(value) in (dict, list, tuple):
        for each in value.values() if type(value) is dict else value:
            yield from _paths_in(each)


def resolved(value: Any, baton: Any) -> Any:
    """`value` with each `!path` in it replaced by what the baton has there."""
    if isinstance(value, BatonPath):
        found = get_path(baton, value, _MISSING)
        if found is _MISSING:
            raise UnfitBaton(f"the baton has nothing at {str(value)!r}, where an option looks")
        return found
    if type(value) is dict:
        return {key: resolved(each, baton) for key, each in value.items()}
    if type(value) in (list, tuple):
        return type(value)(resolved(each, baton) for each in value)
    return value


def has_path(value: Any) -> bool:
    """Whether `value` is or contains a `!path`."""
    return any(True for _ in _paths_in(value))
