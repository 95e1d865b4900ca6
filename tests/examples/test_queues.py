"""The example of workers behind queues of ZeroMQ: they come and go, and all is answered."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from tests.commands import SOURCE, environment
from tests.test_web_examples import free_port, opened

EXAMPLE = Path(__file__).parents[2] / "examples" / "queues"
LIMIT = 100  # seconds; never reached when all is well

pytestmark = pytest.mark.timeout(120)


class Service:
    """The processes of the example, and one who asks."""

    def __init__(self, client: aiohttp.ClientSession) -> None:
        self._client = client
        self._site = free_port()
        self._queues = {name: f"tcp://127.0.0.1:{free_port()}" for name in ("JOBS", "RESULTS")}
        self._running: list[asyncio.subprocess.Process] = []
        self.asked = self.answered = 0

    async def start_server(self) -> None:
        await self.start("server", SERVER_LISTEN=f"tcp:{self._site}:interface=127.0.0.1")
        await opened(self._site)

    async def start(self, name: str = "worker", **variables: str) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "piped", "-nc", f"{name}.yaml", "-p", ""),
            cwd=EXAMPLE,
            env=environment(PYTHONPATH=f"{SOURCE}{os.pathsep}.", **self._queues, **variables),
            stderr=asyncio.subprocess.DEVNULL,
        )
        self._running.append(process)
        return process

    async def ask(self, *numbers: int) -> None:
        self.asked += 1
        query = "&".join(f"n={each}" for each in numbers)
        async with self._client.get(f"http://127.0.0.1:{self._site}/?{query}") as answer:
            assert (answer.status, await answer.json()) == (200, sum(numbers))
        self.answered += 1

    async def close(self) -> None:
        for process in self._running:
            if process.returncode is None:
                process.kill()
            await process.wait()


@asynccontextmanager
async def service() -> AsyncIterator[Service]:
    async with asyncio.timeout(LIMIT), aiohttp.ClientSession() as client:
        service = Service(client)
        try:
            await service.start_server()
            yield service
        finally:
            await service.close()


async def test_workers_take_their_share_and_come_and_go() -> None:
    async with service() as it:
        goes_on = True

        async def load(seed: int) -> None:
            while goes_on:
                await it.ask(seed, it.asked % 7)

        async def some_more() -> None:
            enough = it.answered + 50
            await _until(lambda: it.answered >= enough or all_of_it.done())

        all_of_it = asyncio.gather(*map(load, range(20)))
        # There is none: requests wait.
        one = await it.start()
        await some_more()
        two = await it.start()
        await some_more()
        one.send_signal(signal.SIGTERM)
        assert await one.wait() == 0
        await some_more()
        two.send_signal(signal.SIGKILL)
        await two.wait()
        await it.start()
        await some_more()
        goes_on = False
        await all_of_it
        assert it.answered == it.asked > 200


async def _until(holds: Callable[[], bool]) -> None:
    """Ask until it holds; the time that all has is the limit."""
    while not holds():  # noqa: ASYNC110 - nobody tells us
        await asyncio.sleep(0.02)
