"""Running clients of ZooKeeper in tests: how they are told where it is, and what is waited for."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

from piped.environment import RuntimeEnvironment
from piped.providers.zookeeper_provider import ZooKeeperProvider
from piped.providers.zookeeper_settings import Client, ZooKeeperSettings
from piped.testing.clock import ManualClock
from tests.zookeeper_server import TICK

LIMIT = 40  # seconds; never reached when all is well
LONG = 8.0  # seconds: a session that a busy machine keeps up
SHORT = 6 * TICK / 1000  # seconds: for those that are to expire, or to be found dead


def client_of(port: int, root: str = "", **settings: Any) -> Client:
    given = {"session_timeout": LONG, "initial_delay": 0.05, "max_delay": 0.2, "timeout": 2.0}
    return Client(servers=f"127.0.0.1:{port}{root}", **(given | settings))


def section(port: int, root: str = "", **settings: Any) -> dict[Any, Any]:
    """The settings of the one client `it`."""
    return {ZooKeeperProvider: ZooKeeperSettings(clients={"it": client_of(port, root, **settings)})}


class Need:
    """One who depends on a resource."""

    def __init__(self, environment: RuntimeEnvironment, path: str = "zookeeper.client.it") -> None:
        self.was: list[str] = []
        self.dependency = environment.dependency_manager.add_dependency(self, {"provider": path})
        self.dependency.on_ready += lambda _: self.was.append("ready")
        self.dependency.on_lost += lambda *_: self.was.append("lost")

    async def ready(self, clock: ManualClock | None = None) -> Any:
        await until(lambda: self.dependency.is_ready, clock)
        return self.dependency.get_resource()

    async def lost(self) -> None:
        await until(lambda: not self.dependency.is_ready)


async def until(holds: Callable[[], Any], clock: ManualClock | None = None) -> None:
    """Wait for what only somebody else can bring about."""
    async with asyncio.timeout(LIMIT):
        while not holds():
            if clock is not None:
                await clock.advance(30)
            await asyncio.sleep(0.002)


def threads() -> list[str]:
    """Those of clients of ZooKeeper."""
    names = [each.name for each in threading.enumerate()]
    return [name for name in names if name.startswith("piped-zookeeper")]
