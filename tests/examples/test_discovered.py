"""The example of workers that ZooKeeper finds: all come and go under load, and nothing is lost."""

from __future__ import annotations

import asyncio
import signal
from asyncio.subprocess import Process
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sites import free_port
from tests.zookeeper_server import Server, server

from .workers import Service, ended, service

LIMIT = 150  # seconds; never reached when all is well

pytestmark = [pytest.mark.service("zookeeper"), pytest.mark.timeout(240)]


@pytest.fixture
def zookeeper() -> Iterator[Server]:
    with server() as one:
        yield one


async def worker(service: Service) -> Process:
    """One that the server knows."""
    port = free_port()
    process = await service.start(WORKER_PORT=str(port))
    while not await knows(service, port):  # noqa: ASYNC110 - nobody tells us
        await asyncio.sleep(0.02)
    return process


async def knows(service: Service, port: int) -> bool:
    status, workers = await service.get("/workers")
    return status == 200 and any(str(port) in each["endpoint"] for each in workers)


async def test_workers_are_found_and_zookeeper_too_may_come_and_go(
    zookeeper: Server, tmp_path: Path
) -> None:
    address = f"127.0.0.1:{zookeeper.port}"
    async with service("discovered", tmp_path, LIMIT, ZOOKEEPER=address) as it:
        one, two = await worker(it), await worker(it)
        async with it.load(lambda *numbers: sum(numbers)) as some_more:
            await some_more()
            await ended(one, signal.SIGTERM)
            await some_more()
            three = await worker(it)
            await ended(two, signal.SIGKILL)
            await some_more()
            # Those who are known are called, though nobody can be found now.
            zookeeper.kill()
            await some_more()
            zookeeper.start()
            four = await worker(it)
            await ended(three, signal.SIGTERM)
            await some_more()
            # There is none: requests wait.
            await ended(four, signal.SIGKILL)
            await worker(it)
            await some_more()
