"""What PostgreSQL tells without being asked: `database.listener.NAME` is there while it does.

1. It has a connection of its own, made when somebody asks for the listener for the first time.
2. One statement at a time; between them the socket is watched, and pinged as engines are.
3. When the connection is lost, so is the listener; who waits for a notification or a lock hears of
   it. Nothing is listened to, and no lock is held, on the connection that comes after it.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from piped.exceptions import ResourceLost
from piped.providers.database_connections import sever
from piped.providers.database_waiting import in_time, said
from piped.providers.staying import Staying

if TYPE_CHECKING:
    from piped.clock import Clock
    from piped.providers.database_settings import EngineSettings
    from piped.resource import Offer

__all__ = ["Notifications", "PostgresListener", "lock_number"]

logger = logging.getLogger(__name__)


_MOST = 10_000  # notifications that wait for one who is slow; the others wait in the server


class Notifications:
    """Those of some channels, in the order in which they come: `async for` gives them."""

    def __init__(self, channels: Iterable[str], when_room: Callable[[], object]) -> None:
        self.channels = tuple(channels)
        self._when_room = when_room
        self._waiting: asyncio.Queue[psycopg.Notify | None] = asyncio.Queue()
        self._reason = ""

    async def get(self) -> psycopg.Notify:
        """The next one, which has `channel`, `payload` and `pid`."""
        found = await self._waiting.get()
        self._when_room()
        if found is None:
            self._waiting.put_nowait(None)  # the next one who asks is told, too
            raise ResourceLost(self._reason)
        return found

    async def __aiter__(self) -> AsyncIterator[psycopg.Notify]:
        while True:
            yield await self.get()

    @property
    def is_full(self) -> bool:
        return self._waiting.qsize() >= _MOST

    def put(self, notification: psycopg.Notify) -> None:
        self._waiting.put_nowait(notification)

    def end(self, reason: str) -> None:
        """There will be no more."""
        self._reason = reason
        self._waiting.put_nowait(None)


class PostgresListener(Staying):
    """Listens to channels, and takes locks that all clients of the database respect."""

    def __init__(self, name: str, settings: EngineSettings, clock: Clock) -> None:
        super().__init__(f"database.listener.{name}", settings.retrying, clock)
        self.settings = settings
        self.offer: Offer
        self._application_name = f"{name}-listener"
        self._asked, self._wake, self._room = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._turn = asyncio.Lock()
        self._listening: list[Notifications] = []
        self._locks: dict[str, asyncio.Lock] = {}

    def ask(self) -> None:
        """Somebody needs it."""
        self._asked.set()

    async def listen(self, channels: Iterable[str]) -> Notifications:
        """The notifications of those channels, from now on."""
        made = Notifications(channels, self._room.set)
        # Before the first may come.
        self._listening.append(made)
        try:
            for channel in made.channels:
                await self._run(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
        except BaseException:
            self._listening.remove(made)
            raise
        return made

    async def unlisten(self, notifications: Notifications) -> None:
        """No more of these."""
        if notifications not in self._listening:
            return
        self._listening.remove(notifications)
        self._room.set()
        kept = {channel for each in self._listening for channel in each.channels}
        for channel in set(notifications.channels) - kept:
            await self._run(sql.SQL("UNLISTEN {}").format(sql.Identifier(channel)))

    async def wait_for_advisory_lock(self, name: str) -> None:
        """Wait until we are the only ones to hold the lock: in this process, and beyond."""
        mine = self._locks.setdefault(name, asyncio.Lock())
        await mine.acquire()
        try:
            while not await self._takes(name, mine):
                await self._clock.sleep(self.settings.retry_interval)
        except BaseException:
            mine.release()
            raise

    async def _takes(self, name: str, mine: asyncio.Lock) -> bool:
        if self._locks.get(name) is not mine:
            raise ResourceLost(f"{self.name}: the connection was lost")
        return bool(await self._value("SELECT pg_try_advisory_lock(%s)", lock_number(name)))

    async def release_lock(self, name: str) -> bool:
        """Let another have the lock. False, if we do not hold it."""
        mine = self._locks.get(name)
        if mine is None or not mine.locked():
            return False
        try:
            return bool(await self._value("SELECT pg_advisory_unlock(%s)", lock_number(name)))
        finally:
            mine.release()

    @asynccontextmanager
    async def held(self, name: str) -> AsyncIterator[None]:
        """While one is in it, one holds the lock; unless the listener is lost."""
        await self.wait_for_advisory_lock(name)
        connection = self._connection
        try:
            yield
        finally:
            if self._connection is connection:  # else it went with the connection
                await self.release_lock(name)

    async def connect(self) -> None:
        await self._asked.wait()
        connection = await in_time(self._connect(), self.settings.timeout, lambda: None)
        reason = f"{self.name} has stopped"
        try:
            self._connection = connection
            self.succeeded()
            self.offer.ready(self)
            while True:
                await self._until_room()
                await self._look(connection)
                await self._until_woken(connection)
        except Exception as error:
            reason = f"{self.name}: {said(error)}"
            raise
        finally:
            await self._leave(connection, reason)

    async def _connect(self) -> psycopg.AsyncConnection[Any]:
        url, options = self.settings.engine.address, self.settings.engine.connect_args
        given: dict[str, Any] = {
            "host": url.host,
            "port": url.port,
            "user": url.username,
            "password": url.password,
            "dbname": url.database,
            "connect_timeout": max(2, round(self.settings.timeout)),
            "application_name": self._application_name,
            **url.query,
            **options,
        }
        known = {name: value for name, value in given.items() if value is not None}
        made = await psycopg.AsyncConnection.connect(**{**known, "autocommit": True})
        for statement in self.settings.statements("checkout"):
            await made.execute(statement.encode())
        return made

    async def _look(self, connection: psycopg.AsyncConnection[Any]) -> None:
        """See whether the server is there, and what it has told."""
        async with self._turn:
            self._wake.clear()

            async def look() -> list[psycopg.Notify]:
                await connection.execute("SELECT 1")
                return [each async for each in connection.notifies(timeout=0)]

            found = await in_time(look(), self.settings.timeout, lambda: sever(connection))
            for notification in found:
                for each in self._listening:
                    if notification.channel in each.channels:
                        each.put(notification)

    async def _until_room(self) -> None:
        """Wait for those who have more than enough."""
        while any(each.is_full for each in self._listening):
            self._room.clear()
            await self._room.wait()

    async def _until_woken(self, connection: psycopg.AsyncConnection[Any]) -> None:
        """Wait until the server tells something, or a statement was run, or it is time."""
        loop, socket = asyncio.get_running_loop(), connection.fileno()
        wakeup = self._clock.call_later(self.settings.ping_interval, self._wake.set)
        watching = False
        try:
            # While a statement runs, the driver is the one who watches.
            async with self._turn:
                if not self._wake.is_set():
                    loop.add_reader(socket, self._wake.set)
                    watching = True
            await self._wake.wait()
        finally:
            wakeup.cancel()
            if watching and not self._turn.locked():
                loop.remove_reader(socket)

    async def _value(self, statement: str, *parameters: Any) -> Any:
        row = await self._run(statement.encode(), parameters)
        return row[0]

    async def _run(self, statement: bytes | sql.Composed, parameters: tuple[Any, ...] = ()) -> Any:
        """The first row of what a statement gives."""
        async with self._turn:
            connection = self._connection
            if connection is None:
                raise ResourceLost(f"{self.name} is not connected")

            async def run() -> Any:
                cursor = await connection.execute(statement, parameters or None)
                return await cursor.fetchone() if cursor.description else None

            try:
                return await in_time(run(), self.settings.timeout, lambda: sever(connection))
            except (psycopg.OperationalError, TimeoutError) as error:
                raise ResourceLost(f"{self.name}: {said(error)}") from error
            finally:
                self._wake.set()

    async def _leave(self, connection: psycopg.AsyncConnection[Any], reason: str) -> None:
        self._connection = None
        listening, self._listening = self._listening, []
        self._locks = {}
        self.offer.lost(ResourceLost(reason))
        for each in listening:
            each.end(reason)
        sever(connection)
        async with self._turn:  # who waits for an answer hears that there will be none
            connection.pgconn.finish()

    def said(self, error: Exception) -> str:
        return said(error)


def lock_number(name: str) -> int:
    """The number by which PostgreSQL knows a lock: the same for all who name it so."""
    digest = hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()
    return int(digest[:8], 16)
