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

from piped.exceptions import ResourceLost
from piped.interop import outcome_of, settled
from piped.providers.database_connections import Connections, engine_for, pinging_engine
from piped.providers.database_waiting import LAST_SECONDS, given_up, in_time, said
from piped.providers.staying import Staying

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from piped.clock import Clock
    from piped.providers.database_settings import EngineSettings
    from piped.resource import Offer

__all__ = ["DatabaseEngine"]

logger = logging.getLogger(__name__)

_PING = "SELECT 1"


class DatabaseEngine(Staying):
    """Sees to it that all hear whether the database is there."""

    def __init__(self, name: str, settings: EngineSettings, clock: Clock, offer: Offer) -> None:
        super().__init__(f"database.engine.{name}", settings.retrying, clock)
        self.settings = settings
        self.engine = engine_for(settings)
        self._pinging = pinging_engine(settings)
        self._offer = offer
        self._suspected = asyncio.Event()
        self._connections = Connections(self.engine)
        self._pings = Connections(self._pinging)
        event.listen(self.engine.sync_engine, "handle_error", self._went_wrong)

    def stopService(self) -> Any:
        return outcome_of(self._stop())

    def _went_wrong(self, context: Any) -> None:
        if context.is_disconnect or context.connection is None:
            self._suspected.set()

    async def connect(self) -> None:
        self._suspected.clear()
        reason = f"{self.name} has stopped"
        try:
            await self._in_time(_ping(self.engine))
            logger.info("%s is connected to %s", self.name, self.settings.engine.url)
            self.succeeded()
            self._offer.ready(self.engine)
            while True:
                await self._until_next()
                await self._in_time(_ping(self._pinging))
        except Exception as error:
            reason = f"{self.name}: {said(error)}"
            raise
        finally:
            self._offer.lost(ResourceLost(reason))
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

    async def _stop(self) -> None:
        if self._offer.is_ready:
            await self._end_of_work()
        await settled(super().stopService())

    async def _end_of_work(self) -> None:
        """Wait until no connection is in use, as long as that may take."""
        try:
            async with asyncio.timeout(self.settings.close_time):
                while self._connections.at_work:  # noqa: ASYNC110 - nobody tells us
                    await asyncio.sleep(0.01)
        except TimeoutError:
            count = self._connections.at_work
            logger.warning("%s: %d still in use; they are cut", self.name, count)

    def said(self, error: Exception) -> str:
        return said(error)


async def _ping(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        await connection.exec_driver_sql(_PING)
