"""A broker that has no room takes no messages, and says so. It is one of the test's own."""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from benchmarks.amqp_kills import PROGRAM, OwnBroker
from piped.exceptions import ResourceLost
from piped.interop import settled
from piped.providers.amqp_topology import Queue
from tests.providers.running import Running
from tests.proxy import Proxy, proxy
from tests.sites import free_port

from .brokers import connection, need, until

pytestmark = [
    pytest.mark.service("rabbitmq"),
    pytest.mark.skipif(shutil.which(PROGRAM) is None, reason=f"there is no {PROGRAM}"),
    pytest.mark.timeout(120),
]

LIMIT = 60  # seconds; never reached when all is well
FULL = "the broker takes no messages: low on memory"


class Shelf:
    """A broker that can be full, and a way to it."""

    def __init__(self, broker: OwnBroker, way: Proxy) -> None:
        self._broker = broker
        self.way = way

    async def is_full(self, *, full: bool = True) -> None:
        await self._broker.control("set_vm_memory_high_watermark", "0.0000001" if full else "0.9")


@pytest.fixture
async def shelf(tmp_path: Path) -> AsyncIterator[Shelf]:
    port = free_port()
    broker = OwnBroker(tmp_path, port)
    try:
        async with asyncio.timeout(LIMIT):
            await broker.start()
        async with proxy(port) as way:
            yield Shelf(broker, way)
    finally:
        await broker.kill()


@pytest.fixture
async def start(shelf: Shelf) -> AsyncIterator[Running]:
    running = Running()
    yield running
    await running.stop_all()


async def test_who_publishes_waits_until_there_is_room_or_the_connection_is_lost(
    shelf: Shelf, start: Running, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    settings = connection(shelf.way.port, queues={"it": Queue()})
    dependency = need(await start(settings))
    there = await settled(dependency.wait_for_resource())
    await there.publish(0, routing_key="it")
    await shelf.is_full()
    first = asyncio.create_task(there.publish(1, routing_key="it"))
    await until(lambda: FULL in caplog.text)
    # These are not sent yet: who waits no longer has sent nothing.
    given_up, second = (
        asyncio.create_task(there.publish(number, routing_key="it")) for number in (2, 3)
    )
    await asyncio.sleep(0)
    given_up.cancel()
    await asyncio.wait([given_up])
    assert not first.done()
    assert not second.done()
    await shelf.is_full(full=False)
    async with asyncio.timeout(LIMIT):
        await asyncio.gather(first, second)
    assert caplog.text.count(FULL) == 1
    assert caplog.text.count("amqp.connection.main: the broker takes messages again") == 1
    channel = await there.open_channel()
    assert (await channel.queue_declare("it", passive=True)).message_count == 3

    await shelf.is_full()
    sent = asyncio.create_task(there.publish(4, routing_key="it"))
    await until(lambda: caplog.text.count(FULL) == 2)
    waiting = asyncio.create_task(there.publish(5, routing_key="it"))
    await asyncio.sleep(0)
    shelf.way.cut()
    for each in (sent, waiting):
        with pytest.raises(ResourceLost):
            await each
    await shelf.is_full(full=False)
    await until(lambda: dependency.is_ready and dependency.get_resource() is not there)
