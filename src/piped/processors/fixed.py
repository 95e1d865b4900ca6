"""Options that must be known before there is a baton."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from piped.exceptions import ConfigurationError
from piped.options import DottedName, Lambda
from piped.paths import BatonPath
from piped.problems import Kind

if TYPE_CHECKING:
    from piped.conf.nodes import Node
    from piped.options import Check

__all__ = [
    "AmpClientName",
    "ContextName",
    "IntervalName",
    "PbClientName",
    "PersistedContextName",
    "fixed",
    "loaded",
    "names_in",
    "namespace_of",
    "taking",
]

T = TypeVar("T")
L = TypeVar("L", bound="Lambda | None")


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
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigurationError(f"{option} is {str(name)!r}, which is not there") from error
    if kind is not None and not (isinstance(found, type) and issubclass(found, kind)):
        raise ConfigurationError(f"{option} is {str(name)!r}, which is no {kind.__name__}")
    return found


def taking(count: int, option: str, given: L) -> L:
    """`given`, which is to be a lambda of so many arguments."""
    fixed(option, given)
    if given is not None and not given.takes(count):
        arguments = "one argument" if count == 1 else f"{count} arguments"
        raise ConfigurationError(f"{option} is called with {arguments}, and it takes others")
    return given


def names_in(namespace: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """`namespace`, of which all dotted names are there."""
    for name, value in (fixed("namespace", namespace) or {}).items():
        if isinstance(value, str):
            loaded(f"namespace.{name}", DottedName(value) if type(value) is str else value)  # type: ignore[arg-type]  # a `!path` is refused
    return namespace or {}


def namespace_of(processor: Any, namespace: Mapping[str, Any]) -> dict[str, Any]:
    """The globals of a lambda: `self`, and `namespace` with its dotted names resolved."""
    named = {
        name: DottedName(value).load() if isinstance(value, str) else value
        for name, value in namespace.items()
    }
    return {"self": processor, **named}


class _NameBelow(str):
    """The part of a resource's path that differs; what stands around it is always the same."""

    __slots__ = ()
    prefix: ClassVar[str]
    suffix: ClassVar[str] = ""
    expected: ClassVar[str]

    @classmethod
    def from_node(cls, node: Node, check: Check) -> Any:
        value = getattr(node, "value", None)
        if type(value) is not str:
            return check.unfit(node, check.what, cls.expected)
        if not value:
            return check.unfit(node, check.what, cls.expected, kind=Kind.WRONG_VALUE)
        check.refer("resource", f"{cls.prefix}.{value}{cls.suffix}", node)
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


class PbClientName(_NameBelow):
    """The name of a client of Perspective Broker."""

    __slots__ = ()
    prefix = "pb.client"
    suffix = ".root_object"
    expected = "the name of a client, as in pb.clients"


class AmpClientName(_NameBelow):
    """The name of a client of AMP."""

    __slots__ = ()
    prefix = "amp.client"
    expected = "the name of a client, as in amp.clients"
