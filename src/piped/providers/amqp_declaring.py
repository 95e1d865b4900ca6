"""Tell a broker which queues and exchanges there are to be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from piped.providers.amqp_connection import AMQPConnection
    from piped.providers.amqp_topology import Exchange, NamedQueue, Queue

__all__ = ["declare", "declare_queue", "name_of_queue"]


async def declare(
    connection: AMQPConnection, exchanges: Mapping[str, Exchange], queues: Mapping[str, Queue]
) -> None:
    """Declare all of them, and then what is bound to what."""
    if not exchanges and not queues:
        return
    channel = await connection.open_channel(publisher_confirms=False)
    for name, exchange in exchanges.items():
        await _declare_exchange(channel, name, exchange)
    for name, exchange in exchanges.items():
        for each in exchange.bindings:
            await channel.exchange_bind(
                name, each.exchange, each.routing_key, arguments=each.arguments
            )
    for name, queue in queues.items():
        await declare_queue(channel, name, queue)
    await channel.close()


async def _declare_exchange(channel: Any, name: str, exchange: Exchange) -> None:
    await channel.exchange_declare(
        name,
        exchange_type=exchange.type,
        durable=exchange.durable,
        auto_delete=exchange.auto_delete,
        internal=exchange.internal,
        arguments=exchange.arguments,
    )


async def declare_queue(channel: Any, name: str, queue: Queue, *, passive: bool = False) -> str:
    """Declare a queue and its bindings. Gives its name, which may be the broker's choice."""
    declared = await channel.queue_declare(
        name,
        passive=passive,
        durable=queue.durable,
        exclusive=queue.exclusive or not name,
        auto_delete=queue.auto_delete,
        arguments={} if passive else queue.all_arguments,
    )
    for each in queue.bindings:
        await channel.queue_bind(
            declared.queue, each.exchange, each.routing_key, arguments=each.arguments
        )
    return str(declared.queue)


async def name_of_queue(channel: Any, queue: NamedQueue) -> str:
    """Declare the queue of a consumer."""
    return await declare_queue(channel, queue.queue, queue, passive=queue.passive)
