"""The example of workers behind a queue: they come and go under load, and nothing is lost."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import aiormq
import pytest

from tests.commands import environment
from tests.services import address
from tests.test_web_examples import free_port, opened

EXAMPLE = Path(__file__).parents[2] / "examples" / "amqp"
LIMIT = 150  # seconds; never reached when all is well

pytestmark = [pytest.mark.service("rabbitmq"), pytest.mark.timeout(240)]


class Service:
    """The processes of the example, and one who asks."""

    def __init__(self, folder: Path, client: aiohttp.ClientSession) -> None:
        self._folder = folder
        self._client = client
        self._port = free_port()
        self.workers: list[asyncio.subprocess.Process] = []
        self.answered = 0

    async def start_server(self) -> None:
        listen = f"tcp:{self._port}:interface=127.0.0.1"
        self.server = await self._start("server", SERVER_LISTEN=listen)
        await opened(self._port)
        log = self._folder / "server.log"
        while "amqp.rpc_client.workers is ready" not in log.read_text():  # noqa: ASYNC110 - nobody tells us
            await asyncio.sleep(0.02)

    async def start_worker(self) -> None:
        self.workers.append(await self._start("worker"))

    async def end_worker(self, by: signal.Signals) -> None:
        worker = self.workers.pop(0)
        worker.send_signal(by)
        await worker.wait()

    async def ask(self, *numbers: int) -> Any:
        query = [("n", str(each)) for each in numbers]
        async with self._client.get(f"http://127.0.0.1:{self._port}", params=query) as answer:
            assert answer.status == 200, await answer.text()
            told = await answer.json()
        self.answered += 1
        return told

    async def close(self) -> None:
        for process in [self.server, *self.workers]:
            process.kill()
            await process.wait()

    async def _start(self, name: str, **variables: str) -> asyncio.subprocess.Process:
        with (self._folder / f"{name}.log").open("a") as log:
            return await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "piped", "-nc", f"{name}.yaml", "-p", ""),
                cwd=self._folder,
                env=environment(BROKER="tcp:{}:{}".format(*address("rabbitmq")), **variables),
                stdout=log,
                stderr=log,
            )


@asynccontextmanager
async def service(folder: Path) -> AsyncIterator[Service]:
    queue = f"piped-test-{uuid4().hex[:12]}"
    for each in EXAMPLE.glob("*.yaml"):
        (folder / each.name).write_text(each.read_text().replace("piped-example-work", queue))
    async with asyncio.timeout(LIMIT), aiohttp.ClientSession() as client:
        made = Service(folder, client)
        try:
            await made.start_server()
            yield made
        finally:
            await made.close()
            broker = await aiormq.connect("amqp://guest:guest@{}:{}/".format(*address("rabbitmq")))
            await (await broker.channel()).queue_delete(queue)
            await broker.close()


async def test_without_a_worker_a_request_waits_for_one(tmp_path: Path) -> None:
    async with service(tmp_path) as it:
        waiting = asyncio.ensure_future(it.ask(1, 2, 3))
        await it.start_worker()
        assert await waiting == {"square": 36, "sum": 14, "diff": 22}


async def test_workers_come_and_go_under_load_and_nothing_is_lost(tmp_path: Path) -> None:
    async with service(tmp_path) as it:
        await it.start_worker()
        goes_on = True

        async def load(seed: int) -> None:
            while goes_on:
                square, squares = (seed + 3) ** 2, seed * seed + 9
                expected = {"square": square, "sum": squares, "diff": square - squares}
                assert await it.ask(seed, 3) == expected

        all_of_it = asyncio.gather(*map(load, range(10)))
        for by in (signal.SIGKILL, signal.SIGTERM):
            await until(it, all_of_it.done)
            await it.start_worker()
            await until(it, all_of_it.done)
            await it.end_worker(by)
        await until(it, all_of_it.done)
        goes_on = False
        await all_of_it


async def until(it: Service, is_over: Callable[[], bool]) -> None:
    """Until more is answered."""
    enough = it.answered + 50
    while it.answered < enough and not is_over():  # noqa: ASYNC110 - nobody tells us
        await asyncio.sleep(0.02)
