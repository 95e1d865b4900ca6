"""The example of a distributed service: workers come and go under load, and nothing is lost."""

from __future__ import annotations

import asyncio
import signal
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.sites import free_port, opened

from .workers import Service, ended, service, sums_of, until

LIMIT = 60  # seconds; never reached when all is well

pytestmark = pytest.mark.timeout(120)


class Distributed:
    """The service, whose workers have ports of their own."""

    def __init__(self, service: Service, ports: list[int]) -> None:
        self.service = service
        self._ports = ports

    async def start(self, number: int) -> Process:
        port = self._ports[number]
        listen = f"tcp:{port}:interface=127.0.0.1"
        process = await self.service.start(WORKER_LISTEN=listen)
        await opened(port)
        return process


@asynccontextmanager
async def distributed(folder: Path) -> AsyncIterator[Distributed]:
    ports = [free_port(), free_port()]
    one, two = (f"tcp:host=localhost:port={port}" for port in ports)
    async with service("distributed", folder, LIMIT, WORKER_ONE=one, WORKER_TWO=two) as it:
        yield Distributed(it, ports)


async def test_two_parts_of_the_answer_are_worked_out_elsewhere(tmp_path: Path) -> None:
    async with distributed(tmp_path) as it:
        await it.start(0)
        assert await it.service.ask(1, 2, 3) == {"square": 36, "sum": 14, "diff": 22}
        assert await it.service.ask(*range(1, 11)) == {"square": 3025, "sum": 385, "diff": 2640}
        assert await it.service.ask(42) == {"square": 1764, "sum": 1764, "diff": 0}


async def test_without_a_worker_a_request_waits_for_one(tmp_path: Path) -> None:
    async with distributed(tmp_path) as it:
        waiting = asyncio.ensure_future(it.service.ask(1, 2, 3))
        await until(lambda: it.service.asked == 1)
        assert not waiting.done()
        await it.start(1)
        assert (await waiting)["diff"] == 22


async def test_workers_come_and_go_under_load_and_nothing_is_lost(tmp_path: Path) -> None:
    async with distributed(tmp_path) as it:
        workers = [await it.start(0), await it.start(1)]
        async with it.service.load(sums_of) as some_more:
            for number, by in ((0, signal.SIGKILL), (1, signal.SIGTERM), (0, signal.SIGTERM)):
                await some_more()
                await ended(workers[number], by)
                workers[number] = await it.start(number)
            # Both at once: requests wait until one is back.
            for worker in workers:
                await ended(worker, signal.SIGKILL)
            await it.start(1)
            await some_more()
