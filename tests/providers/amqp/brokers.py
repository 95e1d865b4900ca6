"""What tests of AMQP need: a broker, a way to it that can be cut, and an environment."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import aiormq
from pamqp.commands import Basic

from piped.environment import RuntimeEnvironment
from piped.provider import Provider
from piped.providers.amqp_provider import AMQPConnectionProvider
from piped.providers.amqp_settings import ConnectionSettings, ConsumerSettings
from tests import proxy as network
from tests.providers import running
from tests.proxy import Proxy
from tests.services import address

HOST, PORT = address("rabbitmq")


async def until(holds: Callable[[], Any], seconds: float = 20) -> None:
    """Wait until `holds` does."""
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.005)


class Broker:
    """RabbitMQ, as somebody sees it who knows nothing of piped."""

    def __init__(self, channel: Any) -> None:
        self.channel = channel
        self.prefix = f"piped-test-{uuid4().hex[:12]}"
        self.made: list[str] = []

    async def queue(self, name: str = "queue", **arguments: Any) -> str:
        """A queue of this test's own."""
        made = f"{self.prefix}-{name}"
        self.made.append(made)
        await self.channel.queue_declare(made, durable=True, arguments=arguments)
        return made

    async def publish(self, queue: str, *bodies: Any, **properties: Any) -> None:
        for body in bodies:
            text = body if isinstance(body, bytes) else json.dumps(body).encode()
            await self.channel.basic_publish(
                text, routing_key=queue, properties=Basic.Properties(**properties)
            )

    async def get(self, queue: str) -> Any:
        """The next message of a queue, or None."""
        message = await self.channel.basic_get(queue, no_ack=True)
        return None if isinstance(message.delivery, Basic.GetEmpty) else message

    async def count(self, queue: str) -> int:
        """How many messages wait there."""
        declared = await self.channel.queue_declare(queue, passive=True)
        return int(declared.message_count)

    async def holds(self, queue: str, count: int) -> None:
        """Wait until so many messages wait there."""
        async with asyncio.timeout(20):
            while await self.count(queue) != count:  # noqa: ASYNC110 - the broker does not tell
                await asyncio.sleep(0.01)


@asynccontextmanager
async def broker() -> AsyncIterator[Broker]:
    """A connection of one's own; the queues of the test are deleted at the end."""
    connection = await aiormq.connect(f"amqp://guest:guest@{HOST}:{PORT}/")
    made = Broker(await connection.channel())
    yield made
    channel = await connection.channel()
    for name in made.made:
        await channel.queue_delete(name)
    await connection.close()


@asynccontextmanager
async def proxy(context: ssl.SSLContext | None = None) -> AsyncIterator[Proxy]:
    """A port before the broker."""
    async with network.proxy(PORT, context, HOST) as made:
        yield made


def connection(port: int = PORT, **settings: Any) -> dict[type[Provider], Any]:
    """The settings of one connection, called main."""
    given = {"servers": f"tcp:127.0.0.1:{port}", "initial_delay": 0.01, "max_delay": 0.05}
    return {AMQPConnectionProvider: {"main": ConnectionSettings(**{**given, **settings})}}


def consuming(queue: Any, port: int = PORT, **settings: Any) -> dict[type[Provider], Any]:
    """A connection with a consumer, whose processor is `work`."""
    from piped.options import ResourceName

    given = {"requeue_delay": 0.01, "channel_reopen_interval": 0.01, **settings}
    consumer = ConsumerSettings(queue=queue, processor=ResourceName("work"), **given)
    return connection(port, basic_consumers={"it": consumer})


def need(environment: RuntimeEnvironment, path: str = "amqp.connection.main") -> Any:
    """A dependency on what is offered there."""
    return running.need(environment, path)
