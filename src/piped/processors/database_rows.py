"""Rows that go into a table, as one statement of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal
from weakref import WeakKeyDictionary

from piped.exceptions import ConfigurationError, UnfitBaton
from piped.problems import did_you_mean
from piped.processors.database_texts import Texts, texts_of

if TYPE_CHECKING:
    from sqlalchemy import Dialect, Table
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

__all__ = ["Inserter", "NoSuchTable", "OnConflict"]

Row = Sequence[Any]
OnConflict = Literal["fail", "skip", "update"]


class NoSuchTable(UnfitBaton):
    """There is no such table in the database."""


class Inserter:
    """Inserts rows into one table of an engine."""

    def __init__(
        self,
        engine: str,
        table: str,
        on_conflict: OnConflict = "fail",
        keys: list[str] | None = None,
        *,
        copy: bool = True,
    ) -> None:
        if (on_conflict == "update") != bool(keys):
            raise ConfigurationError("'keys' and `on_conflict: update` belong together")
        if not all(table.split(".")):
            raise ConfigurationError(f"{table!r} is no name of a table")
        self.engine = engine
        self.table = table
        self._how = (on_conflict, keys or [])
        self._copy = copy
        # Of columns that were inserted: the encoding in which they take texts as they are, if so.
        self._encodings: dict[tuple[str, ...], str | None] = {}
        self._tables: WeakKeyDictionary[Any, Table] = WeakKeyDictionary()

    def condensed(
        self, engine: AsyncEngine | None, columns: Sequence[str], rows: Sequence[Row]
    ) -> Texts | None:
        """The rows in less memory, if they are texts that can be kept as they will be inserted.

        While there is no engine, nobody knows whether they can.
        """
        if not self._copies_by(None if engine is None else engine.dialect):
            return None
        encoding = self._encodings.get(tuple(columns), "utf-8")
        return texts_of(columns, rows, encoding) if encoding else None

    async def insert(
        self, connection: AsyncConnection, columns: Sequence[str], rows: Sequence[Row]
    ) -> None:
        """Insert rows, in the order of the columns."""
        from sqlalchemy.exc import DBAPIError

        from piped.processors.database_statements import copied, inserted

        table = await self._table_with(connection, columns)
        try:
            if self._copies_by(connection.dialect):
                encoding = await copied(connection, table, columns, rows)
                self._encodings[tuple(columns)] = encoding
            else:
                await inserted(connection, table, columns, rows, self._how)
        except DBAPIError:
            self._tables.pop(connection.engine, None)  # it may be another one by now
            self._encodings.clear()
            raise

    def _copies_by(self, dialect: Dialect | None) -> bool:
        """Whether it is done by `COPY`, or may be, as far as is known."""
        is_psycopg = dialect is None or dialect.driver.startswith("psycopg")
        return is_psycopg and self._copy and self._how[0] == "fail"

    async def _table_with(self, connection: AsyncConnection, columns: Sequence[str]) -> Table:
        """The table as it is in the database, which has these columns."""
        from piped.processors.database_statements import reflected

        table = self._tables.get(connection.engine)
        needed = [*columns, *self._how[1]]
        if table is None or any(each not in table.c for each in needed):
            table = await reflected(connection, self.table)
            if table is None:
                raise NoSuchTable(f"database.engine.{self.engine} has no table {self.table!r}")
            self._tables[connection.engine] = table
        for each in needed:
            if each not in table.c:
                near = did_you_mean(each, table.c.keys())
                raise UnfitBaton(f"the table {self.table!r} has no column {each!r}{near}")
        return table
