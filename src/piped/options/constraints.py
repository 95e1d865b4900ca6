"""What a type does not say of its values: `Annotated[int, Between(1, 65535)]`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Any, Protocol, runtime_checkable

from piped.conf.nodes import Node
from piped.options.findings import INVALID, Findings
from piped.options.form import Form, Json
from piped.paths import BatonPath
from piped.problems import Kind

__all__ = ["Between", "Constraint", "Port", "constrained"]


@runtime_checkable
class Constraint(Protocol):
    """A mark in `Annotated` that not every value of the type has."""

    def words(self) -> str:
        """What follows the words of the type: "from 1 to 10"."""

    def allows(self, value: Any) -> bool: ...

    def narrow(self, schema: Json) -> Json:
        """The JSON Schema of the values that are left."""


@dataclass(frozen=True, slots=True)
class Between:
    """Numbers from `low` to `high`, both included."""

    low: float | None = None
    high: float | None = None

    def words(self) -> str:
        if self.low is None:
            return f"up to {self.high}"
        return f"from {self.low}" + (" on" if self.high is None else f" to {self.high}")

    def allows(self, value: Any) -> bool:
        low = self.low is None or self.low <= value
        return low and (self.high is None or value <= self.high)

    def narrow(self, schema: Json) -> Json:
        limits = {"minimum": self.low, "maximum": self.high}
        return schema | {name: each for name, each in limits.items() if each is not None}


def constrained(form: Form, constraint: Constraint) -> Form:
    """`form` without the values that the constraint does not allow."""
    expected, read_value = f"{form.expected} {constraint.words()}", form.read

    def read(node: Node, findings: Findings, what: str) -> Any:
        value = read_value(node, findings, what)
        if value is INVALID or isinstance(value, BatonPath) or constraint.allows(value):
            return value
        return findings.unfit(node, what, expected, kind=Kind.WRONG_VALUE)

    return replace(
        form,
        words=f"{form.words} {constraint.words()}",
        expected=expected,
        read=read,
        schema=lambda definitions: constraint.narrow(form.schema(definitions)),
    )


Port = Annotated[int, Between(0, 65535)]
