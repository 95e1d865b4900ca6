"""The example of a distributed service: workers come and go under load, and nothing is lost."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.commands import SOURCE, environment

EXAMPLE = Path(__file__).parents[2] / "examples" / "distributed"
LIMIT = 60  # seconds; never reached when all is well

pytestmark = pytest.mark.timeout(120)


class Service:
    """The processes of the example, and one who asks."""

    def __init__(self, client: aiohttp.ClientSession) -> None:
        self._client = client
        self._ports = [_free_port() for _ in range(3)]
        self._running: dict[int, asyncio.subprocess.Process] = {}
        self.asked = self.answered = 0

    async def start_server(self) -> None:
        one, two = (f"tcp:host=localhost:port={port}" for port in self._ports[1:])
        await self._start("server", 0, WORKER_ONE=one, WORKER_TWO=two)

    async def start(self, worker: int) -> None:
        await self._start("worker", worker)

    async def end(self, worker: int, by: signal.Signals) -> None:
        process = self._running.pop(worker)
        process.send_signal(by)
        await process.wait()

    async def ask(self, *numbers: int) -> Any:
        """What is answered; a failure is none."""
        self.asked += 1
        query = [("n", str(each)) for each in numbers]
        site = f"http://127.0.0.1:{self._ports[0]}"
        async with self._client.get(site, params=query) as answer:
            assert answer.status == 200, await answer.text()
            told = await answer.json()
        self.answered += 1
        return told

    async def close(self) -> None:
        for process in self._running.values():
            process.kill()
            await process.wait()

    async def _start(self, name: str, number: int, **variables: str) -> None:
        port = self._ports[number]
        listen = {f"{name.upper()}_LISTEN": f"tcp:{port}:interface=127.0.0.1"}
        self._running[number] = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "piped", "-nc", f"{name}.yaml", "-p", ""),
            cwd=EXAMPLE,
            env=environment(PYTHONPATH=f"{SOURCE}{os.pathsep}.", **listen, **variables),
            stderr=asyncio.subprocess.DEVNULL,
        )
        await _until(lambda: _is_open(port))


@asynccontextmanager
async def service() -> AsyncIterator[Service]:
    async with asyncio.timeout(LIMIT), aiohttp.ClientSession() as client:
        service = Service(client)
        try:
            await service.start_server()
            yield service
        finally:
            await service.close()


async def test_two_parts_of_the_answer_are_worked_out_elsewhere() -> None:
    async with service() as it:
        await it.start(1)
        assert await it.ask(1, 2, 3) == {"square": 36, "sum": 14, "diff": 22}
        assert await it.ask(*range(1, 11)) == {"square": 3025, "sum": 385, "diff": 2640}
        assert await it.ask(42) == {"square": 1764, "sum": 1764, "diff": 0}


async def test_without_a_worker_a_request_waits_for_one() -> None:
    async with service() as it:
        waiting = asyncio.ensure_future(it.ask(1, 2, 3))
        await _until(lambda: it.asked == 1)
        assert not waiting.done()
        await it.start(2)
        assert (await waiting)["diff"] == 22


async def test_workers_come_and_go_under_load_and_nothing_is_lost() -> None:
    async with service() as it:
        await it.start(1)
        await it.start(2)
        goes_on = True

        async def load(seed: int) -> None:
            while goes_on:
                numbers = [seed, it.asked % 7]
                square, squares = sum(numbers) ** 2, sum(each * each for each in numbers)
                expected = {"square": square, "sum": squares, "diff": square - squares}
                assert await it.ask(*numbers) == expected

        async def some_more() -> None:
            enough = it.answered + 100
            await _until(lambda: it.answered >= enough or all_of_it.done())

        all_of_it = asyncio.gather(*map(load, range(20)))
        for worker, by in ((1, signal.SIGKILL), (2, signal.SIGTERM), (1, signal.SIGTERM)):
            await some_more()
            await it.end(worker, by)
            await it.start(worker)
        # Both at once: requests wait until one is back.
        await it.end(1, signal.SIGKILL)
        await it.end(2, signal.SIGKILL)
        await it.start(2)
        await some_more()
        goes_on = False
        await all_of_it
        assert it.answered == it.asked > 400


def _is_open(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


async def _until(holds: Callable[[], bool]) -> None:
    """Ask until it holds; the time that all has is the limit."""
    while not holds():  # noqa: ASYNC110 - nobody tells us
        await asyncio.sleep(0.02)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port
