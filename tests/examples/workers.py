"""The examples in which a server has its work done by others: processes, and who asks them."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from tests.commands import PIPED, SOURCE, environment
from tests.sites import free_port, opened

__all__ = ["Service", "ended", "service", "sums_of", "until"]

EXAMPLES = Path(__file__).parents[2] / "examples"


class Service:
    """The processes, and one who asks."""

    def __init__(
        self, client: aiohttp.ClientSession, folder: Path, variables: dict[str, str]
    ) -> None:
        self._client = client
        self._folder = folder
        self._variables = {"PYTHONPATH": f"{SOURCE}{os.pathsep}.", **variables}
        self._port = free_port()
        self._running: list[Process] = []
        self.asked = self.answered = 0

    async def start_server(self) -> None:
        await self.start("server", SERVER_LISTEN=f"tcp:{self._port}:interface=127.0.0.1")
        await opened(self._port)

    async def start(self, name: str = "worker", **variables: str) -> Process:
        with (self._folder / f"{name}.log").open("a") as log:
            process = await asyncio.create_subprocess_exec(
                *(*PIPED, "-nc", f"{name}.yaml", "-p", ""),
                cwd=self._folder,
                env=environment(**self._variables, **variables),
                stdout=log,
                stderr=log,
            )
        self._running.append(process)
        return process

    async def get(self, path: str) -> tuple[int, Any]:
        """The status, and what is answered."""
        async with self._client.get(f"http://127.0.0.1:{self._port}{path}") as answer:
            text = await answer.text()
            return answer.status, await answer.json() if answer.status == 200 else text

    async def ask(self, *numbers: int) -> Any:
        """What is answered; a failure is none."""
        self.asked += 1
        status, told = await self.get("/?" + "&".join(f"n={each}" for each in numbers))
        assert status == 200, told
        self.answered += 1
        return told

    @asynccontextmanager
    async def load(
        self, expected: Callable[..., Any]
    ) -> AsyncIterator[Callable[[], Awaitable[None]]]:
        """Twenty ask without a pause; what is given waits until they have got some more answers."""
        goes_on = True

        async def one(seed: int) -> None:
            while goes_on:
                numbers = seed, self.asked % 7
                assert await self.ask(*numbers) == expected(*numbers)

        async def some_more() -> None:
            enough = self.answered + 100
            await until(lambda: self.answered >= enough or all_of_it.done())

        all_of_it = asyncio.gather(*map(one, range(20)))
        yield some_more
        goes_on = False
        await all_of_it
        assert self.answered == self.asked

    async def close(self) -> None:
        for process in self._running:
            if process.returncode is None:
                process.kill()
            await process.wait()


@asynccontextmanager
async def service(
    name: str, folder: Path, seconds: float, texts: Mapping[str, str] = {}, /, **variables: str
) -> AsyncIterator[Service]:
    """A copy of an example, with some other texts, which runs; it takes no longer than it may."""
    shutil.copytree(EXAMPLES / name, folder, dirs_exist_ok=True)
    for file in folder.glob("*.yaml"):
        for old, new in texts.items():
            file.write_text(file.read_text().replace(old, new))
    async with asyncio.timeout(seconds), aiohttp.ClientSession() as client:
        made = Service(client, folder, variables)
        try:
            await made.start_server()
            yield made
        finally:
            await made.close()


async def ended(process: Process, by: signal.Signals) -> None:
    """End one of the processes."""
    process.send_signal(by)
    await process.wait()


def sums_of(*numbers: int) -> dict[str, int]:
    """What some of the examples answer."""
    square, squares = sum(numbers) ** 2, sum(each * each for each in numbers)
    return {"square": square, "sum": squares, "diff": square - squares}


async def until(holds: Callable[[], Any]) -> None:
    """Ask until it holds; the time that all has is the limit."""
    while not holds():  # noqa: ASYNC110 - nobody tells us
        await asyncio.sleep(0.02)
