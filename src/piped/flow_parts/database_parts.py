"""Rows that flow: out of queries, and into tables."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Annotated, Any

from piped.dependencies import ResourceDependency
from piped.exceptions import ConfigurationError, ResourceLost, UnfitBaton
from piped.flow_part import DrainPart, FountPart
from piped.flow_parts.rows import Rows, rows_of_parts, uniform
from piped.flow_parts.storage import Load, NotNow, Storage
from piped.flows.batch import Batch
from piped.flows.coming import ComingBatches
from piped.flows.working import Failing
from piped.interop import settled
from piped.options import Between
from piped.problems import did_you_mean
from piped.processors.database_processors import rows_alone, statement_of
from piped.processors.database_rows import Inserter, NoSuchTable, OnConflict
from piped.processors.database_transactions import connected, telling
from piped.processors.fixed import EngineName
from piped.providers.database_faults import is_of_the_world

if TYPE_CHECKING:
    from piped.environment import RuntimeEnvironment

__all__ = ["InsertRows", "Query"]

Count = Annotated[int, Between(1)]


class InsertRows(DrainPart):
    """Put rows into a table. They are confirmed when they are committed.

    An item is a row: a mapping of columns to values, an object with fields, or, with `columns`, a
    list or tuple of values. Rows that come while others are being inserted are inserted next,
    together, in one transaction; PostgreSQL gets them by `COPY`. While the database is lost they
    wait. If one of them cannot be inserted the others are.
    """

    name = "insert-rows"
    waits = True
    requires = ("sqlalchemy",)
    extra = "database"

    def __init__(
        self,
        engine: EngineName,
        table: str,
        *,
        columns: list[str] | None = None,
        on_conflict: OnConflict = "fail",
        keys: list[str] | None = None,
        copy: bool = True,
        most: Count = 10_000,
        parallel: Count = 1,
        failing: Failing = "refuse",
    ) -> None:
        """
        engine: the name of the database, as in database.engines
        table: the table, or schema.table
        columns: the columns to fill; those of each row by default
        on_conflict: what becomes of a row whose key is there already: it is refused by `fail`, left
          out by `skip`, or the one that is there gets its values by `update`
        keys: the columns that are the key, for `update`
        copy: whether PostgreSQL may get them by `COPY`, which tables with policies do not take
        most: how many rows may go in one transaction, if they come in several batches, and wait
        parallel: how many transactions are under way at once; with more than one, the order of
          rows is not kept
        failing: a row that cannot be inserted is refused to its originator, or with `stop` ends
          the flow
        """
        self._columns = columns
        self._inserter = Inserter(engine, table, on_conflict, keys, copy=copy)
        self._how = (most, parallel, failing)
        self._engine = engine

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        self._dependency = ResourceDependency(f"database.engine.{self._engine}")
        runtime_environment.dependency_manager.add_dependency(self, self._dependency)

    def make(self) -> Storage:
        made = _Inserting(self._dependency, self._inserter, self._columns, self._how)
        made.name = f"rows of {self._inserter.table}"
        return made


class _Inserting(Storage):
    """Inserts loads, and finds the rows that cannot be."""

    def __init__(
        self,
        dependency: ResourceDependency,
        inserter: Inserter,
        columns: list[str] | None,
        how: tuple[int, int, Failing],
    ) -> None:
        super().__init__(*how)
        self._dependency = dependency
        self._inserter = inserter
        self._columns = columns

    def condensed(self, items: list[Any]) -> Sequence[Any]:
        # At once, while they are in the processor's cache: later it takes far longer.
        alike = uniform(items, self._columns)
        if alike is None:
            return items
        engine = self._dependency.get_resource() if self._dependency.is_ready else None
        return self._inserter.condensed(engine, *alike) or items

    async def store(self, load: Load) -> None:
        groups, unfit = rows_of_parts(load.parts, self._columns)
        for number, failure in unfit:
            self.refuse(load, failure, [number])
        if groups:
            await self._insert(load, groups)

    async def _insert(self, load: Load, groups: list[Rows]) -> None:
        """Insert them together. If that fails for a row, the halves, and so on, until it is found.

        What comes first is inserted first.
        """
        try:
            await self.persist(lambda: self._in_transaction(groups))
        except Exception as failure:  # noqa: BLE001 - of a row, whatever a driver raises
            parts = [[each] for each in groups] if len(groups) > 1 else None
            parts = parts or [[each] for each in groups[0].halves()]
            if len(parts) == 1:
                self.refuse(load, failure, groups[0].numbers)
                return
            for part in parts:
                await self._insert(load, part)
        else:
            is_all = sum(len(each.values) for each in groups) == len(load)
            load.confirm(None if is_all else [each for rows in groups for each in rows.numbers])

    async def _in_transaction(self, groups: list[Rows]) -> None:
        from sqlalchemy.exc import SQLAlchemyError

        name = self._inserter.engine
        try:
            engine = await settled(self._dependency.wait_for_resource())
            with telling(name, f"rows of {self._inserter.table!r}"):
                async with connected(engine) as connection, connection.begin():
                    for each in groups:
                        await self._inserter.insert(connection, each.columns, each.values)
        except (ResourceLost, NoSuchTable) as failure:
            raise NotNow(failure.msg) from failure
        except UnfitBaton as failure:  # a column is not there
            if self._columns:
                raise NotNow(failure.msg) from failure
            raise
        except SQLAlchemyError as failure:
            if is_of_the_world(failure):
                cause = getattr(failure, "orig", None) or failure
                raise NotNow(" ".join(str(cause).split())) from failure
            raise


class Query(FountPart):
    """The rows of a query, each a dict, as they come from the database."""

    name = "query"
    requires = ("sqlalchemy",)
    extra = "database"
    output = dict

    def __init__(
        self,
        query: str,
        engine: EngineName,
        parameters: dict[str, Any] | None = None,
        batch: Count = 500,
    ) -> None:
        """
        query: a statement of SQL, with parameters as `:name`
        engine: the name of the database, as in database.engines
        parameters: the values of the parameters; a list is for `IN :name`
        batch: how many rows to get at a time
        """
        self._parameters = dict(parameters or {})
        lists = [name for name, value in self._parameters.items() if isinstance(value, list)]
        self._statement = statement_of(query, lists)
        names = list(self._statement.compile().params)
        for name in self._parameters:
            if name not in names:
                near = did_you_mean(name, names)
                raise ConfigurationError(f"the query has no parameter :{name}{near}")
        for name in names:
            if name not in self._parameters:
                raise ConfigurationError(f"the query needs a value for :{name}")
        self._query = query
        self._engine = engine
        self._batch = batch

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        self._dependency = ResourceDependency(f"database.engine.{self._engine}")
        runtime_environment.dependency_manager.add_dependency(self, self._dependency)

    def make(self) -> ComingBatches:
        made = ComingBatches(self._rows)
        made.name = self.name
        return made

    async def _rows(self) -> AsyncGenerator[Batch, None]:
        engine = await settled(self._dependency.wait_for_resource())
        with telling(self._engine, "the rows of a query"):
            partitions = rows_alone(engine, self._statement, self._parameters, self._batch)
            async with aclosing(partitions):
                async for rows in partitions:
                    yield Batch(list(map(dict, rows)))
