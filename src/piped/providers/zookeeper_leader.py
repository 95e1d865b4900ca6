"""Elections and locks.

`zookeeper.leader.NAME` is there while this process leads: what depends on it runs in one process at
a time. `zookeeper.lock.NAME` is there while the client is connected, for what has to be done by
one at a time.

Whoever loses the connection has lost what it had, though the session may live on: it does not know
whether it does. The servers give it to the next one when the session has expired, which is later.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from kazoo.exceptions import ZookeeperError

from piped.exceptions import ResourceLost
from piped.interop import drive
from piped.providers.zookeeper_queue import Place, forget
from piped.providers.zookeeper_service import ConnectedService
from piped.providers.zookeeper_settings import called

if TYPE_CHECKING:
    from piped.environment import RuntimeEnvironment
    from piped.providers.zookeeper_connection import Connection
    from piped.providers.zookeeper_settings import Leader, Lock
    from piped.resource import Offer

__all__ = ["Held", "LeaderService", "LockService", "ZooKeeperLock"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Held:
    """What one has who leads, or has a lock. Called, it gives the token: for `call-dependency`."""

    path: str
    # Larger than that of all who had it before.
    token: int

    def __call__(self) -> int:
        return self.token


class LeaderService(ConnectedService):
    """Takes part in one election, and leads while it is elected."""

    def __init__(self, name: str, settings: Leader, offer: Offer) -> None:
        super().__init__(f"zookeeper.leader.{name}", settings.client)
        self._root = settings.path
        self._offer = offer
        self._called = called(settings.name)
        self._place = Place(settings.path, self._called)

    async def follow(self, connection: Connection) -> None:
        place = self._place
        try:
            while True:
                token = await place.first(connection)
                self.well()
                logger.info("%s: %s leads", self.path, self._called)
                self._offer.ready(Held(self._root, token))
                await place.lost(connection)
                self._lose("somebody has removed our node")
        finally:
            self._lose("we are not elected")
            await _left(place, connection, self.leaving_time)

    def cancel(self) -> None:
        # Whoever depends on it hears of it before anything else happens.
        self._lose("the connection is lost, or the process stops")
        super().cancel()

    def _lose(self, reason: str) -> None:
        if self._offer.is_ready:
            logger.info("%s: %s leads no more: %s", self.path, self._called, reason)
            self._offer.lost(ResourceLost(f"{self.path}: {reason}"))


class LockService(ConnectedService):
    """Offers a lock while the client is connected."""

    def __init__(self, name: str, settings: Lock, offer: Offer) -> None:
        super().__init__(f"zookeeper.lock.{name}", settings.client)
        self._settings = settings
        self._offer = offer
        self._owner = f"{uuid4().hex}-"

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        super().configure(runtime_environment)
        self.self_dependency.on_lost += lambda _, reason: self._offer.lost(reason)

    async def follow(self, connection: Connection) -> None:
        # What was held over another connection is held no more, but its session may live on.
        await forget(connection, self._settings.path, self._owner)
        self.well()
        self._offer.ready(ZooKeeperLock(self.path, self._settings.path, self._owner, connection))
        await asyncio.get_running_loop().create_future()  # until we are cancelled


class ZooKeeperLock:
    """One at a time, in all processes that name the same node."""

    def __init__(self, name: str, path: str, owner: str, connection: Connection) -> None:
        self._name = name
        self._owner = owner
        self._path = path
        self._connection = connection

    @asynccontextmanager
    async def held(self) -> AsyncIterator[Held]:
        """Wait for the lock, and have it: `async with lock.held() as held`.

        When it is lost meanwhile, what is done with it is cancelled, and a `ResourceLost` is
        raised. `asyncio.timeout` limits how long one waits.
        """
        place, connection = Place(self._path, self._name, self._owner), self._connection
        try:
            token = await place.first(connection)
            async with self._while_ours(place):
                yield Held(self._path, token)
        finally:
            await _left(place, connection, ConnectedService.leaving_time)

    @asynccontextmanager
    async def _while_ours(self, place: Place) -> AsyncIterator[None]:
        limit = asyncio.timeout(None)
        try:
            async with limit:
                watching = drive(self._watch(place, limit))
                try:
                    yield
                finally:
                    watching.cancel()
        except TimeoutError:
            if limit.expired():
                raise ResourceLost(f"{self._name} was lost while it was held") from None
            raise

    async def _watch(self, place: Place, limit: asyncio.Timeout) -> None:
        with suppress(ResourceLost, ZookeeperError):
            await place.lost(self._connection)
        limit.reschedule(0)  # the time is up


async def _left(place: Place, connection: Connection, limit: float) -> None:
    """Leave the queue, if that can be said; the end of the session says it, too."""
    with suppress(ResourceLost, ZookeeperError, TimeoutError):
        async with asyncio.timeout(limit):
            await place.leave(connection)
