"""The example of logs: what is stored, what is waited for, and what never waits."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import aiohttp
import pytest

from tests.commands import piped
from tests.providers.database.databases import Database, database
from tests.sites import LIMIT, free_port, serving

EXAMPLE = Path(__file__).parents[2] / "examples" / "logs"
KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.service("postgresql"))]
COUNT = "SELECT count(*) FROM entries"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The example, where it may leave something behind."""
    there = tmp_path / "logs"
    shutil.copytree(EXAMPLE, there, ignore=shutil.ignore_patterns("__pycache__", "*.db", "*.json"))
    (there / "engine").mkdir()
    return there


@pytest.fixture(params=KINDS)
async def store(request: pytest.FixtureRequest, folder: Path) -> AsyncIterator[Database]:
    async with database(request.param, folder) as made:
        assert piped(folder, "run-pipeline", "once.yaml", "prepare", STORE=made.url).returncode == 0
        yield made


@asynccontextmanager
async def running(
    folder: Path, file: str, store: str
) -> AsyncIterator[tuple[str, aiohttp.ClientSession]]:
    port = free_port()
    listen = f"tcp:{port}:interface=127.0.0.1"
    async with (
        serving(folder, port, "-c", file, STORE=store, LOGS_LISTEN=listen),
        aiohttp.ClientSession() as client,
    ):
        yield f"http://127.0.0.1:{port}/orders", client


def write(folder: Path, first: int, last: int, level: str = "INFO") -> None:
    with (folder / "engine" / "1.log").open("a") as log:
        for number in range(first, last):
            log.write(f"2026-11-21T10:00:00Z {level} shop.orders order {number} came\n")


async def test_it_reads_all_there_is_and_ends_after_the_last_commit(
    folder: Path, store: Database
) -> None:
    write(folder, 0, 5_000)
    with (folder / "engine" / "1.log").open("a") as log:
        log.write("nonsense\n")
    answer = await asyncio.to_thread(piped, folder, "-nc", "once.yaml", STORE=store.url)
    assert answer.returncode == 0
    assert "this is no entry of a log: 'nonsense'" in answer.stderr
    assert await store.ask(COUNT) == [(5_000,)]
    write(folder, 5_000, 5_010)
    answer = await asyncio.to_thread(piped, folder, "-nc", "once.yaml", STORE=store.url)
    assert await store.ask(COUNT) == [(5_010,)]
    found = await store.ask("SELECT message FROM entries ORDER BY 1")
    assert found == sorted((f"order {number} came",) for number in range(5_010))


async def test_a_program_is_told_when_a_chosen_entry_is_stored(
    folder: Path, store: Database
) -> None:
    async with running(folder, "live.yaml", store.url) as (orders, client):
        for number in range(20):
            answer = await client.post(orders, json={"number": number})
            assert (answer.status, await answer.text()) == (200, "thank you\n")
            paid = f"SELECT count(*) FROM entries WHERE message = 'order {number} is paid'"
            assert await store.ask(paid) == [(1,)]


async def test_a_program_never_waits_for_a_slow_store_where_it_need_not_know(folder: Path) -> None:
    url = f"sqlite:///{folder / 'entries.db'}"
    assert piped(folder, "run-pipeline", "once.yaml", "prepare").returncode == 0
    async with running(folder, "live.yaml", url) as (orders, client):
        with closing(sqlite3.connect(folder / "entries.db", isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            waiting = asyncio.ensure_future(client.post(orders, json={"number": 17}))
            for _ in range(50):
                answer = await client.get(orders)
                assert (answer.status, await answer.text()) == (200, "there are some\n")
            assert not waiting.done()
            other.execute("COMMIT")
        assert (await waiting).status == 200
        async with asyncio.timeout(LIMIT):
            while count(folder) < 52:  # noqa: ASYNC110 - another process stores them
                await asyncio.sleep(0.02)


async def test_both_flow_at_once_and_errors_a_second_time(folder: Path, store: Database) -> None:
    write(folder, 0, 100)
    write(folder, 100, 110, level="ERROR")
    async with running(folder, "both.yaml", store.url) as (orders, client):
        assert (await client.post(orders, json={"number": 17})).status == 200
        write(folder, 110, 115, level="ERROR")
        async with asyncio.timeout(LIMIT):
            while await store.ask(COUNT) != [(117,)]:  # noqa: ASYNC110 - another process stores them
                await asyncio.sleep(0.05)
            while await store.ask("SELECT count(*) FROM alarms") != [(15,)]:  # noqa: ASYNC110 - see above
                await asyncio.sleep(0.05)


def count(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "entries.db")) as connection:
        found: int = connection.execute(COUNT).fetchone()[0]
        return found
