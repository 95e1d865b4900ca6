"""What does `insert-rows` cost beside the driver alone?

Run `python -m benchmarks.database [--rows N] [--rounds N]`. Rows of four columns go into an empty
table and are committed: by a pipeline, and by what the driver has for many rows (`executemany`,
or PostgreSQL's `COPY`) with nothing around it. Nobody's time to connect counts. Rounds go
over all in turn. Printed are the best rounds, which is what is left of noise: rows a second, and
the ratio of the seconds. Needs the extras `postgres` and `mysql`, and the servers on this machine;
without one of these, its lines are left out. The last answer is in `database.txt`.
"""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import asyncmy
import psycopg

from piped.checking import check
from piped.conf import Configuration
from piped.daemon.single import Single
from piped.interop import settled

TABLE = "piped_benchmark"
CREATE = f"CREATE TABLE {TABLE} (id INTEGER, name VARCHAR(40), price DOUBLE PRECISION, note TEXT)"
COLUMNS = ("id", "name", "price", "note")
POSTGRESQL = "host=127.0.0.1 user=postgres dbname=test"
MARIADB = {"host": "127.0.0.1", "user": "root", "db": "test"}

Rows = list[dict[str, Any]]


def rows_of(count: int) -> Rows:
    return [
        {"id": at, "name": f"engine {at}", "price": at * 1.5, "note": "as good as the other"}
        for at in range(count)
    ]


def tuples(rows: Rows) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in rows]


async def by_sqlite3(rows: Rows, file: str) -> float:
    connection = sqlite3.connect(file)
    begin = time.perf_counter()
    connection.executemany(f"INSERT INTO {TABLE} VALUES (?, ?, ?, ?)", tuples(rows))
    connection.commit()
    took = time.perf_counter() - begin
    connection.close()
    return took


async def by_copy(rows: Rows, file: str) -> float:
    del file
    async with await psycopg.AsyncConnection.connect(POSTGRESQL) as connection:
        begin = time.perf_counter()
        copying = connection.cursor().copy(f"COPY {TABLE} FROM STDIN")
        async with copying as copy:
            for row in tuples(rows):
                await copy.write_row(row)
        await connection.commit()
        return time.perf_counter() - begin


async def by_psycopg(rows: Rows, file: str) -> float:
    del file
    async with await psycopg.AsyncConnection.connect(POSTGRESQL) as connection:
        begin = time.perf_counter()
        insert = f"INSERT INTO {TABLE} VALUES (%s, %s, %s, %s)"
        await connection.cursor().executemany(insert, tuples(rows))
        await connection.commit()
        return time.perf_counter() - begin


async def by_asyncmy(rows: Rows, file: str) -> float:
    del file
    connection = await asyncmy.connect(**MARIADB)
    begin = time.perf_counter()
    async with connection.cursor() as cursor:
        await cursor.executemany(f"INSERT INTO {TABLE} VALUES (%s, %s, %s, %s)", tuples(rows))
    await connection.commit()
    took = time.perf_counter() - begin
    await connection.ensure_closed()
    return took


class Ours:
    """A pipeline of one step."""

    def __init__(self, url: str, options: str = "") -> None:
        text = f"""
database: {{engines: {{main: {{engine: {{url: '{url}'}}}}}}}}
pipelines:
  it: [insert-rows: {{engine: main, table: {TABLE}{options}}}]
  empty: [run-query: {{engine: main, query: 'DELETE FROM {TABLE}'}}]
  create: [run-query: {{engine: main, query: '{CREATE}'}}]
  drop: [run-query: {{engine: main, query: 'DROP TABLE IF EXISTS {TABLE}'}}]
"""
        checked = check(Configuration.from_text(text, "app.yaml"))
        checked.raise_errors()
        self._single = Single(checked)

    async def serve(self, use: Callable[[Callable[..., Awaitable[Any]]], Awaitable[Any]]) -> Any:
        """What comes of `use`, which gets what runs a pipeline of a name with a baton."""
        names = ("it", "empty", "create", "drop")
        async with self._single.up(*names) as pipelines:
            found = {name: await pipelines(name, 10) for name in names}

            async def run(name: str, baton: Any) -> None:
                await settled(found[name].run(baton))

            return await use(run)


Bare = tuple[str, Callable[[Rows, str], Awaitable[float]]]
KINDS: dict[str, tuple[str, list[Bare], dict[str, str]]] = {
    "SQLite": ("sqlite:///{}", [("executemany", by_sqlite3)], {"insert-rows": ""}),
    "PostgreSQL": (
        "postgresql://postgres@127.0.0.1/test",
        [("COPY", by_copy), ("executemany", by_psycopg)],
        {"insert-rows": "", "insert-rows, copy: false": ", copy: false"},
    ),
    "MariaDB": (
        "mariadb://root@127.0.0.1/test",
        [("executemany", by_asyncmy)],
        {"insert-rows": ""},
    ),
}


class Measure:
    """Seconds of each way to fill the table of one kind of database."""

    def __init__(self, kind: str, rows: Rows, rounds: int, file: str) -> None:
        self._url, self._bare, self._ours = KINDS[kind]
        self._rows, self._rounds, self._file = rows, rounds, file
        self._took: dict[str, list[float]] = {}

    async def run(self) -> dict[str, float]:
        """The best, the bare ways first."""
        for name, options in self._ours.items():
            await Ours(self._url.format(self._file), options).serve(partial(self._rounds_of, name))
        return {name: min(each) for name, each in self._took.items()}

    async def _rounds_of(self, name: str, run: Callable[..., Awaitable[Any]]) -> None:
        await run("drop", {})
        await run("create", {})

        async def ours(rows: Rows, file: str) -> float:
            del file
            begin = time.perf_counter()
            await run("it", rows)
            return time.perf_counter() - begin

        ways: list[Bare] = [*self._bare, (name, ours)]
        for _ in range(self._rounds):
            for way, insert in ways:
                await run("empty", {})
                took = await insert(self._rows, self._file)
                self._took.setdefault(way, []).append(took)
        await run("drop", {})


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args()
    versions = f"Python {sys.version.split()[0]}, psycopg {psycopg.__version__}"
    lines = [versions, f"{given.rows} rows, {given.rounds} rounds", ""]
    for kind in KINDS:
        with tempfile.TemporaryDirectory() as folder:
            file = str(Path(folder) / "it.sqlite")
            try:
                found = asyncio.run(Measure(kind, rows_of(given.rows), given.rounds, file).run())
            except TimeoutError:
                continue  # there is no such server
        first = next(iter(found.values()))
        for way, seconds in found.items():
            rate = f"{given.rows / seconds:11.0f} rows/s"
            lines.append(f"{kind:12}{way:26}{rate}{seconds / first:8.2f}")
    answer = "\n".join(lines) + "\n"
    print(answer, end="")
    Path(__file__).with_suffix(".txt").write_text(answer)


if __name__ == "__main__":
    main()
