"""A running environment without a file: providers with their settings, on a clock of our own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest

from piped.environment import RuntimeEnvironment
from piped.provider import Provider
from piped.testing.clock import ManualClock
from tests.zookeeper_server import Server, server

from .running import Running

Start = Callable[..., Awaitable[RuntimeEnvironment]]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def start(clock: ManualClock) -> AsyncIterator[Start]:
    """Start providers with their settings, and what else is offered; all is stopped at the end."""
    running = Running(clock)

    async def start(settings: dict[type[Provider], Any], **offers: Any) -> RuntimeEnvironment:
        environment = await running(settings, **offers)
        await clock.settle()
        return environment

    yield start
    stopping = asyncio.ensure_future(running.stop_all())
    while not stopping.done():
        await clock.advance(1)
    await stopping


@pytest.fixture(scope="session")
def zookeeper_server() -> Iterator[Server]:
    """One ZooKeeper for all tests that may kill it: it costs a while to start."""
    with server() as one:
        yield one
