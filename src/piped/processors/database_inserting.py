"""Put many rows into databases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from piped.exceptions import UnfitBaton
from piped.options import KeyPath
from piped.paths import MISSING, get_path
from piped.processors.database_rows import Inserter, OnConflict
from piped.processors.database_transactions import connection_of, telling
from piped.processors.dependency_processors import DependencyProcessor
from piped.processors.fixed import EngineName, fixed

if TYPE_CHECKING:
    from piped.environment import RuntimeEnvironment

__all__ = ["InsertRows"]


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
        for option, value in {"on_conflict": on_conflict, "keys": keys, "copy": copy}.items():
            fixed(option, value)
        self.output_path = output_path
        self._inserter = Inserter(engine, table, on_conflict, keys, copy=copy)

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        self.depend_on(runtime_environment, {"provider": f"database.engine.{self.engine}"})

    async def process_resource(self, resource: Any, baton: Any) -> Any:
        rows = self._rows(baton)
        if rows:
            with telling(self.engine, f"rows of {self.table!r}"):
                async with connection_of(resource) as connection:
                    columns = self.columns or list(rows[0])
                    values = _values(rows, columns, exactly=not self.columns)
                    await self._inserter.insert(connection, columns, values)
        return self.get_resulting_baton(baton, self.output_path, len(rows))

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
) -> list[Sequence[Any]]:
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
