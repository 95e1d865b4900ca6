"""Queues and exchanges that a broker is to have: the settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from piped.options import Between, Duration

__all__ = ["Binding", "Exchange", "NamedQueue", "Queue"]

Count = Annotated[int, Between(0)]


@dataclass(frozen=True, kw_only=True)
class Binding:
    """What an exchange hands on.

    exchange: the exchange from which messages come
    routing_key: which of them come
    arguments: what an exchange of another type compares with the headers of a message
    """

    exchange: str
    routing_key: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """An exchange.

    type: how it chooses among its bindings: direct, fanout, topic, headers, or one of a plugin
    durable: whether it is there again after the broker has been restarted
    auto_delete: whether it goes when nothing is bound to it any more
    internal: whether messages come to it from other exchanges only
    arguments: what else the broker is told of it
    bindings: the exchanges from which it gets messages
    """

    type: str = "direct"
    durable: bool = True
    auto_delete: bool = False
    internal: bool = False
    arguments: dict[str, Any] = field(default_factory=dict)
    bindings: list[Binding] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Queue:
    """A queue.

    type: of which kind it is; a quorum queue is kept by several brokers, and counts deliveries
    durable: whether it is there again after the broker has been restarted
    exclusive: whether it belongs to this connection alone, and goes with it
    auto_delete: whether it goes when nobody consumes from it any more
    dead_letter_exchange: where messages go that are given up; '' is the default exchange, which
      looks for a queue by its name
    dead_letter_routing_key: with which routing key they go there; with their own by default
    delivery_limit: how often a quorum queue delivers a message before it gives it up
    message_ttl: how long a message may wait
    max_length: how many messages may wait
    arguments: what else the broker is told of it
    bindings: the exchanges from which it gets messages
    """

    type: Literal["classic", "quorum", "stream"] | None = None
    durable: bool = True
    exclusive: bool = False
    auto_delete: bool = False
    dead_letter_exchange: str | None = None
    dead_letter_routing_key: str | None = None
    delivery_limit: int | None = None
    message_ttl: Duration | None = None
    max_length: Count | None = None
    arguments: dict[str, Any] = field(default_factory=dict)
    bindings: list[Binding] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.kind != "quorum" and self.delivery_limit is not None:
            raise ValueError("a `delivery_limit` is for a queue of the type quorum")
        if self.kind in {"quorum", "stream"} and (
            self.exclusive or self.auto_delete or not self.durable
        ):
            raise ValueError(f"a {self.kind} queue is durable, for all, and stays")

    @property
    def kind(self) -> str:
        """Of which type the queue is."""
        return str(self.type or self.arguments.get("x-queue-type", "classic"))

    @property
    def has_dead_letters(self) -> bool:
        """Whether a message that is given up goes somewhere."""
        return self.all_arguments.get("x-dead-letter-exchange") is not None

    @property
    def all_arguments(self) -> dict[str, Any]:
        """What the broker is told, in its own words."""
        ttl = None if self.message_ttl is None else round(self.message_ttl * 1000)
        said = {
            "x-queue-type": self.type,
            "x-dead-letter-exchange": self.dead_letter_exchange,
            "x-dead-letter-routing-key": self.dead_letter_routing_key,
            "x-delivery-limit": self.delivery_limit,
            "x-message-ttl": ttl,
            "x-max-length": self.max_length,
        }
        return {**{key: each for key, each in said.items() if each is not None}, **self.arguments}


@dataclass(frozen=True, kw_only=True)
class NamedQueue(Queue):
    """A queue, and what it is called.

    queue: its name; the broker gives it one by default, and then it is `exclusive`
    passive: only see whether it is there, whatever it is like
    """

    queue: str = ""
    passive: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.passive and not self.queue:
            raise ValueError("which queue is to be there, `passive`, without a name?")
