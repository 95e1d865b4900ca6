"""What the tests of dependencies share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from piped.dependencies import DependencyManager
from piped.resource import ResourceManager
from tests.dependencies.environment import Environment


@pytest.fixture
def environment() -> Environment:
    return Environment()


@pytest.fixture
def manager(environment: Environment) -> DependencyManager:
    return environment.dependency_manager


@pytest.fixture
def resources(environment: Environment) -> ResourceManager:
    return environment.resource_manager


@pytest.fixture
async def timers(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How many timers of the running loop are still to ring."""
    loop, handles = asyncio.get_running_loop(), list[asyncio.TimerHandle]()
    call_later = loop.call_later

    def noted(*args: object) -> asyncio.TimerHandle:
        handles.append(call_later(*args))  # type: ignore[arg-type]  # as it was called
        return handles[-1]

    monkeypatch.setattr(loop, "call_later", noted)
    return lambda: sum(not handle.cancelled() for handle in handles)
