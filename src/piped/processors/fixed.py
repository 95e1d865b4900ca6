"""Options that must be known before there is a baton."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from piped.exceptions import ConfigurationError
from piped.options import DottedName
from piped.paths import BatonPath
from piped.problems import Kind

if TYPE_CHECKING:
    from piped.conf.nodes import Node
    from piped.options import Check

__all__ = ["ContextName", "IntervalName", "PersistedContextName", "fixed", "loaded", "namespace_of"]

T = TypeVar("T")


def fixed(option: str, value: T) -> T:
    """`value`, unless it is a `!path`, which `option` cannot be."""
    if isinstance(value, BatonPath):
        hint = "What it names, or says, is needed before any baton comes."
        raise ConfigurationError(f"{option} cannot be taken from the baton by !path", hint=hint)
    return value


def loaded(option: str, name: DottedName, kind: type[T] | None = None) -> Any:
    """What `name` names; a class derived from `kind`, if that is given."""
    fixed(option, name)
    try:
        found = name.load()
    except (ImportError, AttributeError) as error:
        raise ConfigurationError(f"{option} is {str(name)!r}, which is not there") from error
    if kind is not None and not (isinstance(found, type) and issubclass(found, kind)):
        raise ConfigurationError(f"{option} is {str(name)!r}, which is no {kind.__name__}")
    return found


def namespace_of(processor: Any, namespace: Mapping[str, Any]) -> dict[str, Any]:
    """The globals of a lambda: `self`, and `namespace` with its dotted names resolved."""
    named = {
        name: DottedName(value).load() if isinstance(value, str) else value
        for name, value in namespace.items()
    }
    return {"self": processor, **named}


class _NameBelow(str):
    """The last part of a resource's path; the first part is always the same."""

    __slots__ = ()
    prefix: ClassVar[str]
    expected: ClassVar[str]

    @classmethod
    def from_node(cls, node: Node, check: Check) -> Any:
        value = getattr(node, "value", None)
        if type(value) is not str:
            return check.unfit(node, check.what, cls.expected)
        if not value:
            return check.unfit(node, check.what, cls.expected, kind=Kind.WRONG_VALUE)
        check.refer("resource", f"{cls.prefix}.{value}", node)
        return value

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        return {"type": "string", "minLength": 1}


class ContextName(_NameBelow):
    """The name of a context."""

    __slots__ = ()
    prefix = "context"
    expected = "the name of a context"


class PersistedContextName(_NameBelow):
    """The name of a persisted context."""

    __slots__ = ()
    prefix = "persisted_context"
    expected = "the name of a persisted context"


class IntervalName(_NameBelow):
    """The name of an interval of ticks."""

    __slots__ = ()
    prefix = "ticks.interval"
    expected = "the name of an interval of ticks"
