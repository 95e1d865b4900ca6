"""The example of what is in stock: on SQLite, and the same on the servers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.providers.database.databases import Database, database
from tests.sites import LIMIT
from tests.test_web_examples import running

KINDS = [
    "sqlite",
    pytest.param("postgresql", marks=pytest.mark.service("postgresql")),
    pytest.param("mariadb", marks=pytest.mark.service("mariadb")),
]


@pytest.fixture(params=KINDS)
async def each(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    async with database(request.param, tmp_path) as made:
        yield made


async def test_the_last_one_is_sold_once(each: Database) -> None:
    engines = [{"name": "ion", "stock": 2}, {"name": "steam", "stock": 3}]
    async with running("inventory", INVENTORY_DATABASE=each.url) as (site, client):
        await is_up(client, site)
        answer = await client.post(f"{site}/engines", json=engines)
        assert await answer.json() == {"delivered": 2}
        assert await (await client.get(f"{site}/engines")).json() == engines

        async def buy(buyer: str) -> int:
            order = {"name": "ion", "count": 1, "buyer": buyer}
            return (await client.post(f"{site}/sold", json=order)).status

        statuses = await asyncio.gather(*(buy(who) for who in "abcdef"))
        assert sorted(statuses) == [200] * 2 + [409] * 4
        sold: list[Any] = await (await client.get(f"{site}/sold")).json()
        assert len(sold) == 2
        assert await (await client.get(f"{site}/engines")).json() == [
            {"name": "ion", "stock": 0},
            {"name": "steam", "stock": 3},
        ]


async def is_up(client: aiohttp.ClientSession, site: str) -> None:
    """Wait until the tables are there."""
    async with asyncio.timeout(LIMIT):
        for path in ("engines", "sold"):
            while (await client.get(f"{site}/{path}")).status != 200:  # noqa: ASYNC110 - nobody tells us
                await asyncio.sleep(0.05)
