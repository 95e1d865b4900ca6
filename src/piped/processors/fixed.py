"""Options that must be known before there is a baton."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from piped.exceptions import ConfigurationError
from piped.options import DottedName, Lambda
from piped.options.names import NameBelow as _NameBelow
from piped.paths import BatonPath

__all__ = [
    "AmpClientName",
    "AmqpClientName",
    "AmqpConnectionName",
    "ContextName",
    "EngineName",
    "FlowName",
    "IntervalName",
    "PbClientName",
    "PersistedContextName",
    "ZmqQueueName",
    "ZooKeeperClientName",
    "ZooKeeperLockName",
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


class EngineName(_NameBelow):
    """The name of an engine of a database."""

    __slots__ = ()
    prefix = "database.engine"
    expected = "the name of an engine, as in database.engines"


class FlowName(_NameBelow):
    """The name of a flow."""

    __slots__ = ()
    prefix = "flow"
    expected = "the name of a flow, as in flows"


class AmqpConnectionName(_NameBelow):
    """The name of a connection of AMQP."""

    __slots__ = ()
    prefix = "amqp.connection"
    expected = "the name of a connection, as in amqp.connections"


class AmqpClientName(_NameBelow):
    """The name of a client that calls over AMQP."""

    __slots__ = ()
    prefix = "amqp.rpc_client"
    expected = "the name of a client, as in amqp.rpc_clients"


class ZooKeeperClientName(_NameBelow):
    """The name of a client of ZooKeeper."""

    __slots__ = ()
    prefix = "zookeeper.client"
    expected = "the name of a client, as in zookeeper.clients"


class ZooKeeperLockName(_NameBelow):
    """The name of a lock in ZooKeeper."""

    __slots__ = ()
    prefix = "zookeeper.lock"
    expected = "the name of a lock, as in zookeeper.locks"


class ZmqQueueName(_NameBelow):
    """The name of a queue of ZeroMQ that one can send to."""

    __slots__ = ()
    prefix = "zmq.sender"
    expected = "the name of a queue, as in zmq.queues"
