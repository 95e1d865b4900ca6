"""A broker, a way to it that can be cut, and what runs beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.providers.running import Running
from tests.proxy import Proxy

from .brokers import Broker, broker, proxy


@pytest.fixture
async def start(rabbit: Broker) -> AsyncIterator[Running]:
    """What runs is stopped before the queues of the test are deleted."""
    running = Running()
    yield running
    await running.stop_all()


@pytest.fixture
async def rabbit() -> AsyncIterator[Broker]:
    async with broker() as made:
        yield made


@pytest.fixture
async def way() -> AsyncIterator[Proxy]:
    async with proxy() as made:
        yield made
