"""The other ends of queues, and what tests of ZeroMQ wait for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import zmq
import zmq.asyncio

from piped.environment import RuntimeEnvironment
from piped.options import ResourceName
from piped.providers.zmq_provider import ZMQProvider
from piped.providers.zmq_settings import QueueSettings, ZMQSettings

LIMIT = 30  # seconds; never reached when all is well
ANYWHERE = "tcp://127.0.0.1:*"


def section(batch: int = 10, **queues: QueueSettings) -> dict[Any, Any]:
    return {ZMQProvider: ZMQSettings(queues=queues, maximum_batch_size=batch)}


def queue(type: str, **settings: Any) -> QueueSettings:
    """A queue that listens; with a processor, if it is named."""
    if "connects" not in settings:
        settings = {"binds": ANYWHERE, **settings}
    if "processor" in settings:
        settings["processor"] = ResourceName(settings["processor"])
    kind: Any = type
    return QueueSettings(type=kind, **settings)


def socket_of(environment: RuntimeEnvironment, name: str = "it") -> Any:
    """What is offered; whoever asks makes it open."""
    needed = {"provider": f"zmq.socket.{name}"}
    dependency = environment.dependency_manager.add_dependency(object(), needed)
    return dependency.get_resource()


class Peers:
    """Sockets of others."""

    def __init__(self) -> None:
        self.context = zmq.asyncio.Context()
        # A context forgets those that nobody holds.
        self._sockets: list[Any] = []

    def connected(self, kind: str, endpoint: str, **options: Any) -> Any:
        socket = self._made(kind, options)
        socket.connect(endpoint)
        return socket

    def bound(self, kind: str, endpoint: str = ANYWHERE, **options: Any) -> tuple[Any, str]:
        socket = self._made(kind, options)
        socket.bind(endpoint)
        return socket, socket.get(zmq.LAST_ENDPOINT).rstrip(b"\0").decode()

    def close(self) -> None:
        for each in self._sockets:
            each.close(linger=0)
        self.context.term()

    def _made(self, kind: str, options: dict[str, Any]) -> Any:
        socket = self.context.socket(getattr(zmq, kind))
        self._sockets.append(socket)
        for name, value in options.items():
            socket.set(getattr(zmq, name), value)
        return socket


async def until(holds: Callable[[], Any]) -> None:
    """Wait for what only somebody else can bring about."""
    async with asyncio.timeout(LIMIT):
        while not holds():  # noqa: ASYNC110 - nobody tells us
            await asyncio.sleep(0.002)


async def soon(awaitable: Any) -> Any:
    """What it gives; it is not waited for without end."""
    async with asyncio.timeout(LIMIT):
        return await awaitable


def threads() -> list[str]:
    """Those of ZeroMQ: there are some as long as there is a context."""
    names = [each.read_text() for each in Path("/proc/self/task").glob("*/comm")]
    return [name for name in names if name.startswith("ZMQbg")]
