"""A database on each kind of server, and what runs beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.proxy import Proxy, proxy

from .databases import Database
from .fixtures import each, served, start

__all__ = ["each", "served", "start", "way"]


@pytest.fixture
async def way(served: Database) -> AsyncIterator[Proxy]:
    """A way to `served` that can be cut, and slow."""
    async with proxy(served.port) as made:
        yield made
