"""The forms of lists, tuples, sets and mappings of other forms."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from piped.conf.nodes import Entry, Mapping, Node, Origin, Scalar, Sequence
from piped.options.findings import INVALID, Findings
from piped.options.form import Definitions, Form, Json, Read
from piped.options.scalars import ANYTHING, TEXT
from piped.options.wording import about, shown
from piped.problems import Kind

__all__ = ["list_form", "mapping_form", "set_form", "tuple_form"]


def list_form(item: Form, make: Callable[[list[Any]], Any] = list) -> Form:
    """A list of any length."""
    expected = "a list" if item is ANYTHING else f"a list of {item.words}"
    read_item = item.read

    def read(node: Node, findings: Findings, what: str) -> Any:
        if type(node) is not Sequence:
            return findings.unfit(node, what, expected, hint=_list_hint(node, item))
        return _made(make, [read_item(each, findings, name) for each, name in _items(node, what)])

    def schema(definitions: Definitions) -> Json:
        return {"type": "array", "items": definitions.of(item)}

    return Form(expected.removeprefix("a "), expected, read, schema, (Sequence,))


def _items(node: Sequence, what: str) -> Iterable[tuple[Node, str]]:
    return ((each, f"{what}.{index}") for index, each in enumerate(node.items))


def _list_hint(node: Node, item: Form) -> str:
    fits = isinstance(node, Scalar) and item.read(node, Findings(), "") not in (INVALID, None)
    return f"write a list, even of one: [{shown(node)}]" if fits else ""


def _made(make: Callable[[list[Any]], Any], values: list[Any]) -> Any:
    return INVALID if INVALID in values else make(values)


def tuple_form(items: list[Form]) -> Form:
    """A list of exactly these."""
    expected = f"a list of {len(items)} ({', '.join(item.words for item in items)})"

    def read(node: Node, findings: Findings, what: str) -> Any:
        if type(node) is not Sequence:
            return findings.unfit(node, what, expected)
        if len(node.items) != len(items):
            message = about(what, f"expected {expected}, got {len(node.items)}")
            return findings.problem(Kind.WRONG_VALUE, node, message)
        pairs = zip(items, _items(node, what), strict=True)
        return _made(tuple, [item.read(each, findings, name) for item, (each, name) in pairs])

    def schema(definitions: Definitions) -> Json:
        schema = {"type": "array", "minItems": len(items), "maxItems": len(items)}
        return schema | ({"prefixItems": list(map(definitions.of, items))} if items else {})

    return Form(expected.removeprefix("a "), expected, read, schema, (Sequence,))


def set_form(item: Form, make: type[set[Any] | frozenset[Any]]) -> Form:
    """A list in which order and repetition mean nothing."""
    values = list_form(item)

    def read(node: Node, findings: Findings, what: str) -> Any:
        found = values.read(node, findings, what)
        if type(found) is not list:
            return found
        try:
            return make(found)
        except TypeError:
            message = about(what, "a list or a mapping cannot be in a set")
            return findings.problem(Kind.WRONG_TYPE, node, message)

    return Form(f"set of {item.words}", values.expected, read, values.schema, (Sequence,))


def mapping_form(key: Form, value: Form) -> Form:
    """A mapping with any keys."""
    plain = key in (TEXT, ANYTHING) and value is ANYTHING
    expected = "a mapping" if plain else f"a mapping of {key.words} to {value.words}"

    def read(node: Node, findings: Findings, what: str) -> Any:
        if type(node) is not Mapping:
            return findings.unfit(node, what, expected)
        pairs = [
            _pair(each, entry, (key.read, value.read), findings, what)
            for each, entry in node.entries.items()
        ]
        if any(INVALID in pair for pair in pairs):
            return INVALID
        return _mapping(pairs, node, findings, what)

    def schema(definitions: Definitions) -> Json:
        return {"type": "object", "additionalProperties": definitions.of(value)}

    return Form(expected.removeprefix("a "), expected, read, schema, (Mapping,))


def _pair(
    key: Any, entry: Entry, reads: tuple[Read, Read], findings: Findings, what: str
) -> tuple[Any, Any]:
    name = f"{what}.{key}" if what else str(key)
    written = Scalar(key, Origin(entry.key_place))
    read_key, read_value = reads
    return read_key(written, findings, about(what, "key")), read_value(entry.node, findings, name)


def _mapping(pairs: list[tuple[Any, Any]], node: Node, findings: Findings, what: str) -> Any:
    try:
        made = dict(pairs)
    except TypeError:
        message = about(what, "a list or a mapping cannot be a key")
        return findings.problem(Kind.WRONG_TYPE, node, message)
    if len(made) < len(pairs):
        message = about(what, "two of the keys mean the same")
        return findings.problem(Kind.CONFLICTING_OPTIONS, node, message)
    return made
