"""The values of tags."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any

import piped
from piped.conf.change import changed
from piped.conf.loading import Loading
from piped.conf.nodes import (
    Alias,
    Mapping,
    Node,
    Parameter,
    Scalar,
    Sequence,
    Tagged,
    kind_of,
)
from piped.conf.scalars import resolve
from piped.conf.variables import with_variables
from piped.paths import BatonPath
from piped.problems import Kind, did_you_mean
from piped.secret import Secret

__all__ = ["settled", "with_values"]


def settled(node: Node, loading: Loading) -> Node:
    """`node` with its variables replaced and the values of its tags made."""
    return with_values(with_variables(node, loading), loading)


def with_values(node: Node, loading: Loading) -> Node:
    """`node` with the values of its tags made."""

    def change(scalar: Scalar) -> Node:
        return _MAKERS[scalar.tag](scalar, loading) if isinstance(scalar, Tagged) else scalar

    return changed(node, change)


def _valued(tagged: Tagged, value: Any, how: str = "", text: str | None = None) -> Scalar:
    how = ", ".join(filter(None, (tagged.origin.how, how)))
    shown = tagged.text if text is None else text
    return Scalar(value, replace(tagged.origin, how=how), shown, tagged.quoted)


def _path(tagged: Tagged, loading: Loading) -> Scalar:
    del loading
    return _valued(tagged, BatonPath(tagged.text))


def _filepath(tagged: Tagged, loading: Loading) -> Scalar:
    return _valued(tagged, Path(loading.path(tagged.text, tagged.origin.place)))


def _pipedpath(tagged: Tagged, loading: Loading) -> Scalar:
    """Packages are asked where they are, for a package need not lie inside the one above it."""
    del loading
    folder, package = piped.__path__[0], piped.__name__
    names = [name for name in tagged.text.split("/") if name]
    search = list(piped.__path__)
    while names and names[0].isidentifier():
        package = f"{package}.{names[0]}"
        spec = PathFinder.find_spec(package, search)
        if spec is None or not spec.submodule_search_locations:
            break
        search = list(spec.submodule_search_locations)
        folder = search[0]
        del names[0]
    return _valued(tagged, Path(os.path.normpath(Path(folder, *names))))


def _env(tagged: Tagged, loading: Loading) -> Node:
    name, default = tagged.text, None
    if isinstance(tagged.node, Mapping):
        name, default = _text_at(tagged.node, "name", loading), _default(tagged.node, loading)
    if name and (text := loading.environment.get(name)) is not None:
        return _valued(tagged, resolve(text), f"environment variable {name}", text)
    if isinstance(tagged.node, Mapping) and "name" not in tagged.node:
        loading.problem(Kind.BAD_TAG, tagged.origin.place, "!env needs the name of a variable")
    if default is not None:
        return default
    if name:
        _unset(tagged, name, loading)
    return _valued(tagged, None)


def _unset(tagged: Tagged, name: str, loading: Loading) -> None:
    near = did_you_mean(name, loading.environment)
    message = f"the environment variable {name} is not set{near}"
    hint = f"Set it, or give a default: {tagged.tag} {{name: {name}, default: …}}."
    if tagged.tag != "!env":
        hint = "Set it where the process is started."
    loading.problem(Kind.UNSET_VARIABLE, tagged.origin.place, message, hint)


def _secret(tagged: Tagged, loading: Loading) -> Scalar:
    if not isinstance(tagged.node, Mapping):
        return _valued(tagged, Secret(tagged.text), text="")
    if len(tagged.node.entries) != 1:
        message = "!secret takes one of env and file, not both"
        loading.problem(Kind.BAD_TAG, tagged.origin.place, message)
        return _valued(tagged, Secret(""))
    if "env" in tagged.node:
        return _secret_of_environment(tagged, tagged.node, loading)
    return _secret_of_file(tagged, tagged.node, loading)


def _secret_of_environment(tagged: Tagged, options: Mapping, loading: Loading) -> Scalar:
    name = _text_at(options, "env", loading)
    if name and name not in loading.environment:
        _unset(tagged, name, loading)
    return _valued(
        tagged, Secret(loading.environment.get(name, "")), f"environment variable {name}"
    )


def _secret_of_file(tagged: Tagged, options: Mapping, loading: Loading) -> Scalar:
    name, place = _text_at(options, "file", loading), options["file"].origin.place
    file = loading.path(name, place) if name else ""
    text = loading.text_of(file, place, is_value=True) if name else None
    # Every editor puts a line end behind the last line, and no password has one.
    return _valued(tagged, Secret((text or "").removesuffix("\n").removesuffix("\r")), name)


def _text_at(options: Mapping, key: str, loading: Loading) -> str:
    """The text behind `key`; empty, and a problem, if there is something else."""
    node = options.get(key)
    if node is None:
        return ""
    made = with_values(node, loading)
    value = made.value if isinstance(made, Scalar) else None
    if isinstance(value, Path):
        return str(value)
    if not isinstance(value, str) or not value:
        message = f"{key} takes a text, not {kind_of(node)}"
        loading.problem(Kind.BAD_TAG, node.origin.place, message)
        return ""
    return value


def _parameter(tagged: Tagged, loading: Loading) -> Scalar:
    if not isinstance(tagged.node, Mapping):
        return _valued(tagged, Parameter(tagged.text))
    name, default = _text_at(tagged.node, "name", loading), _default(tagged.node, loading)
    if "name" not in tagged.node:
        message = "!parameter needs the name of a parameter"
        loading.problem(Kind.BAD_TAG, tagged.origin.place, message)
    return _valued(tagged, Parameter(name, default), text=name)


def _default(options: Mapping, loading: Loading) -> Node | None:
    """What stands behind `default`, if anything does."""
    node = options.get("default")
    for alias in _aliases_in(node) if node is not None else ():
        # Aliases were put in before; none is looked for inside of a tag.
        message = "!alias cannot stand inside another tag"
        loading.problem(Kind.BAD_ALIAS, alias.origin.place, message, "Write the value itself.")
        return Scalar(None, alias.origin)
    return with_values(node, loading) if node is not None else None


def _aliases_in(node: Node) -> Iterator[Alias]:
    if isinstance(node, Alias):
        yield node
    elif isinstance(node, Mapping):
        for entry in node.entries.values():
            yield from _aliases_in(entry.node)
    elif isinstance(node, Sequence):
        for each in node.items:
            yield from _aliases_in(each)


def _stray_include(tagged: Tagged, loading: Loading) -> Scalar:
    """Includes are put in when their file is read. None is left, but where one cannot be."""
    message = "!include cannot stand here"
    hint = "It may stand on any value of a file, but not inside another tag or in `includes`."
    loading.problem(Kind.BAD_INCLUDE, tagged.origin.place, message, hint)
    return _valued(tagged, None)


_MAKERS: dict[str, Callable[[Tagged, Loading], Node]] = {
    "!parameter": _parameter,
    "!path": _path,
    "!filepath": _filepath,
    "!pipedpath": _pipedpath,
    "!env": _env,
    "!secret": _secret,
    "!include": _stray_include,
}
