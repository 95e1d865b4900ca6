"""Options by name: what a mapping has for a signature, and dataclasses made of it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from piped.conf.nodes import Entry, Mapping, Node, Scalar
from piped.exceptions import ConfigurationError
from piped.options.default import json_of
from piped.options.findings import INVALID, Findings
from piped.options.form import Definitions, Form, Json, Read
from piped.options.scalars import ANYTHING
from piped.options.schema import Option, Schema, schema_of
from piped.options.wording import about, quoted, shown
from piped.paths import BatonPath
from piped.problems import Kind, Place, did_you_mean

__all__ = ["Fields", "record_form"]

FormOf = Callable[[Any], Form]
_MUTABLE = (list, dict, set, bytearray)


class Fields:
    """The options of a schema, ready to be read."""

    def __init__(self, schema: Schema, form_of: FormOf) -> None:
        self.schema = schema
        self._forms = {option.name: form_of(option.type) for option in schema.options}
        self._reads: dict[Any, tuple[str, Read]] = {
            option.name: (option.parameter, self._forms[option.name].read)
            for option in schema.options
        }
        self._required = [option for option in schema.options if option.required]
        # A base class may be given its options by the class itself, so they stay as they are.
        self._copied = [
            option
            for option in schema.options
            if isinstance(option.default, _MUTABLE) and not option.inherited
        ]

    def read(self, node: Node, findings: Findings, what: str, at: Node | Place | None) -> Any:
        """The values by parameter, or INVALID; all that is wrong is noted."""
        entries = _entries(node)
        if entries is None:
            return self._no_mapping(node, findings, what)
        values: dict[str, Any] = {}
        prefix = f"{what}." if what else ""
        for name, entry in entries.items():
            field = self._reads.get(name)
            if field is None:
                values[str(name)] = self._unknown(name, entry, findings, what)
            else:
                values[field[0]] = field[1](entry.node, findings, f"{prefix}{name}")
        self._complete(values, findings, what, at)
        return INVALID if any(value is INVALID for value in values.values()) else values

    def json(self, definitions: Definitions) -> Json:
        """The JSON Schema of the mapping."""
        schema: Json = {
            "type": "object" if self._required else ["object", "null"],
            "properties": {
                option.name: self._property(option, definitions) for option in self.schema.options
            },
            "additionalProperties": self.schema.open,
        }
        needed = [option.name for option in self._required]
        about_it = {"description": self.schema.summary, "required": needed}
        return schema | {name: each for name, each in about_it.items() if each}

    def _property(self, option: Option, definitions: Definitions) -> Json:
        schema = dict(definitions.of(self._forms[option.name]))
        if option.help:
            schema["description"] = option.help
        default = json_of(option.default)
        return schema if option.required or default is INVALID else schema | {"default": default}

    def _unknown(self, name: Any, entry: Entry, findings: Findings, what: str) -> Any:
        if self.schema.open and isinstance(name, str):
            return ANYTHING.read(entry.node, findings, what)
        names = [option.name for option in self.schema.options]
        near = did_you_mean(str(name), names)
        hint = "" if near else self._names_hint()
        message = f"{what or 'this'} has no option {name!r}{near}"
        return findings.problem(Kind.UNKNOWN_OPTION, entry.key_place, message, hint)

    def _names_hint(self) -> str:
        names = [option.name for option in self.schema.options]
        return f"it has {quoted(names)}" if names else "it has no options"

    def _complete(
        self, values: dict[str, Any], findings: Findings, what: str, at: Node | Place | None
    ) -> None:
        for option in self._required:
            if option.parameter not in values:
                message = f"{what or 'this'} needs the option {option.name!r}"
                hint = about(option.name, option.help) if option.help else ""
                values[option.parameter] = findings.problem(Kind.MISSING_OPTION, at, message, hint)
        for option in self._copied:
            if option.parameter not in values:
                values[option.parameter] = copy.deepcopy(option.default)

    def _no_mapping(self, node: Node, findings: Findings, what: str) -> Any:
        message = about(what, f"expected options by name, got {shown(node)}")
        return findings.problem(Kind.WRONG_TYPE, node, message, self._names_hint())


def _entries(node: Node) -> dict[Any, Entry] | None:
    """The entries of a mapping; nothing at all means that there are none."""
    if isinstance(node, Mapping):
        return node.entries
    return {} if isinstance(node, Scalar) and node.value is None else None


def record_form(cls: type, fields_of: Callable[[Schema], Fields]) -> Form:
    """An instance of a dataclass, made of a mapping. Where nothing stands, it has no options."""
    schema = schema_of(cls)
    names = quoted(option.name for option in schema.options)

    def read(node: Node, findings: Findings, what: str) -> Any:
        if isinstance(node, Scalar) and isinstance(node.value, BatonPath) and findings.dynamic:
            return node.value
        values = fields_of(schema).read(node, findings, what, node)
        return values if values is INVALID else _made(cls, values, node, findings, what)

    def json(definitions: Definitions) -> Json:
        name = f"{cls.__module__}.{cls.__qualname__}"
        return definitions.once(name, lambda each: fields_of(schema).json(each))

    words = f"mapping with {names}" if names else "mapping without options"
    return Form(words, f"a {words}", read, json, (Mapping,))


def _made(cls: type, values: dict[str, Any], node: Node, findings: Findings, what: str) -> Any:
    """The instance, unless the class itself finds something wrong."""
    try:
        return cls(**values)
    except ConfigurationError as error:
        findings.problems += error.problems
        return INVALID if error.problems else _refused(error, node, findings, what)
    except ValueError as error:
        return _refused(error, node, findings, what)


def _refused(error: Exception, node: Node, findings: Findings, what: str) -> Any:
    text = error.msg if isinstance(error, ConfigurationError) else str(error)
    return findings.problem(Kind.WRONG_VALUE, node, about(what, text or "does not fit together"))
