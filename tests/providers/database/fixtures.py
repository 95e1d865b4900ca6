"""Databases for tests, and configurations that run on them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.providers.database.databases import Database, Running, database

__all__ = ["each", "served", "start"]

POSTGRESQL = pytest.param("postgresql", marks=pytest.mark.service("postgresql"))
MARIADB = pytest.param("mariadb", marks=pytest.mark.service("mariadb"))


@pytest.fixture
async def start() -> AsyncIterator[Running]:
    running = Running()
    yield running
    await running.stop_all()


@pytest.fixture(params=["sqlite", POSTGRESQL, MARIADB])
async def each(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """A database of each kind."""
    async with database(request.param, tmp_path) as made:
        yield made


@pytest.fixture(params=[POSTGRESQL, MARIADB])
async def served(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """A database of each kind that is reached over a network."""
    async with database(request.param, tmp_path) as made:
        yield made
