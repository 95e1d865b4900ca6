"""Calls over AMQP: the settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from piped.options import Duration
from piped.options.names import NameBelow
from piped.providers.amqp_settings import Consuming
from piped.providers.amqp_topology import NamedQueue
from piped.providers.calls_settings import NO_ANSWER

__all__ = ["RPCClientSettings", "RPCServerSettings"]


class ConnectionName(
    NameBelow, prefix="amqp.connection", expected="the name of a connection, as in amqp.connections"
):
    """The name of a connection."""


@dataclass(frozen=True, kw_only=True)
class RPCServerSettings(Consuming):
    """Where requests come from, and what answers.

    connection: the name of the connection
    queue: the queue: the name of one that is there, or what it is like
    default_callback: the answer to a call that got none when its pipeline ended
    keep_open: whether such a call goes on waiting, for somebody who answers later
    """

    connection: ConnectionName
    queue: str | NamedQueue = field()
    default_callback: Any = NO_ANSWER
    keep_open: bool = False

    def __post_init__(self) -> None:
        if self.keep_open and self.default_callback is not NO_ANSWER:
            raise ValueError("with `keep_open`, a `default_callback` is never given")


@dataclass(frozen=True, kw_only=True)
class RPCClientSettings:
    """Over which connection calls go.

    connection: the name of the connection
    timeout: how long an answer may take
    channel_reopen_interval: how long to wait before a channel that was closed is opened again
    """

    connection: ConnectionName
    timeout: Duration = 30.0
    channel_reopen_interval: Duration = 1.0

    def __post_init__(self) -> None:
        if self.timeout <= 0:
            raise ValueError("a `timeout` is longer than nothing")
