"""An engine: `database.engine.NAME` is there while the database answers.

1. It is there when a connection could be made and used; then it is pinged, over a connection
   that nobody else uses.
2. When a ping fails, or takes too long, it is lost, and with it all connections: whoever waits
   for an answer hears that there will be none. It is found again by the same way.
3. A query that finds its connection dead, or none, asks for a ping at once.
4. When the process stops, what is under way is waited for, so long and no longer.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from sqlalchemy import event
from twisted.application.service import Service

from piped.backoff import Backoff
from piped.exceptions import ResourceLost
from piped.interop import drive, outcome_of
from piped.providers.database_connections import Connections, engine_for, pinging_engine
from piped.providers.database_waiting import LAST_SECONDS, given_up, in_time, said

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from piped.clock import Clock
    from piped.providers.database_settings import EngineSettings
    from piped.resource import Offer

__all__ = ["DatabaseEngine"]

logger = logging.getLogger(__name__)

_PING = "SELECT 1"


class DatabaseEngine(Service):
    """Sees to it that all hear whether the database is there."""

    def __init__(self, name: str, settings: EngineSettings, clock: Clock, offer: Offer) -> None:
        self.setName(f"database.engine.{name}")
        self.settings = settings
        self.engine = engine_for(settings)
        self._pinging = pinging_engine(settings)
        self._clock = clock
        self._offer = offer
        longest = settings.retry_interval
        self._backoff = Backoff(min(0.5, longest), longest)
        self._suspected = asyncio.Event()
        self._connections = Connections(self.engine)
        self._pings = Connections(self._pinging)
        self._loop: asyncio.Task[None] | None = None
        event.listen(self.engine.sync_engine, "handle_error", self._went_wrong)

    def startService(self) -> None:
        super().startService()
        self._loop = drive(self._stay_connected(), name=self.name)

    def stopService(self) -> Any:
        super().stopService()
        loop, self._loop = self._loop, None
        return outcome_of(self._stop(loop))

    def _went_wrong(self, context: Any) -> None:
        if context.is_disconnect or context.connection is None:
            self._suspected.set()

    async def _stay_connected(self) -> None:
        while True:
            try:
                await self._serve()
            except Exception as error:  # noqa: BLE001 - whatever it is, the database may come back
                delay = self._backoff.next()
                logger.warning("%s: %s; trying again in %.1f s", self.name, said(error), delay)
                await self._clock.sleep(delay)

    async def _serve(self) -> None:
        """Connect, and be there. Ends by raising what ended it."""
        self._suspected.clear()
        try:
            await self._in_time(_ping(self.engine))
            logger.info("%s is connected to %s", self.name, self.settings.engine.url)
            self._backoff.reset()
            self._offer.ready(self.engine)
            while True:
                await self._until_next()
                await self._in_time(_ping(self._pinging))
        except Exception as error:
            self._offer.lost(ResourceLost(f"{self.name}: {said(error)}"))
            raise
        finally:
            await self._leave()

    async def _until_next(self) -> None:
        """Wait until it is time for a ping, or somebody wants one."""
        wakeup = self._clock.call_later(self.settings.ping_interval, self._suspected.set)
        try:
            await self._suspected.wait()
        finally:
            wakeup.cancel()
        self._suspected.clear()

    async def _in_time(self, pinging: Awaitable[None]) -> None:
        await in_time(pinging, self.settings.timeout, self._sever)

    def _sever(self) -> None:
        self._connections.sever()
        self._pings.sever()

    async def _leave(self) -> None:
        """End all connections."""
        self._sever()
        for engine in (self.engine, self._pinging):
            await given_up(asyncio.ensure_future(engine.dispose()), seconds=LAST_SECONDS)

    async def _stop(self, loop: asyncio.Task[None] | None) -> None:
        if self._offer.is_ready:
            await self._end_of_work()
        if loop is not None:
            loop.cancel()
            await asyncio.wait([loop])
        self._offer.lost(ResourceLost(f"{self.name} has stopped"))

    async def _end_of_work(self) -> None:
        """Wait until no connection is in use, as long as that may take."""
        try:
            async with asyncio.timeout(self.settings.close_time):
                while self._connections.at_work:  # noqa: ASYNC110 - nobody tells us
                    await asyncio.sleep(0.01)
        except TimeoutError:
            count = self._connections.at_work
            logger.warning("%s: %d still in use; they are cut", self.name, count)


async def _ping(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        await connection.exec_driver_sql(_PING)
