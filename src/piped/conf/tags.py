"""What the tags may stand on. Their values are made when all is read (`piped.conf.values`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from piped.conf.nodes import Alias, Mapping, Node, Scalar, Sequence, Tagged, kind_of
from piped.conf.scalars import resolve
from piped.problems import Kind, Place, Problem, did_you_mean

__all__ = ["TAGS", "marked", "shown"]

_YAML = "tag:yaml.org,2002:"
# Each tag of ours: what it takes, and the keys of the mapping it may take instead of a text.
TAGS: dict[str, tuple[str, tuple[str, ...]]] = {
    "!alias": ("the key path of what is meant", ()),
    "!env": ("the name of an environment variable", ("name", "default")),
    "!filepath": ("a path, relative to this file", ()),
    "!include": ("the path of a file, relative to this one", ()),
    "!parameter": ("the name of a parameter of the pipeline", ("name", "default")),
    "!path": ("a key path into the baton", ()),
    "!pipedpath": ("a path inside the package piped", ()),
    "!secret": ("a text", ("env", "file")),
}
# The text may be missing: the baton itself, the file's folder, the package's folder.
_MAY_BE_EMPTY = {"!path", "!filepath", "!pipedpath"}


def marked(node: Node, tag: str) -> Node | Problem:
    """`node` with a tag before it."""
    if tag == "!" or tag.startswith(_YAML):
        return _typed(node, tag)
    name, colon, argument = tag.partition(":")
    if name not in TAGS or (colon and name != "!alias"):
        return _unknown(node, tag)
    if tag.startswith("!alias:"):
        return _alias_with_defaults(node, argument)
    return _ours(node, tag)


def shown(tag: str) -> str:
    """A tag as it is written."""
    return f"!!{tag.removeprefix(_YAML)}" if tag.startswith(_YAML) else tag


def _ours(node: Node, tag: str) -> Node | Problem:
    what, keys = TAGS[tag]
    if isinstance(node, Mapping) and keys:
        unknown = [key for key in node.entries if key not in keys]
        if unknown or not node.entries:
            place = node.entries[unknown[0]].key_place if unknown else node.origin.place
            message = f"{tag} takes {what}, or a mapping of {' and '.join(keys)}"
            return Problem(Kind.BAD_TAG, place, message)
    elif type(node) is not Scalar or (not node.text and tag not in _MAY_BE_EMPTY):
        found = "nothing" if type(node) is Scalar else kind_of(node)
        message = f"{tag} takes {what}, not {found}"
        return Problem(Kind.BAD_TAG, _place_of(node, tag), message)
    if tag == "!alias":
        assert isinstance(node, Scalar)
        return Alias((node.text,), node.origin)
    text, quoted = (node.text, node.quoted) if isinstance(node, Scalar) else ("", False)
    return Tagged(None, node.origin, text, quoted, tag, node)


def _alias_with_defaults(node: Node, path: str) -> Node | Problem:
    tag = f"!alias:{path}"
    if not path:
        message = "!alias: takes the key path of what is meant"
        return Problem(Kind.BAD_TAG, _place_of(node, tag), message, "Write !alias:a.b.c")
    if isinstance(node, Mapping):
        return Alias((node, path), node.origin)
    if type(node) is Scalar and not node.text:
        return Alias((path,), node.origin)
    message = f"{tag} takes a mapping of defaults or nothing, not {kind_of(node)}"
    return Problem(Kind.BAD_TAG, _place_of(node, tag), message)


def _typed(node: Node, tag: str) -> Node | Problem:
    """One of YAML's own types."""
    name = tag.removeprefix(_YAML)
    if (
        isinstance(node, Mapping | Sequence)
        and name == {Mapping: "map", Sequence: "seq"}[type(node)]
    ):
        return node
    if isinstance(node, Mapping | Sequence) and name == "!":
        return node
    if name in {"!", "str"} and type(node) is Scalar:
        return replace(node, quoted=True)
    if name in _TYPES and type(node) is Scalar:
        return _converted(node, name)
    known = {"!", "str", "map", "seq", *_TYPES}
    if name in known:
        message = f"{shown(tag)} cannot stand on {kind_of(node)}"
        return Problem(Kind.BAD_TAG, _place_of(node, shown(tag)), message)
    return _unknown(node, tag)


_TYPES: dict[str, tuple[type, ...]] = {
    "int": (int,),
    "float": (float, int),
    "bool": (bool,),
    "null": (type(None),),
}


def _converted(node: Scalar, name: str) -> Node | Problem:
    value = resolve(node.text)
    if type(value) not in _TYPES[name]:
        message = f"this is no !!{name}"
        return Problem(Kind.BAD_TAG, node.origin.place, message)
    convert: Callable[[float], float | None] = float if name == "float" else _unchanged
    return replace(node, value=convert(value))  # type: ignore[arg-type] # a text is in no row of _TYPES


def _unchanged(value: float) -> float:
    return value


def _unknown(node: Node, tag: str) -> Problem:
    near = did_you_mean(shown(tag), [*TAGS, "!!str", "!!int", "!!float"])
    hint = (
        "" if near else f"The tags are {', '.join(TAGS)}. A text that begins with '!' needs quotes."
    )
    place = _place_of(node, shown(tag))
    return Problem(Kind.UNKNOWN_TAG, place, f"there is no tag {shown(tag)}{near}", hint)


def _place_of(node: Node, tag: str) -> Place:
    """Of the tag alone."""
    place = node.origin.place
    return replace(place, end_column=place.column + len(tag)) if place.line else place
