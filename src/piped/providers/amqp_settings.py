"""Connections to brokers of AMQP, and who consumes over them: the settings."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from piped.options import Between, ClientEndpoint, Duration, ResourceName
from piped.options.endpoint import endpoint_parts
from piped.providers.amqp_topology import Exchange, NamedQueue, Queue
from piped.providers.amqp_verdict import Rules
from piped.providers.reconnection import Retrying
from piped.secret import Secret

__all__ = ["ConnectionSettings", "ConsumerSettings", "Consuming", "Qos", "Server", "Tls"]

Prefetch = Annotated[int, Between(0, 65535)]
LogLevel = Literal["debug", "info", "warn", "warning", "error", "critical", ""]


class Server(NamedTuple):
    """Where a broker is."""

    host: str
    port: int
    secure: bool

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, kw_only=True)
class Tls:
    """
    ca_file: the authorities to be believed, instead of those of the system
    certificate: the file of our own certificate, if the broker wants one
    private_key: the file of its key
    """

    ca_file: Path | None = None
    certificate: Path | None = None
    private_key: Path | None = None

    def __post_init__(self) -> None:
        try:
            self.context()
        except OSError as error:
            raise ValueError(f"the files of `tls` cannot be used: {error}") from error

    def context(self) -> ssl.SSLContext:
        """What makes connections safe."""
        context = ssl.create_default_context(cafile=self.ca_file)
        if self.certificate is not None:
            context.load_cert_chain(self.certificate, self.private_key)
        return context


@dataclass(frozen=True, kw_only=True)
class Qos:
    """How much the broker may send before it hears what became of it.

    prefetch_count: how many messages; 0 is no limit
    prefetch_size: how many bytes, for brokers that know it; 0 is no limit
    """

    prefetch_count: Prefetch = 100
    prefetch_size: Annotated[int, Between(0)] = 0


@dataclass(frozen=True, kw_only=True)
class Consuming:
    """What is consumed, and how.

    processor: what gets the batons
    queue: the queue: the name of one that is there, or what it is like; one of its own by default
    qos: how much the broker may send before it hears what became of it
    exclusive: whether nobody else may consume from the queue
    arguments: what else the broker is told of the consumer
    channel_reopen_interval: how long to wait before a channel that was closed is opened again
    close_time: how long runs that are under way are waited for when the consumer stops
    """

    processor: ResourceName
    queue: str | NamedQueue | None = None
    qos: Qos = Qos()
    exclusive: bool = False
    arguments: dict[str, Any] = field(default_factory=dict)
    channel_reopen_interval: Duration = 1.0
    close_time: Duration = 10.0

    @property
    def declaration(self) -> NamedQueue:
        """The queue as it is declared."""
        if isinstance(self.queue, str):
            return NamedQueue(queue=self.queue, passive=True)
        if self.queue is None:
            return NamedQueue()
        return self.queue


@dataclass(frozen=True, kw_only=True)
class ConsumerSettings(Consuming):
    """What is consumed, and what becomes of each message.

    no_ack: whether a message counts as done with when it is sent; it may get lost
    ack_after_successful_processing: let a message go when it was processed
    nack_after_failed_processing: hand a message back whose processing failed
    ack_after_failed_processing: let a message go whose processing failed
    requeue: whether what is handed back comes again; else it goes to the dead letters of its queue
    max_deliveries: how often it may come before it goes there; a classic queue counts to 2 only
    requeue_delay: how long to wait before it is handed back to come again
    drop: whether a message may be lost that goes to the dead letters of a queue without any
    log_processor_exceptions: the level at which a failure is logged; null for not at all
    """

    no_ack: bool = False
    ack_after_successful_processing: bool = True
    nack_after_failed_processing: bool = True
    ack_after_failed_processing: bool = False
    requeue: bool = True
    max_deliveries: Annotated[int, Between(1)] | None = None
    requeue_delay: Duration = 1.0
    drop: bool = False
    log_processor_exceptions: LogLevel | bool | None = "warn"

    def __post_init__(self) -> None:
        if self.nack_after_failed_processing and self.ack_after_failed_processing:
            raise ValueError(
                "`ack_after_failed_processing` needs `nack_after_failed_processing: false`"
            )
        if self.log_processor_exceptions is True:
            raise ValueError("`log_processor_exceptions` is a level, or false")

    @property
    def rules(self) -> Rules:
        """What becomes of a message."""
        return Rules(
            ack_success=self.ack_after_successful_processing,
            ack_failure=self.ack_after_failed_processing,
            nack_failure=self.nack_after_failed_processing,
            requeue=self.requeue,
            max_deliveries=self.max_deliveries,
        )


@dataclass(frozen=True, kw_only=True)
class ConnectionSettings(Retrying):
    """Where the broker is, who we are, and what is consumed.

    servers: the broker, or several that are tried in turn
    username: who we are
    password: the password; that of guest is known
    virtual_host: the part of the broker that is ours
    heartbeat: how often to say that we are there, in whole seconds; who has said nothing for three
      times as long is gone
    max_idle_time: how long nothing at all may be heard before the connection is given up
    tls: whom to believe at an `ssl:` server, and who we are
    exchanges: exchanges to declare, by name
    queues: queues to declare, by name
    basic_consumers: who gets messages
    """

    servers: ClientEndpoint | list[ClientEndpoint] = "tcp:localhost:5672"
    username: str = "guest"
    password: Secret | None = None
    virtual_host: str = "/"
    heartbeat: Duration = 10.0
    max_idle_time: Duration | None = None
    tls: Tls | None = None
    exchanges: dict[str, Exchange] = field(default_factory=dict)
    queues: dict[str, Queue] = field(default_factory=dict)
    basic_consumers: dict[str, ConsumerSettings] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        secure = any(server.secure for server in self.addresses)
        if not self.servers:
            raise ValueError("`servers` names at least one")
        if self.tls is not None and not secure:
            raise ValueError("`tls` is for a server like ssl:rabbit.example.com:5671")
        if self.password is None and self.username != "guest":
            raise ValueError("a `username` needs a `password`")
        if self.heartbeat != int(self.heartbeat) or not 1 <= self.heartbeat <= 65535:
            raise ValueError("a `heartbeat` is a whole number of seconds, from 1 on")
        if self.max_idle_time is not None and self.max_idle_time < self.heartbeat:
            raise ValueError("`max_idle_time` is longer than a `heartbeat`, or all connections go")

    @property
    def addresses(self) -> list[Server]:
        """The servers, in order."""
        named = [self.servers] if isinstance(self.servers, str) else self.servers
        return [_server(each) for each in named]

    def queue_of(self, consumer: Consuming) -> Queue | None:
        """What is known of a consumer's queue; None if it is declared elsewhere."""
        if isinstance(consumer.queue, str):
            return self.queues.get(consumer.queue)
        declared = consumer.declaration
        return None if declared.passive else declared


def _server(endpoint: str) -> Server:
    (kind, *positional), named = endpoint_parts(endpoint)
    values = dict(zip([each for each in ("host", "port") if each not in named], positional)) | named  # noqa: B905 - what is too much was refused
    if kind not in {"tcp", "ssl", "tls"}:
        raise ValueError(f"{endpoint!r} is no server: write tcp:host:port, or ssl:host:port")
    if odd := sorted(values.keys() - {"host", "port"}):
        raise ValueError(f"{endpoint!r}: {odd[0]!r} is not for a server; see `tls` and `timeout`")
    return Server(values["host"], int(values["port"]), kind != "tcp")
