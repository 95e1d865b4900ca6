"""The connections of an engine: what is run on them, who hears of them, and how they are cut."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from sqlalchemy import AsyncAdaptedQueuePool, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from piped.providers.database_waiting import said

if TYPE_CHECKING:
    from sqlalchemy import URL

    from piped.providers.database_settings import EngineSettings

__all__ = ["Connections", "engine_for", "pinging_engine", "sever"]

logger = logging.getLogger(__name__)


def engine_for(settings: EngineSettings) -> AsyncEngine:
    """An engine, which connects to nothing yet."""
    options, url = settings.engine, settings.engine.address
    # A database in memory is there once for each connection: there is one, then.
    sizes = (1, 0) if _is_in_memory(url) else (options.pool_size, options.max_overflow)
    kept: dict[str, Any] = {}
    if options.pool_recycle is not None:
        kept["pool_recycle"] = options.pool_recycle
    if options.isolation_level is not None:
        kept["isolation_level"] = options.isolation_level
    engine = create_async_engine(
        url,
        poolclass=AsyncAdaptedQueuePool,
        pool_size=sizes[0],
        max_overflow=sizes[1],
        pool_timeout=options.pool_timeout,
        pool_reset_on_return=None,
        echo=options.echo,
        hide_parameters=True,
        connect_args={**_limits(url, settings.timeout), **options.connect_args},
        **kept,
    )
    _roll_back(engine)
    _run_statements(engine, settings)
    for name, handlers in settings.handlers.items():
        for handler in handlers:
            event.listen(engine.sync_engine, name, handler.load())
    return engine


def pinging_engine(settings: EngineSettings) -> AsyncEngine:
    """One of a single connection, for pings: they are not to wait for those who are at work."""
    url = settings.engine.address
    return create_async_engine(
        url,
        poolclass=AsyncAdaptedQueuePool,
        pool_size=1,
        max_overflow=0,
        isolation_level="AUTOCOMMIT",
        connect_args={**_limits(url, settings.timeout), **settings.engine.connect_args},
    )


def _is_in_memory(url: URL) -> bool:
    if url.get_backend_name() != "sqlite":
        return False
    return url.database in {None, "", ":memory:"} or "mode=memory" in str(url.query)


def _limits(url: URL, seconds: float) -> dict[str, Any]:
    """How long connecting may take, as the driver is told."""
    whole = max(1, round(seconds))
    known: dict[str, dict[str, Any]] = {
        "psycopg_async": {"connect_timeout": max(2, whole)},
        "asyncmy": {"async_creator_fn": _within(seconds, "asyncmy")},
        "aiomysql": {"async_creator_fn": _within(seconds, "aiomysql")},
        "asyncpg": {"timeout": seconds},
    }
    return known.get(url.get_driver_name(), {})


def _within(seconds: float, driver: str) -> Callable[..., Awaitable[Any]]:
    """How a driver of MySQL's connects: its own limit is for the first step only."""

    async def connect(*given: Any, **options: Any) -> Any:
        library = import_module(driver)
        try:
            async with asyncio.timeout(seconds):
                return await library.connect(*given, **options)
        except TimeoutError as error:
            late = f"no connection within {seconds:g} s"
            raise library.OperationalError(2003, late) from error

    return connect


def _roll_back(engine: AsyncEngine) -> None:
    """Roll back what comes back, as the pool does, which shows a traceback of each that is lost."""

    def at_reset(connection: Any, record: Any, state: Any) -> None:
        if state.transaction_was_reset or not state.asyncio_safe:
            return
        try:
            engine.dialect.do_rollback(connection)
        except Exception as error:
            if record is None:  # it is the pool's no more
                raise
            logger.info("a connection is left, since it cannot be rolled back: %s", said(error))
            record.invalidate(error)

    event.listen(engine.sync_engine, "reset", at_reset)


def _run_statements(engine: AsyncEngine, settings: EngineSettings) -> None:
    checkout, checkin = settings.statements("checkout"), settings.statements("checkin")

    def at_checkout(connection: Any, *_: Any) -> None:
        _run(connection, checkout)

    def at_checkin(connection: Any, record: Any) -> None:
        if connection is None:  # it was lost
            return
        try:
            _run(connection, checkin)
        except Exception as error:  # noqa: BLE001 - who gave it back has nothing to do with it
            logger.warning("a connection is left, since `checkin` failed: %s", error)
            record.invalidate(error)

    if checkout:
        event.listen(engine.sync_engine, "checkout", at_checkout)
    if checkin:
        event.listen(engine.sync_engine, "checkin", at_checkin)


def _run(connection: Any, statements: list[str]) -> None:
    """Run statements on a connection that nobody uses, and keep what they do."""
    cursor = connection.cursor()
    try:
        for statement in statements:
            cursor.execute(statement)
    finally:
        cursor.close()
    connection.commit()


class Connections:
    """All connections that the pool of an engine has now, idle or at work."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._records: set[Any] = set()
        # First of all: what others run on a new connection may have to be cut, too.
        event.listen(engine.sync_engine, "connect", self._came, insert=True)
        event.listen(engine.sync_engine, "close", self._went)

    def _came(self, connection: Any, record: Any) -> None:
        del connection
        self._records.add(record)

    def _went(self, connection: Any, record: Any) -> None:
        del connection
        self._records.discard(record)

    @property
    def at_work(self) -> int:
        """How many are in use."""
        pool: Any = self._engine.sync_engine.pool
        count: int = pool.checkedout()
        return count

    def sever(self) -> None:
        """End all of them at once: whoever waits for an answer hears that there will be none."""
        records, self._records = self._records, set()
        for record in records:
            driver_connection = record.driver_connection
            if driver_connection is not None:
                sever(driver_connection)


def sever(connection: Any) -> None:
    """End a connection of any driver, whatever it is doing."""
    with contextlib.suppress(Exception):  # what cannot be cut any more is gone
        if hasattr(connection, "pgconn"):  # psycopg: its socket is watched by those who wait
            with socket.socket(fileno=os.dup(connection.pgconn.socket)) as other_end:
                other_end.shutdown(socket.SHUT_RDWR)
        elif hasattr(connection, "terminate"):  # asyncpg
            connection.terminate()
        elif hasattr(connection, "interrupt"):  # aiosqlite: what runs in its thread
            connection._conn.interrupt()  # noqa: SLF001 - its own way has to wait for the thread
        else:  # asyncmy, aiomysql
            connection.close()
