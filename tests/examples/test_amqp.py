"""The example of workers behind a queue: they come and go under load, and nothing is lost."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import aiormq
import pytest

from tests.services import address

from .workers import Service, ended, service, sums_of, until

LIMIT = 150  # seconds; never reached when all is well
BROKER = "{}:{}".format(*address("rabbitmq"))

pytestmark = [pytest.mark.service("rabbitmq"), pytest.mark.timeout(240)]


@asynccontextmanager
async def example(folder: Path) -> AsyncIterator[Service]:
    """It, with a queue of its own."""
    queue = f"piped-test-{uuid4().hex[:12]}"
    texts = {"piped-example-work": queue}
    try:
        async with service("amqp", folder, LIMIT, texts, BROKER=f"tcp:{BROKER}") as it:
            log = folder / "server.log"
            await until(lambda: "amqp.rpc_client.workers is ready" in log.read_text())
            yield it
    finally:
        broker = await aiormq.connect(f"amqp://guest:guest@{BROKER}/")
        await (await broker.channel()).queue_delete(queue)
        await broker.close()


async def test_without_a_worker_a_request_waits_for_one(tmp_path: Path) -> None:
    async with example(tmp_path) as it:
        waiting = asyncio.ensure_future(it.ask(1, 2, 3))
        await it.start()
        assert await waiting == {"square": 36, "sum": 14, "diff": 22}


async def test_workers_come_and_go_under_load_and_nothing_is_lost(tmp_path: Path) -> None:
    async with example(tmp_path) as it:
        workers = [await it.start()]
        async with it.load(sums_of) as some_more:
            for by in (signal.SIGKILL, signal.SIGTERM):
                await some_more()
                workers.append(await it.start())
                await some_more()
                await ended(workers.pop(0), by)
            await some_more()
