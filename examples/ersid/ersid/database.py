"""Keys and values in a database: SQLite, PostgreSQL, MySQL or MariaDB."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, text
from sqlalchemy.exc import DBAPIError

from ersid.together import Together
from piped.exceptions import ResourceLost
from piped.interop import Outcome, outcome_of
from piped.processors.database_transactions import connection_of, telling

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

__all__ = ["DatabaseStorage"]

# The same table everywhere: keys and values are bytes, so that any of them fits, and stays apart
# from all others. A key is its text in UTF-8.
_MYSQL = Path(__file__).parents[1].joinpath("mysql_schema.sql").read_text().split(";")[2]
_TABLES = {
    "sqlite": "CREATE TABLE ersid_data (ersid_key BLOB PRIMARY KEY, ersid_value BLOB)",
    "postgresql": "CREATE TABLE ersid_data (ersid_key BYTEA PRIMARY KEY, ersid_value BYTEA)",
    "mysql": _MYSQL,
    "mariadb": _MYSQL,
}
# One statement, and so atomic: nobody comes between looking for a key and writing it.
_ON_CONFLICT = "ON CONFLICT (ersid_key) DO UPDATE SET ersid_value = excluded.ersid_value"
_ON_DUPLICATE = "ON DUPLICATE KEY UPDATE ersid_value = VALUES(ersid_value)"
_UPSERTS = {
    name: text(f"INSERT INTO ersid_data VALUES (:key, :value) {what}")  # noqa: S608 - both are ours
    for name, what in (
        *(("sqlite", _ON_CONFLICT), ("postgresql", _ON_CONFLICT)),
        *(("mysql", _ON_DUPLICATE), ("mariadb", _ON_DUPLICATE)),
    )
}
_PROBE = text("SELECT ersid_key, ersid_value FROM ersid_data WHERE 1 = 0")
_SELECT = text("SELECT ersid_key, ersid_value FROM ersid_data WHERE ersid_key IN :keys").bindparams(
    bindparam("keys", expanding=True)
)
_DELETE = text("DELETE FROM ersid_data WHERE ersid_key = :key")
_KEYS = text("SELECT ersid_key FROM ersid_data")
_ALL = text("SELECT ersid_key, ersid_value FROM ersid_data")


class DatabaseStorage:
    """Keys and values in the table `ersid_data` of an engine of `database.engines`."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._engine: AsyncEngine | None = None
        self._sets = Together(self._set)
        self._gets = Together(self._get)

    async def open(self, engine: AsyncEngine) -> None:
        """The database is there: see to the table."""
        self._engine = engine
        try:
            async with self._connection("looking for the table") as connection:
                await connection.execute(_PROBE)
        except DBAPIError:
            async with self._connection("making the table") as connection:
                await connection.execute(text(_TABLES[engine.dialect.name]))
        if engine.dialect.name == "sqlite":
            # Who reads waits for nobody who writes. The file remembers it.
            async with engine.connect() as connection:
                await connection.exec_driver_sql("PRAGMA journal_mode=WAL")

    def set(self, key: str, data: bytes) -> Outcome[None]:
        return self._sets.ask(key, data)

    def get(self, key: str) -> Outcome[bytes | None]:
        return self._gets.ask(key)

    def delete(self, key: str) -> Outcome[bool]:
        return outcome_of(self._delete(key))

    def keys(self) -> Outcome[list[str]]:
        return outcome_of(self._keys())

    def getAll(self) -> Outcome[dict[str, bytes]]:  # noqa: N802 - its name since 2013
        return outcome_of(self._all())

    async def _set(self, values: dict[str, bytes]) -> dict[str, None]:
        async with self._connection("setting keys") as connection:
            # In the order of keys: two who write at once never wait for each other.
            rows = [{"key": key.encode(), "value": values[key]} for key in sorted(values)]
            await connection.execute(_UPSERTS[connection.dialect.name], rows)
        return {}

    async def _get(self, keys: dict[str, None]) -> dict[str, bytes]:
        async with self._connection("getting keys") as connection:
            rows = await connection.execute(_SELECT, {"keys": [key.encode() for key in keys]})
            return _values(rows)

    async def _delete(self, key: str) -> bool:
        async with self._connection("deleting a key") as connection:
            done = await connection.execute(_DELETE, {"key": key.encode()})
            return bool(done.rowcount)

    async def _keys(self) -> list[str]:
        async with self._connection("listing keys") as connection:
            return sorted(_bytes(key).decode() for (key,) in await connection.execute(_KEYS))

    async def _all(self) -> dict[str, bytes]:
        async with self._connection("getting all keys") as connection:
            return _values(await connection.execute(_ALL))

    @asynccontextmanager
    async def _connection(self, what: str) -> AsyncIterator[AsyncConnection]:
        """A connection in a transaction, which is committed at the end."""
        if self._engine is None:
            raise ResourceLost(f"database.engine.{self._name} has not been there yet")
        with telling(self._name, what):
            async with connection_of(self._engine) as connection:
                yield connection


def _values(rows: Any) -> dict[str, bytes]:
    return {_bytes(key).decode(): _bytes(value) for key, value in rows}


def _bytes(value: Any) -> bytes:
    """What is in a column: texts, if somebody else has made the table."""
    return value.encode() if isinstance(value, str) else bytes(value)
