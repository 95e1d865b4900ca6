"""The example of workers that ZooKeeper finds: all come and go under load, and nothing is lost."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.commands import SOURCE, environment
from tests.test_web_examples import free_port, opened
from tests.zookeeper_server import Server, server

EXAMPLE = Path(__file__).parents[2] / "examples" / "discovered"
LIMIT = 150  # seconds; never reached when all is well

pytestmark = [pytest.mark.service("zookeeper"), pytest.mark.timeout(240)]


@pytest.fixture
def zookeeper() -> Iterator[Server]:
    with server() as one:
        yield one


class Service:
    """The processes of the example, and one who asks."""

    def __init__(self, client: aiohttp.ClientSession, zookeeper: Server) -> None:
        self._client = client
        self._zookeeper = f"127.0.0.1:{zookeeper.port}"
        self._site = free_port()
        self._running: dict[int, asyncio.subprocess.Process] = {}
        self.asked = self.answered = 0

    async def start_server(self) -> None:
        listen = f"tcp:{self._site}:interface=127.0.0.1"
        self._running[0] = await self._start("server", SERVER_LISTEN=listen)
        await opened(self._site)

    async def start(self) -> int:
        """Start a worker; it is known by its port."""
        port = free_port()
        self._running[port] = await self._start("worker", WORKER_PORT=str(port))
        await _until_it(lambda: self.knows(port))
        return port

    async def end(self, worker: int, by: signal.Signals) -> None:
        process = self._running.pop(worker)
        process.send_signal(by)
        await process.wait()

    async def knows(self, port: int) -> bool:
        """Whether the server knows the worker."""
        status, workers = await self._get("/workers")
        return status == 200 and any(str(port) in each["endpoint"] for each in workers)

    async def ask(self, *numbers: int) -> None:
        self.asked += 1
        status, answer = await self._get("/?" + "&".join(f"n={each}" for each in numbers))
        assert (status, answer) == (200, sum(numbers))
        self.answered += 1

    async def close(self) -> None:
        for process in self._running.values():
            process.kill()
            await process.wait()

    async def _get(self, path: str) -> tuple[int, Any]:
        async with self._client.get(f"http://127.0.0.1:{self._site}{path}") as answer:
            text = await answer.text()
            return answer.status, await answer.json() if answer.status == 200 else text

    async def _start(self, name: str, **variables: str) -> asyncio.subprocess.Process:
        path = f"{SOURCE}{os.pathsep}."
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "piped", "-nc", f"{name}.yaml", "-p", ""),
            cwd=EXAMPLE,
            env=environment(PYTHONPATH=path, ZOOKEEPER=self._zookeeper, **variables),
            stderr=asyncio.subprocess.DEVNULL,
        )


@asynccontextmanager
async def service(zookeeper: Server) -> AsyncIterator[Service]:
    async with asyncio.timeout(LIMIT), aiohttp.ClientSession() as client:
        service = Service(client, zookeeper)
        try:
            await service.start_server()
            yield service
        finally:
            await service.close()


async def test_workers_are_found_and_zookeeper_too_may_come_and_go(zookeeper: Server) -> None:
    async with service(zookeeper) as it:
        one = await it.start()
        two = await it.start()
        goes_on = True

        async def load(seed: int) -> None:
            while goes_on:
                await it.ask(seed, it.asked % 7)

        async def some_more() -> None:
            enough = it.answered + 100
            await _until(lambda: it.answered >= enough or all_of_it.done())

        all_of_it = asyncio.gather(*map(load, range(20)))
        await some_more()
        await it.end(one, signal.SIGTERM)
        await some_more()
        three = await it.start()
        await it.end(two, signal.SIGKILL)
        await some_more()
        # Those who are known are called, though nobody can be found now.
        zookeeper.kill()
        await some_more()
        zookeeper.start()
        four = await it.start()
        await it.end(three, signal.SIGTERM)
        await some_more()
        # There is none: requests wait.
        await it.end(four, signal.SIGKILL)
        await it.start()
        await some_more()
        goes_on = False
        await all_of_it
        assert it.answered == it.asked > 600


async def _until(holds: Callable[[], bool]) -> None:
    """Ask until it holds; the time that all has is the limit."""
    while not holds():  # noqa: ASYNC110 - nobody tells us
        await asyncio.sleep(0.02)


async def _until_it(holds: Callable[[], Any]) -> None:
    while not await holds():  # noqa: ASYNC110 - nobody tells us
        await asyncio.sleep(0.02)
