"""Ask databases."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import TYPE_CHECKING, Annotated, Any, Literal

from piped.exceptions import ConfigurationError, UnfitBaton
from piped.interop import is_later, settled
from piped.options import Between, KeyPath
from piped.paths import MISSING, get_path
from piped.problems import did_you_mean
from piped.processors.base import Processor
from piped.processors.database_transactions import (
    Transaction,
    connected,
    connection_of,
    shared_of,
    sharing,
    telling,
)
from piped.processors.dependency_processors import DependencyProcessor
from piped.processors.emission import with_output
from piped.processors.fixed import EngineName, fixed
from piped.processors.pipeline_processors import RunPipeline

if TYPE_CHECKING:
    from sqlalchemy import TextClause
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncResult

    from piped.environment import RuntimeEnvironment

__all__ = [
    "QueryProcessor",
    "RunPipelineInTransaction",
    "RunQuery",
    "StreamQuery",
    "rows_alone",
    "statement_of",
]

Fetch = Literal["all", "first", "value", "count"]


class QueryProcessor(Processor):
    """Has a query, whose parameters each baton brings."""

    requires = ("sqlalchemy",)
    extra = "database"

    def __init__(
        self,
        *,
        engine: EngineName,
        query: str,
        parameters: dict[str, Any] | None = None,
        parameters_path: KeyPath = "",
        lists: list[str] | None = None,
        **node: Any,
    ) -> None:
        """
        engine: the name of the database, as in database.engines
        query: a statement of SQL, with parameters as `:name`
        parameters: the values of parameters by name, which may be a `!path` each
        parameters_path: where the other values are, by name
        lists: the parameters that are lists, for `IN :name`
        """
        super().__init__(**node)
        self.engine = fixed("engine", engine)
        self.query = fixed("query", query)
        self.parameters = parameters
        self.parameters_path = parameters_path
        self._statement = statement_of(self.query, fixed("lists", lists or []))
        self._names = list(self._statement.compile().params)
        for name in parameters if isinstance(parameters, dict) else ():
            if name not in self._names:
                near = did_you_mean(name, self._names)
                raise ConfigurationError(f"the query has no parameter :{name}{near}")

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        manager = runtime_environment.dependency_manager
        needed = {"provider": f"database.engine.{self.engine}"}
        self._dependency = manager.add_dependency(self, needed)

    async def database(self) -> AsyncEngine:
        """The database, when it is there."""
        found: AsyncEngine = await settled(self._dependency.wait_for_resource())
        return found

    def values(self, baton: Any) -> dict[str, Any]:
        """The values of all parameters, for `baton`."""
        given = self.parameters or {}
        others = get_path(baton, self.parameters_path, None)
        values = {name: given[name] if name in given else _at(others, name) for name in self._names}
        missing = [name for name in self._names if values[name] is MISSING]
        if missing:
            place = f"at {self.parameters_path!r}" if self.parameters_path else "in the baton"
            raise UnfitBaton(f"there is nothing {place} for the parameter :{missing[0]}")
        return values

    @property
    def shown(self) -> str:
        """The query, in a message."""
        line = " ".join(self.query.split())
        return f"the query {line if len(line) <= 100 else f'{line[:99]}…'!r}"


def statement_of(query: str, lists: list[str]) -> TextClause:
    """A statement, of whose parameters some are lists."""
    from sqlalchemy import bindparam, text
    from sqlalchemy.exc import ArgumentError

    if not query.strip():
        raise ConfigurationError("the query is empty")
    statement = text(query)
    for name in lists:
        try:
            statement = statement.bindparams(bindparam(name, expanding=True))
        except ArgumentError:
            near = did_you_mean(name, list(statement.compile().params))
            raise ConfigurationError(f"the query has no parameter :{name}{near}") from None
    return statement


def _at(values: Any, name: str) -> Any:
    return MISSING if values is None else get_path(values, (name,), MISSING)


class RunQuery(QueryProcessor, DependencyProcessor):
    """Run a statement of SQL, and give what comes of it.

    Values never become a part of the statement: the database gets them beside it. What the
    statement changed is committed when the step has ended; see `run-pipeline-in-transaction` for
    several steps.

    Example::

        pipeline:
            - run-query:
                engine: main
                query: CREATE TABLE ships (name TEXT, engines INTEGER)
                output_path: null
            - run-query:
                engine: main
                query: INSERT INTO ships VALUES (:name, :engines)
                parameters: {engines: !path drive.count}
                output_path: null
            - run-query: {engine: main, query: SELECT * FROM ships, output_path: ships}
        resources: {database.engine.main: a database}
        given: {name: Rocinante, drive: {count: 1}}
        gives:
            name: Rocinante
            drive: {count: 1}
            ships: [{name: Rocinante, engines: 1}]
    """

    name = "run-query"

    def __init__(
        self, *, fetch: Fetch = "all", output_path: KeyPath | None = "result", **options: Any
    ) -> None:
        """
        fetch: `all` rows, each a dict; the `first` one, or null; its first `value`, or null; or
          the `count` of those that were changed
        output_path: where that goes; '' replaces the baton, null discards it
        """
        super().__init__(**options)
        self.fetch = fetch
        self.output_path = output_path

    async def process_resource(self, resource: Any, baton: Any) -> Any:
        values = self.values(baton)
        with telling(self.engine, self.shown):
            async with connection_of(resource) as connection:
                found = _fetched(await connection.execute(self._statement, values), self.fetch)
        return self.get_resulting_baton(baton, self.output_path, found)


def _fetched(result: Any, fetch: Fetch) -> Any:
    if fetch == "count":
        return result.rowcount
    if not result.returns_rows:
        return [] if fetch == "all" else None
    if fetch == "value":
        return result.scalar()
    if fetch == "first":
        row = result.mappings().first()
        return None if row is None else dict(row)
    return [dict(row) for row in result.mappings()]


class StreamQuery(QueryProcessor):
    """Run a query, and give each row in a baton of its own, as they come from the database.

    The next rows are asked for when those before have been through all that follows: there may be
    more of them than fit into memory. MySQL, within a transaction that is shared, has them sent at
    once.

    Example::

        pipeline:
            - stream-query: {engine: main, query: "SELECT :n AS n UNION SELECT 2", output_path: row}
            - eval-lambda: {lambda: "n: n * 10", input_path: row.n}
        resources: {database.engine.main: a database}
        given: {n: 2}
        gives: {n: 2, row: {n: 20}}
    """

    name = "stream-query"

    def __init__(
        self,
        *,
        batch: Annotated[int, Between(1)] = 500,
        output_path: KeyPath | None = "row",
        **options: Any,
    ) -> None:
        """
        batch: how many rows to get at a time
        output_path: where a row goes, a dict; '' replaces the baton
        """
        super().__init__(**options)
        self.batch = batch
        self.output_path = output_path

    async def process(self, baton: Any) -> AsyncIterator[Any]:
        values = self.values(baton)
        engine = await self.database()
        with telling(self.engine, self.shown):
            shared = shared_of(engine)
            if shared:
                parts = self._in(shared, values)
            else:
                parts = rows_alone(engine, self._statement, values, self.batch)
            async with aclosing(parts):
                async for rows in parts:
                    for row in rows:
                        yield with_output(self, baton, dict(row))

    async def _in(self, shared: Transaction, values: dict[str, Any]) -> AsyncGenerator[Any, None]:
        async with shared.turn() as connection:
            # Drivers of MySQL take no other statement before all rows have come.
            at_once = _is_mysql(connection)
            if at_once:
                result: Any = await connection.execute(self._statement, values)
            else:
                result = await connection.stream(self._statement, values)
        try:
            while rows := await self._next(shared, result, at_once=at_once):
                yield rows
        finally:
            if not at_once:
                await result.close()

    async def _next(self, shared: Transaction, result: AsyncResult[Any], *, at_once: bool) -> Any:
        async with shared.turn():
            found: Any = result.mappings().fetchmany(self.batch)
            return found if at_once else await found


async def rows_alone(
    engine: AsyncEngine, statement: TextClause, values: dict[str, Any], batch: int
) -> AsyncGenerator[Any, None]:
    """The rows of a query as mappings, some at a time, in a transaction of its own."""
    async with connected(engine) as connection, connection.begin():
        result = await connection.stream(statement, values)
        try:
            async for rows in result.mappings().partitions(batch):
                yield rows
        except BaseException:
            if _is_mysql(connection):
                # Its drivers would read all that is left, before they do anything else.
                await connection.invalidate()
            else:
                await result.close()
            raise


def _is_mysql(connection: AsyncConnection) -> bool:
    return connection.dialect.name in {"mysql", "mariadb"}


class RunPipelineInTransaction(RunPipeline):
    """Give the input to a pipeline, all of whose steps share one transaction of a database.

    It is committed when the pipeline has ended, and rolled back if that failed. Within another
    one of the same database, it is a part of that.

    Example::

        pipeline: [run-pipeline-in-transaction: {engine: main, pipeline: .move}]
        pipelines:
            move:
                - run-query: {engine: main, query: CREATE TABLE t (n INTEGER), output_path: null}
                - run-query: {engine: main, query: "INSERT INTO t VALUES (:n)", output_path: null}
                - run-query: {engine: main, query: SELECT n FROM t, fetch: value, output_path: m}
        resources: {database.engine.main: a database}
        given: {n: 7}
        gives: {n: 7, m: 7}
    """

    name = "run-pipeline-in-transaction"
    requires = ("sqlalchemy",)
    extra = "database"

    def __init__(self, *, engine: EngineName, **options: Any) -> None:
        """engine: the name of the database, as in database.engines"""
        super().__init__(**options)
        self.engine = fixed("engine", engine)

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        super().configure(runtime_environment)
        needed = {"provider": f"database.engine.{self.engine}"}
        manager = runtime_environment.dependency_manager
        self._database = manager.add_dependency(self, needed)

    async def process_pipeline(self, pipeline: Any, input: Any) -> Any:
        engine = await settled(self._database.wait_for_resource())
        with telling(self.engine, "a transaction"):
            async with sharing(engine) as transaction:
                output = super().process_pipeline(pipeline, input)
                output = await settled(output) if is_later(output) else output
                if self.trace_path is not None and output.failure is not None:
                    transaction.is_given_up = True
        return output
