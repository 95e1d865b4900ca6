"""A consumer: it gets messages while its connection and its processor are there.

1. A channel that was closed is opened again, after a while.
2. When the consumer stops, or loses its processor, it takes no more; runs that are under way go on
   for a while, and are settled; what is left goes back to the queue.
3. When the connection is lost, runs that are under way go on; the broker gives their messages once
   more to somebody.
4. When the process is to stop, it stops first, while everything still works.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Protocol

from piped.dependencies import ResourceDependency
from piped.interop import check_cancelled, drive, is_cancelled, outcome_of, settled
from piped.providers.amqp_client import said
from piped.providers.amqp_declaring import name_of_queue
from piped.providers.amqp_messages import Messages
from piped.providers.amqp_settling import Settling
from piped.service import PipedDependencyService

if TYPE_CHECKING:
    from aiormq.abc import AbstractChannel, DeliveredMessage

    from piped.clock import Clock
    from piped.environment import RuntimeEnvironment
    from piped.providers.amqp_settings import ConsumerSettings, Consuming

__all__ = ["AMQPConsumer", "Consumer", "Taker"]

logger = logging.getLogger(__name__)

# How long saying good-bye to a channel may take, on a connection that may be dead.
CLOSE_SECONDS = 5.0


class Taker(Protocol):
    """What takes the messages of one channel."""

    is_ending: bool

    @property
    def is_busy(self) -> bool:
        """Whether anything is under way."""

    async def take(self, message: DeliveredMessage) -> None:
        """Begin with a message; take no more once `is_ending`."""

    async def ended(self) -> None:
        """Wait until nothing is under way."""

    def cancel(self) -> None:
        """End all that is under way."""


class Consumer(PipedDependencyService):
    """Consumes while it runs. What it does with a message is for others to say."""

    no_ack = False
    requeue_delay = 1.0

    def __init__(self, name: str, connection: str, settings: Consuming) -> None:
        super().__init__()
        self.setName(name)
        self.path = name
        self._consuming = settings
        named = settings.processor
        self.processor = ResourceDependency(named.path, named.configuration)
        self._connection = ResourceDependency(f"amqp.connection.{connection}")
        # Those whose channel is gone, and who may have something under way.
        self._bereft: set[Taker] = set()

    def taker(self, channel: AbstractChannel, settling: Settling) -> Taker:
        """What takes the messages of a new channel."""
        raise NotImplementedError

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        super().configure(runtime_environment)
        self._clock: Clock = runtime_environment.clock
        for dependency in (self.processor, self._connection):
            runtime_environment.dependency_manager.add_dependency(self, dependency)
        runtime_environment.on_stopping.handle(self.stopService)

    async def run_with_dependencies(self) -> None:
        while True:
            try:
                await self._consume()
            except Exception as error:  # noqa: BLE001 - whatever it is, it may pass
                if is_cancelled():
                    return
                wait = self._consuming.channel_reopen_interval
                logger.warning("%s: %s; trying again in %g s", self.name, said(error), wait)
                await self._clock.sleep(wait)

    async def _consume(self) -> None:
        """Consume until the channel is closed, and raise why."""
        connection = self._connection.get_resource()
        channel: AbstractChannel = await connection.open_channel(publisher_confirms=False)
        settling = Settling(channel, self._clock, self.requeue_delay)
        messages = self.taker(channel, settling)
        telling = drive(settling.run())
        tag = None
        try:
            cancelled = _cancelled_by_broker(channel)
            tag = await self._open(channel, messages)
            check_cancelled()
            await asyncio.wait(
                [channel.closing, cancelled, telling], return_when=asyncio.FIRST_COMPLETED
            )
            raise _reason(channel, telling)
        finally:
            messages.is_ending = True
            if self._connection.is_ready and not channel.is_closed:
                await self._within(CLOSE_SECONDS, _cancelled(channel, tag))
                await self._finish(messages)
                settling.end()
                await self._within(CLOSE_SECONDS, _closed(channel, telling))
            else:
                self._bereft = {each for each in self._bereft if each.is_busy} | {messages}
            telling.cancel()

    def stopService(self) -> Any:
        return outcome_of(self._stop(super().stopService()))

    async def _stop(self, stopping: Any) -> None:
        await settled(stopping)
        while self._bereft:
            await self._finish(self._bereft.pop())

    async def _finish(self, taker: Taker) -> None:
        """Wait until all has ended that is under way; for a while."""
        if not await self._within(self._consuming.close_time, taker.ended()):
            logger.warning("%s: what was still under way is cancelled", self.path)
            taker.cancel()

    async def _open(self, channel: AbstractChannel, messages: Taker) -> str:
        settings = self._consuming
        queue = await name_of_queue(channel, settings.declaration)
        await channel.basic_qos(
            prefetch_count=settings.qos.prefetch_count, prefetch_size=settings.qos.prefetch_size
        )
        consuming = await channel.basic_consume(
            queue,
            messages.take,
            no_ack=self.no_ack,
            exclusive=settings.exclusive,
            arguments=dict(settings.arguments),
        )
        logger.info("%s consumes from %s", self.name, queue)
        return str(consuming.consumer_tag)

    async def _within(self, seconds: float, ending: Coroutine[Any, Any, None]) -> bool:
        """Wait for `ending`, so long. Whether it ended."""
        task = drive(ending)
        wakeup = self._clock.call_later(seconds, task.cancel)
        try:
            await asyncio.wait([task])
        finally:
            wakeup.cancel()
            task.cancel()
        if task.cancelled():
            return False
        # What fails here fails since the channel is gone, and that is what was wanted.
        task.exception()
        return True


class AMQPConsumer(Consumer):
    """Hands each message to its processor."""

    def __init__(self, name: str, connection: str, settings: ConsumerSettings) -> None:
        super().__init__(name, connection, settings)
        self.no_ack = settings.no_ack
        self.requeue_delay = settings.requeue_delay
        self._settings = settings

    def taker(self, channel: AbstractChannel, settling: Settling) -> Taker:
        del channel
        level = self._settings.log_processor_exceptions
        number = logging.getLevelNamesMapping()[str(level).upper()] if level else None
        processor = self.processor.get_resource()
        return Messages(self.path, processor, self._settings.rules, settling, number)


def _cancelled_by_broker(channel: AbstractChannel) -> asyncio.Future[None]:
    """What ends when the broker says that it will send no more: the queue is gone."""
    cancelled = asyncio.get_running_loop().create_future()

    def note(_: Any) -> None:
        if not cancelled.done():
            cancelled.set_result(None)

    channel.on_consumer_cancel_callbacks.add(note)
    return cancelled


def _reason(channel: AbstractChannel, telling: asyncio.Task[None]) -> Exception:
    if not channel.is_closed:
        failure = telling.exception() if telling.done() and not telling.cancelled() else None
        if isinstance(failure, Exception):
            return failure
        return ConnectionError("the broker sends no more, its queue is gone")
    reason = None if channel.closing.cancelled() else channel.closing.exception()
    return reason if isinstance(reason, Exception) else ConnectionError("the channel is closed")


async def _cancelled(channel: AbstractChannel, tag: str | None) -> None:
    if tag is not None and not channel.is_closed:
        await channel.basic_cancel(tag)


async def _closed(channel: AbstractChannel, telling: asyncio.Task[None]) -> None:
    await telling
    await channel.close()
