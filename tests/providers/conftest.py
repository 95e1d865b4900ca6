"""A running environment without a file: providers with their settings, on a clock of our own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest

from piped.environment import RuntimeEnvironment
from piped.interop import settled
from piped.provider import Provider
from piped.testing.clock import ManualClock
from tests.zookeeper_server import Server, server

Start = Callable[..., Awaitable[RuntimeEnvironment]]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def start(clock: ManualClock) -> AsyncIterator[Start]:
    """Start providers with their settings, and what else is offered; all is stopped at the end."""
    running: list[RuntimeEnvironment] = []

    async def start(settings: dict[type[Provider], Any], **offers: Any) -> RuntimeEnvironment:
        environment = RuntimeEnvironment(
            settings={provider.section: value for provider, value in settings.items()}, clock=clock
        )
        environment.configure()
        for name, resource in offers.items():
            environment.offer(name, resource=resource)
        for provider in settings:
            provider().configure(environment)
        environment.dependency_manager.resolve_initial_states()
        await settled(environment.application.startService())
        running.append(environment)
        await settled(environment.on_started())
        await clock.settle()
        return environment

    yield start
    for environment in running:
        stopping = asyncio.ensure_future(stop(environment))
        while not stopping.done():
            await clock.advance(1)
        await stopping


async def stop(environment: RuntimeEnvironment) -> None:
    """What the end of a process does."""
    if environment.application.running:
        await settled(environment.on_stopping())
        await settled(environment.application.stopService())


@pytest.fixture(scope="session")
def zookeeper_server() -> Iterator[Server]:
    """One ZooKeeper for all tests that may kill it: it costs a while to start."""
    with server() as one:
        yield one
