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
    "bound",
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


def bound(option: str, given: Lambda | None, count: int = 1) -> Any:
    """The function that a lambda is, if there is one."""
    return None if given is None else taking(count, option, given).bind()


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


class ContextName(_NameBelow, prefix="context", expected="the name of a context"):
    """The name of a context."""


class PersistedContextName(
    _NameBelow, prefix="persisted_context", expected="the name of a persisted context"
):
    """The name of a persisted context."""


class IntervalName(
    _NameBelow, prefix="ticks.interval", expected="the name of an interval of ticks"
):
    """The name of an interval of ticks."""


class PbClientName(
    _NameBelow,
    prefix="pb.client",
    suffix=".root_object",
    expected="the name of a client, as in pb.clients",
):
    """The name of a client of Perspective Broker."""


class AmpClientName(
    _NameBelow, prefix="amp.client", expected="the name of a client, as in amp.clients"
):
    """The name of a client of AMP."""


class EngineName(
    _NameBelow, prefix="database.engine", expected="the name of an engine, as in database.engines"
):
    """The name of an engine of a database."""


class FlowName(_NameBelow, prefix="flow", expected="the name of a flow, as in flows"):
    """The name of a flow."""


class AmqpConnectionName(
    _NameBelow,
    prefix="amqp.connection",
    expected="the name of a connection, as in amqp.connections",
):
    """The name of a connection of AMQP."""


class AmqpClientName(
    _NameBelow, prefix="amqp.rpc_client", expected="the name of a client, as in amqp.rpc_clients"
):
    """The name of a client that calls over AMQP."""


class ZooKeeperClientName(
    _NameBelow, prefix="zookeeper.client", expected="the name of a client, as in zookeeper.clients"
):
    """The name of a client of ZooKeeper."""


class ZooKeeperLockName(
    _NameBelow, prefix="zookeeper.lock", expected="the name of a lock, as in zookeeper.locks"
):
    """The name of a lock in ZooKeeper."""


class ZmqQueueName(
    _NameBelow, prefix="zmq.sender", expected="the name of a queue, as in zmq.queues"
):
    """The name of a queue of ZeroMQ that one can send to."""
