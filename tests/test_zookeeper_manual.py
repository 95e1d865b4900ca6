"""The manual of ZooKeeper: each configuration in it runs, and answers what stands below it."""

from __future__ import annotations

import asyncio
import re
import shutil
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.test_documents import BLOCK
from tests.test_web_examples import LIMIT, environment, free_port, opened
from tests.test_web_manual import COMMAND, output
from tests.zookeeper_server import Server, server

ROOT = Path(__file__).parents[1]
MANUAL = (ROOT / "docs" / "zookeeper.md").read_text(encoding="utf-8")
BLOCKS = [body for _, body in BLOCK.findall(MANUAL)]
SHOWN = list(zip(BLOCKS[::2], BLOCKS[1::2], strict=True))

pytestmark = [
    pytest.mark.service("zookeeper"),
    pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl"),
]


@pytest.fixture(scope="module")
def zookeeper() -> Iterator[Server]:
    with server() as one:
        yield one


@pytest.mark.parametrize(
    ("configuration", "talk"), SHOWN, ids=[each.split()[1] for each, _ in SHOWN]
)
async def test_it_answers_what_the_manual_says(
    zookeeper: Server, configuration: str, talk: str, tmp_path: Path
) -> None:
    async with running(zookeeper, configuration, tmp_path) as (_, port):
        for command, expected in COMMAND.findall(talk):
            await answers(command, port, expected.rstrip("\n"))


async def test_what_depends_on_a_leader_is_there_in_one_process_at_a_time(
    zookeeper: Server, tmp_path: Path
) -> None:
    configuration = SHOWN[1][0].replace("/together", "/both")
    async with (
        running(zookeeper, configuration, tmp_path) as one,
        running(zookeeper, configuration, tmp_path) as two,
    ):
        await until(lambda: any_of(cleans(one[1]), cleans(two[1])))
        [leader, other] = (one, two) if await cleans(one[1]) else (two, one)
        assert not await cleans(other[1])
        leader[0].terminate()
        await until(lambda: cleans(other[1]))


async def cleans(port: int) -> bool:
    return "Cleaned" in await output("curl -s localhost:8080/clean", port)


async def any_of(*several: Awaitable[bool]) -> bool:
    return any([await each for each in several])


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    while not await holds():  # noqa: ASYNC110 - nobody tells us
        await asyncio.sleep(0.05)


@asynccontextmanager
async def running(
    zookeeper: Server, configuration: str, folder: Path
) -> AsyncIterator[tuple[Process, int]]:
    """A process of piped, and the port of its site; it has a limit in time, and ends well."""
    text = re.sub("localhost:2181", f"127.0.0.1:{zookeeper.port}", configuration)
    (folder / "app.yaml").write_text(text)
    port = free_port()
    arguments = ("-n", "-p", "", "-c", "app.yaml", "-O", f"web.site.port:{port}")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "piped", *arguments), cwd=folder, env=environment()
    )
    try:
        async with asyncio.timeout(LIMIT):
            await opened(port)
            yield process, port
    finally:
        if process.returncode is None:
            process.terminate()
        assert await process.wait() == 0


async def answers(command: str, port: int, expected: str) -> None:
    """It does, when it is connected; the time that all has is the limit."""
    while (said := await output(command, port)) != expected:
        assert "Service Unavailable" in said or said == "[]", said
        await asyncio.sleep(0.05)
