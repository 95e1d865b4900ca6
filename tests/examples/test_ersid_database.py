"""Ersid while its database is away, and when it is there again."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from tests.examples.ersid_running import Ersid, running
from tests.providers.database.databases import database
from tests.proxy import proxy

KINDS = [
    pytest.param("postgresql", marks=pytest.mark.service("postgresql")),
    pytest.param("mariadb", marks=pytest.mark.service("mariadb")),
]


@pytest.mark.parametrize("kind", KINDS)
async def test_without_its_database_it_says_so_and_finds_it_again(
    kind: str, tmp_path: Path
) -> None:
    async with database(kind, tmp_path) as made, proxy(made.port) as way:
        await way.refuse()
        async with running(tmp_path, made.through(way.port)) as ersid:
            assert (await ersid.ask("POST", "early", b"1"))[0] == 503
            await way.open()
            await ersid.until(200)
            acknowledged: dict[str, bytes] = {}
            writing = asyncio.ensure_future(write(ersid, acknowledged))
            for _ in range(3):
                await some_more(acknowledged)
                await way.refuse()
                way.cut()
                await ersid.until(503)
                await way.open()
                await ersid.until(200)
            await some_more(acknowledged)
            writing.cancel()
            await asyncio.wait([writing])
            assert writing.cancelled()
            for key, data in acknowledged.items():
                assert await ersid.ask("GET", key) == (200, data)
    assert tracebacks(tmp_path / "log") == []


def tracebacks(log: Path) -> list[str]:
    """What was logged with one."""
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    return [each["message"] for each in lines if "exception" in each]


async def write(ersid: Ersid, acknowledged: dict[str, bytes]) -> None:
    """Write one key after the other; nothing but 200 and 503 is ever answered."""
    number = 0
    while True:
        number += 1
        key, data = f"key-{number % 100}", b"%d" % number
        # Without an acknowledgement either may be there.
        acknowledged.pop(key, None)
        status, _ = await ersid.ask("POST", key, data)
        assert status in {200, 503}
        if status == 200:
            acknowledged[key] = data
        else:
            await asyncio.sleep(0.01)


async def some_more(acknowledged: dict[str, bytes], count: int = 20) -> None:
    """Wait until so many more are acknowledged."""
    before = set(acknowledged.items())
    while len(set(acknowledged.items()) - before) < count:  # noqa: ASYNC110 - nobody tells us
        await asyncio.sleep(0.01)


@pytest.mark.service("postgresql")
async def test_it_tries_again_when_the_table_cannot_be_made(tmp_path: Path) -> None:
    async with database("postgresql", tmp_path) as made:
        await made.ask("CREATE VIEW ersid_data AS SELECT 1 AS of_somebody_else")
        async with running(tmp_path, made.url) as ersid:
            log = tmp_path / "log"
            while "cannot be used: DuplicateTable: relation" not in log.read_text():  # noqa: ASYNC110 - nobody tells us
                await asyncio.sleep(0.02)
            assert (await ersid.ask("POST", "key", b"1"))[0] == 503
            await made.ask("DROP VIEW ersid_data")
            await ersid.until(200)
            assert await ersid.ask("POST", "key", b"1") == (200, b"")
    assert tracebacks(log) == []


async def test_who_leaves_does_no_harm(tmp_path: Path) -> None:
    async with running(tmp_path, f"sqlite:///{tmp_path / 'it.sqlite'}") as ersid:
        await ersid.until(200)
        for _ in range(20):
            asking = [asyncio.ensure_future(ersid.ask("POST", "key", b"1")) for _ in range(5)]
            await asyncio.sleep(0)
            for each in asking:
                each.cancel()
            await asyncio.wait(asking)
        assert await ersid.ask("POST", "key", b"2") == (200, b"")
        assert await ersid.ask("GET", "key") == (200, b"2")
    assert tracebacks(tmp_path / "log") == []
