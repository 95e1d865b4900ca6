"""What inserts rows, in the words of each kind of database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, Float, Insert, MetaData, Table, inspect
from sqlalchemy.exc import DBAPIError, NoSuchTableError

from piped.exceptions import PipedError
from piped.processors.database_texts import Texts, texts_of

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

__all__ = ["copied", "inserted", "reflected"]

Row = Sequence[Any]
Convert = Callable[[Sequence[Row]], Sequence[Row]]
How = tuple[str, Sequence[str]]  # what becomes of a conflict, and the columns of the key

_AT_ONCE = 5000  # rows, before others get their turn


async def reflected(connection: AsyncConnection, name: str) -> Table | None:
    """The columns of the table of that name; None, if there is none. Its keys are not asked for."""
    schema, _, table = name.rpartition(".")

    def look(sync_connection: Any) -> Table:
        found = inspect(sync_connection).get_columns(table, schema=schema or None)
        columns = [Column(each["name"], each["type"]) for each in found]
        return Table(table, MetaData(), *columns, schema=schema or None)

    try:
        return await connection.run_sync(look)
    except NoSuchTableError:
        return None


async def inserted(
    connection: AsyncConnection, table: Table, columns: Sequence[str], rows: Sequence[Row], how: How
) -> None:
    """Insert rows by `INSERT`."""
    statement = _statement(connection.dialect.name, table, columns, how)
    compiled: Any = statement.compile(dialect=connection.dialect, column_keys=list(columns))
    text, give = str(compiled), _giving(compiled, columns)
    convert = _converting(connection, table, columns)
    rows = rows[:]  # those that are kept as texts
    # SQLAlchemy would look at each row anew, which costs more than all else.
    for start in range(0, len(rows), _AT_ONCE):
        part: Any = rows[start : start + _AT_ONCE]
        if convert is not None:
            part = convert(part)
        if set(map(type, part)) != {tuple}:
            part = list(map(tuple, part))
        await connection.exec_driver_sql(text, list(map(give or tuple, part)))


def _giving(compiled: Any, columns: Sequence[str]) -> Callable[[Row], Any] | None:
    """What makes of a row the parameters of a compiled statement; None, if it is them."""
    if compiled.positional:
        order = [list(columns).index(each) for each in compiled.positiontup]
        if order == list(range(len(columns))):
            return None
        return lambda row: tuple([row[at] for at in order])
    names = [compiled.escaped_bind_names.get(each, each) for each in columns]
    return lambda row: dict(zip(names, row, strict=True))


def _statement(dialect: str, table: Table, columns: Sequence[str], how: How) -> Insert:
    on_conflict, keys = how
    others = [each for each in columns if each not in keys]
    if on_conflict == "fail":
        return table.insert()
    if dialect in {"mysql", "mariadb"}:
        from sqlalchemy.dialects import mysql

        mine = mysql.insert(table)
        # A column that becomes what it is: `IGNORE` would let pass other faults, too.
        kept = {columns[0]: table.c[columns[0]]}
        if on_conflict == "skip":
            return mine.on_duplicate_key_update(kept)
        return mine.on_duplicate_key_update({each: mine.inserted[each] for each in others} or kept)
    if dialect not in {"postgresql", "sqlite"}:
        raise PipedError(f"insert-rows knows no `on_conflict: {on_conflict}` for {dialect}")
    from sqlalchemy.dialects import postgresql, sqlite

    insert: Any = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = insert(table)
    if on_conflict == "skip" or not others:
        found: Insert = statement.on_conflict_do_nothing(index_elements=list(keys) or None)
        return found
    values = {each: statement.excluded[each] for each in others}
    updating: Insert = statement.on_conflict_do_update(index_elements=list(keys), set_=values)
    return updating


async def copied(
    connection: AsyncConnection, table: Table, columns: Sequence[str], rows: Sequence[Row]
) -> str | None:
    """Insert rows by `COPY`, which psycopg knows.

    Gives the encoding of texts, if these columns take them as they are.
    """
    import psycopg

    statement = _copying(connection, table, columns)
    convert = _converting(connection, table, columns)
    raw = await connection.get_raw_connection()
    driver: Any = raw.driver_connection
    encoding: str = driver.info.encoding
    try:
        async with driver.cursor() as cursor, cursor.copy(statement) as copy:
            if isinstance(rows, Texts) and convert is None and rows.encoding == encoding:
                await copy.writer.write(rows.data)
            else:
                await _write_all(copy, columns, convert, rows[:], encoding)
    except psycopg.Error as error:
        is_lost = bool(driver.closed)
        if is_lost:
            await connection.invalidate(error)
        raise DBAPIError.instance(
            statement,
            None,
            error,
            psycopg.Error,
            hide_parameters=True,
            connection_invalidated=is_lost,
            dialect=connection.dialect,
        ) from error
    return encoding if convert is None else None


async def _write_all(
    copy: Any, columns: Sequence[str], convert: Convert | None, rows: Sequence[Row], encoding: str
) -> None:
    for start in range(0, len(rows), _AT_ONCE):
        part = rows[start : start + _AT_ONCE]
        if convert is not None:
            part = convert(part)
        texts = texts_of(columns, part, encoding)
        if texts is not None:
            # What was formatted before stands before it.
            await copy.writer.write(copy.formatter.end() + texts.data)
        else:
            # What `copy.write_row` does for each of them, without a coroutine for each.
            await copy.writer.write(b"".join(map(copy.formatter.write_row, part)))
        await asyncio.sleep(0)


def _copying(connection: AsyncConnection, table: Table, columns: Sequence[str]) -> str:
    quoting = connection.dialect.identifier_preparer
    names = ", ".join(quoting.quote(each) for each in columns)
    statement = f"COPY {quoting.format_table(table)} ({names}) FROM STDIN"
    return statement.replace("%%", "%")  # it has no parameters


def _converting(
    connection: AsyncConnection, table: Table, columns: Sequence[str]
) -> Convert | None:
    """What makes of rows what the driver takes, if it does not take all: JSON is text to it."""
    dialect = connection.dialect
    types = [table.c[each].type.dialect_impl(dialect) for each in columns]
    found = [each.bind_processor(dialect) for each in types]
    converters = {at: each for at, each in enumerate(found) if each is not None}
    if not converters:
        return None

    def convert(rows: Sequence[Row]) -> Sequence[Row]:
        needed = [at for at in converters if not _is_of_numbers(types[at], rows, at)]
        if not needed:
            return rows
        # Column by column, which takes far less than row by row.
        values: list[Any] = list(zip(*rows, strict=True))
        for at in needed:
            values[at] = map(converters[at], values[at])
        return list(zip(*values, strict=True))

    return convert


def _is_of_numbers(type_: Any, rows: Sequence[Row], at: int) -> bool:
    """Whether a column of floating numbers has such alone, which need not be looked at each."""
    return isinstance(type_, Float) and _NUMBERS.issuperset(map(type, map(itemgetter(at), rows)))


_NUMBERS = frozenset({float, int, type(None)})
