"""The form of a value: all that is known about a type, in one place.

How it is read from a node, how people and editors are told about it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from piped.conf.nodes import Mapping, Node, Scalar, Sequence
from piped.options.findings import Findings

__all__ = ["Definitions", "Form", "Json", "Read", "constant"]

Json = dict[str, Any]
Read = Callable[[Node, Findings, str], Any]
NodeType = type[Scalar] | type[Sequence] | type[Mapping]

# A text with a variable in it may become anything.
VARIABLE = r"\$\{"


@dataclass(slots=True)
class Definitions:
    """The `$defs` of a JSON Schema while it is made.

    Any value may instead be a text that `stand_in` matches, or what `tagged` allows: the mapping
    behind a tag that takes one.
    """

    stand_in: str = VARIABLE
    suffix: str = ""
    tagged: Json | None = None
    known: dict[str, Json] = field(default_factory=dict)

    def of(self, form: Form) -> Json:
        """The schema of a value of that form, as one may write it."""
        schema = form.schema(self)
        if not _takes_any_text(schema):
            return self.or_variable(schema)
        if self.tagged is None or not (schema.keys() & {"type", "anyOf"}):
            return schema
        return {"anyOf": [schema, self._behind_a_tag(self.tagged)]}

    def or_variable(self, schema: Json) -> Json:
        """The schema of what `schema` allows, or of a text that becomes it."""
        name = f"variable{self.suffix}"
        self.known.setdefault(name, {"type": "string", "pattern": self.stand_in})
        allowed = [schema, {"$ref": f"#/$defs/{name}"}]
        if self.tagged is not None:
            allowed.append(self._behind_a_tag(self.tagged))
        return {"anyOf": allowed}

    def _behind_a_tag(self, mapping: Json) -> Json:
        name = f"tagged{self.suffix}"
        self.known.setdefault(name, mapping)
        return {"$ref": f"#/$defs/{name}"}

    def once(self, name: str, make: Callable[[Definitions], Json]) -> Json:
        """A reference to the definition of that name, which is made when first asked for."""
        name = f"{name}{self.suffix}"
        if name not in self.known:
            self.known[name] = {}  # ends the recursion of types that contain themselves
            self.known[name] = make(self)
        return {"$ref": f"#/$defs/{name}"}


def _takes_any_text(schema: Json) -> bool:
    if "anyOf" in schema:
        return any(_takes_any_text(each) for each in schema["anyOf"])
    restricted = schema.keys() & {"pattern", "enum", "const", "$ref", "allOf"}
    text = schema.get("type", "string")
    return not restricted and ("string" in text if isinstance(text, list) else text == "string")


def constant(schema: Json) -> Callable[[Definitions], Json]:
    """The maker of a schema that needs no definitions."""
    return lambda _: dict(schema)


@dataclass(frozen=True, slots=True)
class Form:
    """All that is known about a type."""

    words: str  # "duration"
    expected: str  # "a duration like 1.5s"
    read: Read
    schema: Callable[[Definitions], Json]
    takes: tuple[NodeType, ...] = (Scalar,)  # the nodes that it may be read from
