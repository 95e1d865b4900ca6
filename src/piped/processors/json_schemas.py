"""Schemas of JSON: read and checked with all that they refer to, before there is a baton.

What is said of an input never shows the input: it may be a password, and ends up in a log.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from piped.conf.nodes import Mapping, Node, Origin, Scalar, Sequence, nodes_of, plain
from piped.conf.read import Source, read
from piped.options import INVALID
from piped.problems import Kind, Place
from piped.processors.json_references import References, Unresolved

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

    from piped.options import Check

__all__ = ["JsonSchema", "words_of"]

_LONGEST = 80
_LONGEST_FAULT = 300


@dataclass(frozen=True, slots=True)
class JsonSchema:
    """A schema, or the path of a file that has one, as JSON or as YAML."""

    schema: Any
    dialect: Any
    registry: Any

    @classmethod
    def from_node(cls, node: Node, check: Check) -> Any:
        if isinstance(node, Scalar) and type(node.value) is str:
            found = _read(node, check)
            folder = Path(node.value).expanduser().parent
            return INVALID if found is INVALID else cls._checked(found, folder, check, node)
        if isinstance(node, Mapping) or (type(node) is Scalar and type(node.value) is bool):
            return cls._checked(node, Path(), check, node)
        return check.unfit(node, check.what, "a schema, or the path of a file with one")

    @classmethod
    def _checked(cls, node: Node, folder: Path, check: Check, step: Node) -> Any:
        found = len(check.problems)
        for at, key in _odd_keys(node):
            check.problem(Kind.WRONG_TYPE, at, f"{check.what}: the key {key!r} is no text")
        if len(check.problems) > found:
            return INVALID
        schema = plain(node)
        dialect = _dialect_of(schema)
        if dialect is None:
            message = f"{check.what}: nobody knows the dialect {schema['$schema']!r}"
            return check.problem(Kind.WRONG_VALUE, node["$schema"], message)  # type: ignore[index]  # it is a mapping
        for path, message in _faults_of_schema(dialect, schema):
            at = _at(node, path)
            check.problem(Kind.WRONG_VALUE, at, f"{check.what}: {message[:_LONGEST_FAULT]}")
        if len(check.problems) > found:
            return INVALID
        references = References(schema, folder, _fault_of_schema)
        for each in references.unresolved:
            at = _at_reference(node, each) or step
            check.problem(Kind.WRONG_VALUE, at, f"{check.what}: {each.why}")
        return cls(schema, dialect, references.registry)

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        return {"type": ["string", "object", "boolean"]}

    def validator(self, *, formats: bool) -> Any:
        """What finds the errors in an input."""
        checker = self.dialect.FORMAT_CHECKER if formats else None
        return self.dialect(self.schema, registry=self.registry, format_checker=checker)


def words_of(error: ValidationError) -> str:
    """What is wrong, by what the schema says; of the input, there are names of keys at most."""
    keyword: Any = error.validator
    wanted: Any = error.validator_value
    if keyword in _OF_NAMES:
        return error.message
    if keyword == "type":
        names = [wanted] if isinstance(wanted, str) else wanted
        return f"it is no {' and no '.join(names)}"
    if keyword in {"anyOf", "oneOf"}:
        return f"it fits {'none' if error.context else 'several'} of what {keyword} has"
    if keyword is None:  # the schema `false`, of which the library knows no path
        return "there is something that is not to be there"
    text = json.dumps(wanted, ensure_ascii=False)
    return f"it does not fit {keyword}: {text[:_LONGEST]}{'…' if len(text) > _LONGEST else ''}"


_OF_NAMES = {
    "additionalProperties",
    "dependentRequired",
    "dependencies",
    "required",
    "unevaluatedProperties",
}


def _read(node: Scalar, check: Check) -> Any:
    """The node of what is in the file, or INVALID."""
    path = Path(node.value).expanduser()
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        message = f"{check.what}: {node.value!r} cannot be read: {why}"
        return check.problem(Kind.UNREADABLE, node, message, "It is a schema, or a file with one.")
    document = read(text, Source(str(path)))
    if document.node is not None and not document.problems and not document.tags:
        return document.node
    try:  # there are texts that are JSON, and no YAML
        return nodes_of(json.loads(text), Origin(Place(str(path))))
    except (ValueError, RecursionError):
        check.problems += document.problems
        return check.problem(Kind.WRONG_VALUE, node, f"{check.what}: {node.value!r} has no schema")


def _dialect_of(schema: Any) -> Any:
    from jsonschema import Draft202012Validator
    from jsonschema.validators import validator_for

    if isinstance(schema, dict) and "$schema" in schema:
        named = schema["$schema"]
        nobody: Any = None
        return validator_for(schema, default=nobody) if isinstance(named, str) else None
    return Draft202012Validator


def _faults_of_schema(dialect: Any, schema: Any) -> Iterator[tuple[list[Any], str]]:
    """Where a schema is no schema, and why."""
    from jsonschema.exceptions import best_match

    meta = dialect(dialect.META_SCHEMA, format_checker=dialect.FORMAT_CHECKER)
    for error in meta.iter_errors(schema):
        error = best_match([error])  # noqa: PLW2901 - of several alternatives, the one that was meant
        why = "; ".join(each.message for each in error.context or ())
        yield list(error.absolute_path), error.message + (f" ({why})" if why else "")


def _fault_of_schema(schema: Any) -> str:
    """The first of them, of a file that another one refers to; or nothing."""
    dialect = _dialect_of(schema)
    if dialect is None:
        return "is of a dialect that nobody knows"
    for path, message in _faults_of_schema(dialect, schema):
        return f"is no schema: {'.'.join(map(str, path))}: {message}"
    return ""


def _at(node: Node, path: list[Any]) -> Node:
    """The node at `path`, or the last one on the way to it."""
    for key in path:
        below: Any = None
        if isinstance(node, Mapping):
            below = node.get(key)
        elif isinstance(node, Sequence) and isinstance(key, int) and key < len(node.items):
            below = node.items[key]
        if below is None:
            return node
        node = below
    return node


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    if isinstance(node, Mapping):
        for entry in node.entries.values():
            yield from _nodes(entry.node)
    elif isinstance(node, Sequence):
        for each in node.items:
            yield from _nodes(each)


def _odd_keys(node: Node) -> Iterator[tuple[Node, Any]]:
    for each in _nodes(node):
        if isinstance(each, Mapping):
            yield from ((below, key) for key, below in each.items() if not isinstance(key, str))


def _at_reference(node: Node, unresolved: Unresolved) -> Node | None:
    for each in _nodes(node):
        found = each.get(unresolved.keyword) if isinstance(each, Mapping) else None
        if isinstance(found, Scalar) and found.value == unresolved.reference:
            return found
    return None
