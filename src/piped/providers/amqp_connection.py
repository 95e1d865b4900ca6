"""A connection to a broker, which is the resource: an `aio_pika.Connection`, and a little more."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from aio_pika import Connection
from aiormq.abc import AbstractChannel
from aiormq.exceptions import (
    AMQPError,
    ChannelClosed,
    ChannelInvalidStateError,
    DeliveryError,
    PublishError,
)
from pamqp.commands import Basic
from yarl import URL

from piped.exceptions import PipedError, ResourceLost
from piped.providers.amqp_wire import Wire, hear_of_blocking
from piped.providers.payload import encoded

__all__ = ["AMQPConnection", "NotPublished", "published", "quiet"]

logger = logging.getLogger(__name__)

# What a lost connection is to the library, among other things.
_GONE = (AMQPError, ChannelInvalidStateError, ConnectionError)


class NotPublished(PipedError):
    """The broker did not take a message, or has nowhere to put it."""


class AMQPConnection(Connection):
    """A connection. It does not come back by itself: there is a new one, then."""

    def __init__(self, path: str, url: URL, wire: Wire, **options: Any) -> None:
        super().__init__(url, **options)
        self._path = path
        # Set while the broker takes messages, and when it cannot be waited for any more.
        self._takes = asyncio.Event()
        self._takes.set()
        self.close_callbacks.add(lambda *_: self._takes.set())
        self.kwargs["transport_factory"] = wire
        self._named: dict[str, AbstractChannel] = {}
        self._opening: dict[str, asyncio.Task[AbstractChannel]] = {}

    async def connect(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 - its own
        await super().connect(timeout)
        assert self.transport is not None, "it is connected"
        hear_of_blocking(self.transport.connection, self._blocked, self._unblocked)

    async def _blocked(self, frame: Any) -> None:
        logger.warning("%s: the broker takes no messages: %s", self._path, frame.reason)
        self._takes.clear()

    async def _unblocked(self, _: Any) -> None:
        logger.info("%s: the broker takes messages again", self._path)
        self._takes.set()

    async def open_channel(self, **options: Any) -> AbstractChannel:
        """A channel of one's own, of aiormq's, on which nothing is in the way."""
        transport = self.transport
        if transport is None or transport.connection.is_closed:
            raise ResourceLost("the connection is closed")
        try:
            return await transport.connection.channel(**options)
        except _GONE as error:
            if transport.connection.is_closed:
                raise ResourceLost("the connection was lost before a channel was open") from error
            raise

    async def get_named_channel(self, name: str) -> AbstractChannel:
        """The channel of that name, which all who ask for it share; a new one if it was closed.

        What is published over it is confirmed; what nobody takes is an error.
        """
        channel = self._named.get(name)
        if channel is not None and not channel.is_closed:
            return channel
        opening = self._opening.get(name)
        if opening is None:
            opening = self._opening[name] = asyncio.create_task(self._open(name))
        # Others wait for it, too.
        return await asyncio.shield(opening)

    async def _open(self, name: str) -> AbstractChannel:
        try:
            self._named[name] = await self.open_channel(on_return_raises=True)
            return self._named[name]
        finally:
            del self._opening[name]

    async def publish(
        self,
        body: Any,
        *,
        exchange: str = "",
        routing_key: str = "",
        mandatory: bool = True,
        **properties: Any,
    ) -> None:
        """Publish bytes, a text, or what has a form in JSON; wait until the broker has it.

        While the broker has no room for any message, it waits for that, too.
        Raises `NotPublished`. If the connection is lost before the broker has said that it has the
        message, that is a `ResourceLost`, and it may have it or not.
        """
        content, kind = encoded(body)
        await self._takes.wait()
        given = {"content_type": kind, "delivery_mode": 2, **properties}
        # What is wrong with an exchange closes the channel, and is to hit nobody else.
        channel = await self.get_named_channel(f"to {exchange}")
        await published(
            channel, content, given, exchange=exchange, routing_key=routing_key, mandatory=mandatory
        )


async def published(
    channel: AbstractChannel,
    body: bytes,
    properties: Mapping[str, Any],
    *,
    exchange: str = "",
    routing_key: str = "",
    mandatory: bool = True,
) -> None:
    """Publish, and wait until the broker has it, if it is asked to confirm."""
    publish: Any = channel.basic_publish
    try:
        await publish(
            body,
            exchange=exchange,
            routing_key=routing_key,
            properties=Basic.Properties(**properties),
            mandatory=mandatory,
            wait=False,
        )
    except PublishError as error:
        raise NotPublished(
            f"nobody gets what is sent to {_place(exchange, routing_key)}"
        ) from error
    except (ChannelClosed, DeliveryError) as error:
        reason = str(error.args[-1]) if error.args else "closed"
        place = _place(exchange, routing_key)
        raise NotPublished(f"what was sent to {place} was not taken: {reason}") from error
    except _GONE as error:
        raise _lost() from error
    except asyncio.CancelledError:
        # aiormq says in this way that the connection is dead, too.
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise _lost() from None


def _lost() -> ResourceLost:
    return ResourceLost("the connection was lost before the broker had confirmed the message")


def _place(exchange: str, routing_key: str) -> str:
    if not exchange:
        return f"the queue {routing_key!r}"
    return f"the exchange {exchange!r} with the routing key {routing_key!r}"


def quiet() -> None:
    """Keep back what the libraries log of lost connections, with tracebacks: we tell of it, too.

    Unless the configuration names a level for them.
    """
    for name in ("aiormq", "aio_pika"):
        logger = logging.getLogger(name)
        if logger.level == logging.NOTSET:
            logger.setLevel(logging.CRITICAL)
