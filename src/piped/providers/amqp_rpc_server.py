"""A server of calls over AMQP: a consumer that answers.

A request is acknowledged when its answer is on the way. If the server stops or dies before that,
the broker gives the request to another one.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from twisted.python.failure import Failure

from piped.interop import drive
from piped.providers.amqp_calls import answering, arguments_of, failing
from piped.providers.amqp_connection import published
from piped.providers.amqp_consumer import Consumer, Taker
from piped.providers.amqp_verdict import Verdict
from piped.providers.calls import Calls

if TYPE_CHECKING:
    from aiormq.abc import AbstractChannel, DeliveredMessage

    from piped.providers.amqp_rpc_settings import RPCServerSettings
    from piped.providers.amqp_settling import Settling

__all__ = ["AMQPServer"]

logger = logging.getLogger(__name__)


class AMQPServer(Consumer):
    """Answers while it runs."""

    def __init__(self, name: str, settings: RPCServerSettings) -> None:
        super().__init__(name, settings.connection, settings)
        self.calls = Calls(
            name,
            self.processor,
            default=settings.default_callback,
            keep_open=settings.keep_open,
        )

    def taker(self, channel: AbstractChannel, settling: Settling) -> Taker:
        return _Requests(self.path, self.calls, channel, settling)


class _Requests:
    """The requests of one channel, which get their answers over the same."""

    def __init__(
        self, name: str, calls: Calls, channel: AbstractChannel, settling: Settling
    ) -> None:
        self._name = name
        self._calls = calls
        self._channel = channel
        self._settling = settling
        self._open: set[int] = set()
        self._telling: set[asyncio.Task[None]] = set()
        self._none_open = asyncio.Event()
        self._is_over = False
        self.is_ending = False

    async def take(self, message: DeliveredMessage) -> None:
        if self.is_ending or not self._calls.processor.is_ready:
            # It goes back with the channel.
            return
        method: Any = message.delivery
        self._open.add(method.delivery_tag)
        try:
            args, kwargs = arguments_of(message)
        except Exception as fault:  # noqa: BLE001 - it is the caller's
            self._answered(Failure(fault), message)
            return
        properties = message.header.properties
        more = {"body": message.body, "properties": properties, "method": method}
        name = properties.message_type or method.routing_key
        answer = self._calls.call(name, args, kwargs, **more)
        answer.addBoth(self._answered, message)

    @property
    def is_busy(self) -> bool:
        return bool(self._open)

    async def ended(self) -> None:
        while self._open:
            self._none_open.clear()
            await self._none_open.wait()

    def cancel(self) -> None:
        """Answer none any more: others will."""
        self._is_over = True

    def _answered(self, answer: Any, message: DeliveredMessage) -> None:
        if self._is_over:
            return
        task = drive(self._tell(answer, message))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _tell(self, answer: Any, message: DeliveredMessage) -> None:
        method: Any = message.delivery
        try:
            await self._reply(answer, message)
            self._settling.settle(method.delivery_tag, Verdict.ACK)
        except Exception as error:  # noqa: BLE001 - the request comes again, with its channel gone
            logger.debug("%s: an answer did not get through: %s", self._name, error)
        finally:
            self._open.discard(method.delivery_tag)
            if not self._open:
                self._none_open.set()

    async def _reply(self, answer: Any, message: DeliveredMessage) -> None:
        asked = message.header.properties
        if not asked.reply_to:
            if isinstance(answer, Failure):
                logger.error("%s: a call failed that wants no answer: %r", self._name, answer.value)
            return
        try:
            body, properties = _told(answer)
        except Exception as fault:  # noqa: BLE001 - it is the caller's
            body, properties = failing(fault)
        properties["correlation_id"] = asked.correlation_id
        # Who does not wait any more gets none.
        await published(
            self._channel, body, properties, routing_key=asked.reply_to, mandatory=False
        )


def _told(answer: Any) -> tuple[bytes, dict[str, Any]]:
    if not isinstance(answer, Failure):
        return answering(answer)
    failure: Any = answer.value
    return failing(failure)
