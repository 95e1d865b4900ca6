"""The manual of ZooKeeper: each configuration in it runs, and answers what stands below it."""

from __future__ import annotations

import asyncio
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from tests.manuals import NEEDS_CURL, answers, output, pairs, served
from tests.zookeeper_server import Server, server

SHOWN = pairs("zookeeper.md")

pytestmark = [pytest.mark.service("zookeeper"), NEEDS_CURL]


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
        await answers(talk, port)


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


def running(
    zookeeper: Server, configuration: str, folder: Path
) -> AbstractAsyncContextManager[tuple[Process, int]]:
    """A process with that configuration, and the port of its site."""
    text = configuration.replace("localhost:2181", f"127.0.0.1:{zookeeper.port}")
    return served(text, folder)
