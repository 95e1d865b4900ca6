"""Put many rows into databases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Literal
from weakref import WeakKeyDictionary

from piped.exceptions import ConfigurationError, UnfitBaton
from piped.options import KeyPath
from piped.paths import MISSING, get_path
from piped.problems import did_you_mean
from piped.processors.database_transactions import connection_of, telling
from piped.processors.dependency_processors import DependencyProcessor
from piped.processors.fixed import EngineName, fixed

if TYPE_CHECKING:
    from sqlalchemy import Table
    from sqlalchemy.ext.asyncio import AsyncConnection

    from piped.environment import RuntimeEnvironment

__all__ = ["InsertRows"]

OnConflict = Literal["fail", "skip", "update"]


class InsertRows(DependencyProcessor):
    """Put rows into a table: all of them, or none.

    A row is a mapping of columns to values; all have the same columns. They are committed when the
    step has ended, unless it is a part of a transaction. PostgreSQL gets them by `COPY`.

    Example::

        pipeline:
            - run-query: {engine: main, query: CREATE TABLE t (n INTEGER), output_path: null}
            - insert-rows: {engine: main, table: t, input_path: rows, output_path: inserted}
        resources: {database.engine.main: a database}
        given: {rows: [{n: 1}, {n: 2}]}
        gives: {rows: [{n: 1}, {n: 2}], inserted: 2}
    """

    name = "insert-rows"
    requires = ("sqlalchemy",)
    extra = "database"

    def __init__(
        self,
        *,
        engine: EngineName,
        table: str,
        input_path: KeyPath = "",
        columns: list[str] | None = None,
        on_conflict: OnConflict = "fail",
        keys: list[str] | None = None,
        copy: bool = True,
        output_path: KeyPath | None = None,
        **node: Any,
    ) -> None:
        """
        engine: the name of the database, as in database.engines
        table: the table, or schema.table
        input_path: where the rows are: a list of mappings, or one
        columns: the columns to fill; those of the first row by default
        on_conflict: what becomes of a row whose key is there already: all `fail`, it is left out
          by `skip`, or the one that is there gets its values by `update`
        keys: the columns that are the key, for `update`
        copy: whether PostgreSQL may get them by `COPY`, which tables with policies do not take
        output_path: where the number of rows goes
        """
        super().__init__(**node)
        self.engine = fixed("engine", engine)
        self.table = fixed("table", table)
        self.input_path = input_path
        self.columns = fixed("columns", columns)
        self.on_conflict = fixed("on_conflict", on_conflict)
        self.keys = fixed("keys", keys)
        self.copy = fixed("copy", copy)
        self.output_path = output_path
        if (on_conflict == "update") != bool(keys):
            raise ConfigurationError("'keys' and `on_conflict: update` belong together")
        if not all(table.split(".")):
            raise ConfigurationError(f"{table!r} is no name of a table")
        self._tables: WeakKeyDictionary[Any, Table] = WeakKeyDictionary()

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        self.depend_on(runtime_environment, {"provider": f"database.engine.{self.engine}"})

    async def process_resource(self, resource: Any, baton: Any) -> Any:
        rows = self._rows(baton)
        if rows:
            with telling(self.engine, f"rows of {self.table!r}"):
                async with connection_of(resource) as connection:
                    await self._insert(connection, rows)
        return self.get_resulting_baton(baton, self.output_path, len(rows))

    async def _insert(self, connection: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
        from sqlalchemy.exc import DBAPIError

        from piped.processors.database_statements import copied, inserted

        columns = self.columns or list(rows[0])
        table = await self._table_with(connection, columns)
        values = _values(rows, columns, exactly=not self.columns)
        try:
            is_psycopg = connection.dialect.driver.startswith("psycopg")
            if self.copy and is_psycopg and self.on_conflict == "fail":
                await copied(connection, table, columns, values)
            else:
                how = (self.on_conflict, self.keys or [])
                await inserted(connection, table, columns, values, how)
        except DBAPIError:
            self._tables.pop(connection.engine, None)  # it may be another one by now
            raise

    async def _table_with(self, connection: AsyncConnection, columns: Sequence[str]) -> Table:
        """The table as it is in the database, which has these columns."""
        from piped.processors.database_statements import reflected

        table = self._tables.get(connection.engine)
        needed = [*columns, *(self.keys or ())]
        if table is None or any(each not in table.c for each in needed):
            table = await reflected(connection, self.table)
            if table is None:
                raise UnfitBaton(f"database.engine.{self.engine} has no table {self.table!r}")
            self._tables[connection.engine] = table
        for each in needed:
            if each not in table.c:
                near = did_you_mean(each, table.c.keys())
                raise UnfitBaton(f"the table {self.table!r} has no column {each!r}{near}")
        return table

    def _rows(self, baton: Any) -> Sequence[Mapping[str, Any]]:
        found = get_path(baton, self.input_path, MISSING)
        rows = [found] if isinstance(found, Mapping) else found
        # A look at each kind of row: there are few kinds, and many rows.
        if not isinstance(rows, list | tuple) or not all(map(_is_row, set(map(type, rows)))):
            what = "nothing" if found is MISSING else f"{found!r:.60}"
            raise UnfitBaton(f"there is {what} at {self.input_path!r}, and no list of mappings")
        return rows


def _is_row(kind: type) -> bool:
    return issubclass(kind, Mapping)


def _values(
    rows: Sequence[Mapping[str, Any]], columns: Sequence[str], *, exactly: bool
) -> list[tuple[Any, ...]]:
    """The rows, as tuples in the order of the columns."""
    if exactly and set(map(len, rows)) != {len(columns)}:
        number, row = next(each for each in enumerate(rows) if len(each[1]) != len(columns))
        others = sorted(set(row) ^ set(columns), key=str)
        message = f"the row {number} differs from the first in {others[0]!r}"
        raise UnfitBaton(message, hint="Name the `columns` that are to be filled.")
    try:
        if len(columns) == 1:
            return [(row[columns[0]],) for row in rows]
        return list(map(itemgetter(*columns), rows))
    except KeyError as error:
        number = next(at for at, row in enumerate(rows) if error.args[0] not in row)
        raise UnfitBaton(f"the row {number} has nothing for {error.args[0]!r}") from None
