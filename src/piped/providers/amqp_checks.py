"""What is odd about consumers, and their queues. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from piped.providers.amqp_settings import ConnectionSettings, ConsumerSettings
    from piped.providers.amqp_topology import Queue

__all__ = ["faults_of"]

_LETTERS = (
    "Give the queue a `dead_letter_exchange`, or say `drop: true` if a message may be lost, or if"
    " a policy of the broker has the dead letters."
)
_COUNT = "Declare the queue with `type: quorum`, or let `max_deliveries` be 1 or 2."


def faults_of(connection: ConnectionSettings) -> Iterator[tuple[str, str, str]]:
    """The consumers that may lose messages, or never do: each with what is odd, and a way out."""
    for name, consumer in connection.basic_consumers.items():
        queue = connection.queue_of(consumer)
        if queue is None or consumer.no_ack or not consumer.nack_after_failed_processing:
            continue
        if fault := _loses(consumer, queue):
            yield name, fault, _LETTERS
        if (consumer.max_deliveries or 0) > 2 and queue.kind != "quorum":
            count = consumer.max_deliveries
            tells = f"a {queue.kind} queue tells only whether a message came before"
            yield name, f"nobody counts to {count}: {tells}", _COUNT


def _loses(consumer: ConsumerSettings, queue: Queue) -> str:
    if queue.has_dead_letters or consumer.drop:
        return ""
    if not consumer.requeue:
        return "a message that fails is lost, its queue has no dead letters"
    if consumer.max_deliveries is not None:
        count = consumer.max_deliveries
        return f"a message that has failed {count} times is lost, its queue has no dead letters"
    if queue.kind == "quorum" and queue.delivery_limit is None:
        return (
            "a message that has failed 20 times is lost, as RabbitMQ 4 has it for a quorum queue"
            " without dead letters"
        )
    return ""
