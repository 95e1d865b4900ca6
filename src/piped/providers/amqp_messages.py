"""From messages to batons, and from the ends of their runs to what the broker is told."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from piped.interop import drive, is_later, settled
from piped.processing.handing import hand_to
from piped.providers.amqp_verdict import Rules, Verdict, deliveries_of

if TYPE_CHECKING:
    from aiormq.abc import DeliveredMessage

    from piped.providers.amqp_settling import Settling

__all__ = ["Messages", "baton_of"]

logger = logging.getLogger(__name__)

_FATE = {
    Verdict.ACK: "is let go",
    Verdict.REQUEUE: "comes again",
    Verdict.REJECT: "goes to the dead letters",
    Verdict.LEAVE: "is left as it is",
}


def baton_of(message: DeliveredMessage) -> dict[str, Any]:
    """What a message is for a processor."""
    return {
        "channel": message.channel,
        "method": message.delivery,
        "properties": message.header.properties,
        "body": message.body,
    }


class Messages:
    """The messages of one channel. Each becomes a baton for `processor`, all at the same time."""

    def __init__(
        self, name: str, processor: Any, rules: Rules, settling: Settling, log_level: int | None
    ) -> None:
        self._name = name
        self._processor = processor
        self._rules = rules
        self._settling = settling
        self._log_level = log_level
        self._under_way: set[asyncio.Task[None]] = set()
        self.is_ending = False

    async def take(self, message: DeliveredMessage) -> None:
        """Begin with a message."""
        if self.is_ending:
            return
        method: Any = message.delivery
        try:
            running = hand_to(self._processor, baton_of(message))
        except Exception as failure:  # noqa: BLE001 - whatever it is, it is told
            self._failed(message, failure)
            return
        if is_later(running):
            # Not a part of this task, which ends with the channel.
            task = drive(self._finish(running, message))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        else:
            self._settling.settle(method.delivery_tag, self._rules.succeeded)

    @property
    def is_busy(self) -> bool:
        return bool(self._under_way)

    async def ended(self) -> None:
        """Wait until nothing is under way."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    def cancel(self) -> None:
        """End all that is under way."""
        for task in self._under_way:
            task.cancel()

    async def _finish(self, running: Any, message: DeliveredMessage) -> None:
        method: Any = message.delivery
        try:
            await settled(running)
        except asyncio.CancelledError as stopped:
            self._settling.settle(method.delivery_tag, self._rules.failed(stopped, 0))
            raise
        except Exception as failure:  # noqa: BLE001 - whatever it is, it is told
            self._failed(message, failure)
        else:
            self._settling.settle(method.delivery_tag, self._rules.succeeded)

    def _failed(self, message: DeliveredMessage, failure: Exception) -> None:
        method: Any = message.delivery
        count = deliveries_of(message.header.properties.headers, bool(method.redelivered))
        verdict = self._rules.failed(failure, count)
        if verdict is not self._rules.succeeded and self._log_level is not None:
            logger.log(
                self._log_level,
                "%s: a message to %r failed, and %s",
                *(self._name, method.routing_key, _FATE[verdict]),
                exc_info=failure,
            )
        self._settling.settle(method.delivery_tag, verdict)
