"""A client of calls over AMQP: `amqp.rpc_client.NAME` is there while answers can be heard.

1. A call gets one answer, or fails once: by its time, or when the connection is lost.
2. A request that nobody took in its time is taken by nobody.
3. What is said later is not heard.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from itertools import count
from typing import TYPE_CHECKING, Any

from piped.dependencies import ResourceDependency
from piped.exceptions import ResourceLost, TimeoutError  # noqa: A004 - ours says what took too long
from piped.interop import check_cancelled, is_cancelled
from piped.providers.amqp_calls import answer_of, requesting
from piped.providers.amqp_client import ended, said
from piped.providers.amqp_connection import published
from piped.service import PipedDependencyService

if TYPE_CHECKING:
    from aiormq.abc import AbstractChannel, DeliveredMessage

    from piped.clock import Clock
    from piped.environment import RuntimeEnvironment
    from piped.providers.amqp_rpc_settings import RPCClientSettings
    from piped.resource import Offer

__all__ = ["AMQPCaller", "Caller"]

logger = logging.getLogger(__name__)

# A queue that every channel has, and that costs the broker nothing.
REPLIES = "amq.rabbitmq.reply-to"


class Caller:
    """Calls over one channel, which is the resource."""

    def __init__(self, channel: AbstractChannel, timeout: float, clock: Clock) -> None:
        self._channel = channel
        self._timeout = timeout
        self._clock = clock
        self._numbers = count(1)
        self._waiting: dict[str, asyncio.Future[DeliveredMessage]] = {}

    async def call(
        self,
        queue: str,
        name: str,
        args: list[Any],
        kwargs: Mapping[str, Any],
        *,
        exchange: str = "",
    ) -> Any:
        """The answer of whoever takes the request from `queue`."""
        body, kind = requesting(name, args, kwargs)
        number = str(next(self._numbers))
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        late = TimeoutError(f"there was no answer from {queue!r} within {self._timeout:g} s")
        wakeup = self._clock.call_later(self._timeout, _fail, answer, late)
        properties = {
            "content_type": kind,
            "message_type": name,
            "correlation_id": number,
            "reply_to": REPLIES,
            "expiration": str(max(1, round(self._timeout * 1000))),
        }
        try:
            await published(self._channel, body, properties, exchange=exchange, routing_key=queue)
            return answer_of(await answer)
        finally:
            wakeup.cancel()
            answer.cancel()
            del self._waiting[number]

    async def hear(self, message: DeliveredMessage) -> None:
        """Give an answer to who waits for it."""
        number = message.header.properties.correlation_id
        waiting = self._waiting.get(number) if number else None
        if waiting is not None and not waiting.done():
            waiting.set_result(message)

    def lost(self) -> None:
        """There will be no more answers."""
        for each in self._waiting.values():
            _fail(each, ResourceLost("the connection was lost before there was an answer"))


class AMQPCaller(PipedDependencyService):
    """Has a `Caller` while it runs and is connected."""

    def __init__(self, name: str, settings: RPCClientSettings, offer: Offer) -> None:
        super().__init__()
        self.setName(name)
        self._settings = settings
        self._offer = offer
        self._connection = ResourceDependency(f"amqp.connection.{settings.connection}")

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        super().configure(runtime_environment)
        self._clock: Clock = runtime_environment.clock
        runtime_environment.dependency_manager.add_dependency(self, self._connection)

    async def run_with_dependencies(self) -> None:
        while True:
            try:
                await self._listen()
            except Exception as error:  # noqa: BLE001 - whatever it is, it may pass
                if is_cancelled():
                    return
                wait = self._settings.channel_reopen_interval
                logger.warning("%s: %s; trying again in %g s", self.name, said(error), wait)
                await self._clock.sleep(wait)

    async def _listen(self) -> None:
        connection = self._connection.get_resource()
        channel = await connection.open_channel(on_return_raises=True)
        caller = Caller(channel, self._settings.timeout, self._clock)
        try:
            await channel.basic_consume(REPLIES, caller.hear, no_ack=True)
            check_cancelled()
            self._offer.ready(caller)
            logger.info("%s is ready", self.name)
            await asyncio.wait([channel.closing])
            raise ResourceLost("the channel is closed")
        finally:
            self._offer.lost(ResourceLost(f"{self.name}: the connection is lost"))
            caller.lost()
            await ended(asyncio.ensure_future(channel.close()), 1)


def _fail(answer: asyncio.Future[Any], failure: Exception) -> None:
    if not answer.done():
        answer.set_exception(failure)
