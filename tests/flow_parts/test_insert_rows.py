"""Rows that flow into tables, on all kinds of databases."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections import namedtuple
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from piped.flow_parts.rows import rows_of, rows_of_parts
from piped.flows.receipt import CONFIRMED
from piped.processors.database_texts import texts_of
from tests.providers.database.databases import LIMIT, Database, Running, until
from tests.proxy import proxy

from .hearing import put

CREATE = "CREATE TABLE ships (name VARCHAR(40) PRIMARY KEY, engines INTEGER NOT NULL)"


def app(url: str, options: str = "", create: str = CREATE) -> str:
    return f"""
database: {{engines: {{main: {{engine: {{url: '{url}'}}, retry_interval: 20ms}}}}}}
flows:
  ships:
    from: batons
    to: {{insert-rows: {{engine: main, table: ships{options}}}}}
    stop_time: 1s
pipelines:
  create: [run-query: {{engine: main, query: {json.dumps(create)}, output_path: null}}]
  it: [feed-flow: {{flow: ships, input_path: rows, each: true, output_path: n}}]
"""


def ships(count: int, first: int = 0) -> list[dict[str, Any]]:
    return [{"name": f"ship {at}", "engines": at} for at in range(first, first + count)]


async def test_rows_are_committed_when_they_are_confirmed(each: Database, start: Running) -> None:
    running = await start(app(each.url))
    await running.run({}, "create")
    [baton] = await running.run({"rows": ships(12_000)})
    assert baton["n"] == 12_000
    assert await each.ask("SELECT COUNT(*), MAX(engines) FROM ships") == [(12_000, 11_999)]


@pytest.mark.parametrize("bad", [[0], [7], [3, 4, 11]])
async def test_a_bad_row_is_refused_and_takes_no_other_with_it(
    each: Database, start: Running, bad: list[int]
) -> None:
    running = await start(app(each.url))
    await running.run({}, "create")
    items = ships(12)
    for at in bad:
        items[at]["engines"] = None
    answers = await put(running, "ships", items)
    assert [at for at, answer in enumerate(answers) if answer != CONFIRMED] == bad
    assert all("refused" in answers[at].said for at in bad)
    good = [(at,) for at in range(12) if at not in bad]
    assert await each.ask("SELECT engines FROM ships ORDER BY engines") == good


async def test_what_is_no_row_is_refused_alone(each: Database, start: Running) -> None:
    running = await start(app(each.url))
    await running.run({}, "create")
    answers = await put(
        running,
        "ships",
        [
            {"name": "a", "engines": 1},
            "what",
            {"name": "b", "engines": 2, "color": "red"},
            {},
            {"engines": 3, "name": "c"},
        ],
    )
    assert [answer.is_confirmed for answer in answers] == [True, False, False, False, True]
    assert "'what' is no row" in answers[1].said
    assert "no column 'color'" in answers[2].said
    assert await each.ask("SELECT name, engines FROM ships ORDER BY name") == [("a", 1), ("c", 3)]


async def test_columns_are_filled_from_tuples_and_lists(each: Database, start: Running) -> None:
    running = await start(app(each.url, ", columns: [engines, name]"))
    await running.run({}, "create")
    answers = await put(running, "ships", [(1, "a"), [2, "b"], (3,), {"name": "d", "engines": 4}])
    assert [answer.is_confirmed for answer in answers] == [True, True, False, True]
    assert await each.ask("SELECT name, engines FROM ships ORDER BY name") == [
        ("a", 1),
        ("b", 2),
        ("d", 4),
    ]


async def test_rows_that_are_there_already_are_left_out(each: Database, start: Running) -> None:
    running = await start(app(each.url, ", on_conflict: skip, parallel: 2"))
    await running.run({}, "create")
    await running.run({"rows": ships(3)})
    await running.run({"rows": [{"name": "ship 1", "engines": 99}, *ships(2, first=3)]})
    assert await each.ask("SELECT engines FROM ships ORDER BY engines") == [
        *((at,) for at in range(5))
    ]


async def test_rows_wait_for_a_table_that_is_not_there_yet(each: Database, start: Running) -> None:
    running = await start(app(each.url))
    waiting = asyncio.ensure_future(put(running, "ships", ships(3)))
    drain = (await running.comes("flow.ships")).flow.drains[0]
    await until(lambda: drain.received == 3)
    assert not waiting.done()
    await running.run({}, "create")
    assert await waiting == [CONFIRMED] * 3
    assert await each.ask("SELECT COUNT(*) FROM ships") == [(3,)]


async def test_while_the_database_is_lost_rows_wait_and_are_stored_once(
    served: Database, start: Running
) -> None:
    async with proxy(served.port) as way:
        running = await start(app(served.through(way.port), ", on_conflict: skip"))
        await running.run({}, "create")
        drain = (await running.comes("flow.ships")).flow.drains[0]
        for number in range(5):
            way.stall()
            putting = asyncio.ensure_future(put(running, "ships", ships(500, 500 * number)))
            await until(lambda: drain.received > 500 * number)  # noqa: B023 - it is asked at once
            way.cut()
            way.go()
            assert await putting == [CONFIRMED] * 500
    assert await served.ask("SELECT COUNT(*) FROM ships") == [(2500,)]


async def test_rows_wait_while_somebody_else_writes(start: Running, tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / "test.sqlite", isolation_level=None)
    database.execute(CREATE)
    database.execute("BEGIN EXCLUSIVE")
    text = app(f"sqlite:///{tmp_path}/test.sqlite")
    running = await start(text.replace("'}", "', connect_args: {timeout: 0.01}}", 1))
    putting = asyncio.ensure_future(put(running, "ships", ships(3)))
    drain = (await running.comes("flow.ships")).flow.drains[0]
    await until(lambda: drain.received == 3)
    database.execute("COMMIT")
    assert await putting == [CONFIRMED] * 3
    assert database.execute("SELECT COUNT(*) FROM ships").fetchall() == [(3,)]
    database.close()


async def test_a_value_that_no_database_takes_is_refused_alone(
    each: Database, start: Running
) -> None:
    running = await start(app(each.url))
    await running.run({}, "create")
    wrong = object() if each.kind == "sqlite" else "many"  # SQLite takes any text as a number
    rows = [*ships(3), {"name": "a", "engines": wrong}, *ships(3, first=4)]
    answers = await put(running, "ships", rows)
    assert [at for at, answer in enumerate(answers) if not answer.is_confirmed] == [3]
    assert await each.ask("SELECT COUNT(*) FROM ships") == [(6,)]


SHORT = "CREATE TABLE ships (name VARCHAR(40) CHECK (LENGTH(name) < 10), engines VARCHAR(40))"


async def test_of_texts_too_a_bad_row_is_refused_alone(each: Database, start: Running) -> None:
    running = await start(app(each.url, ", columns: [name, engines]", SHORT))
    await running.run({}, "create")
    rows: list[list[Any]] = [[f"ship {at}", f"ö {at}"] for at in range(300)]
    rows[7][0] += " is too long"
    rows[9] = ["of three", "alas", "values"]
    rows[200][0] = "ship\t\\"
    rows[201] = ["number", None]
    await running.run({"rows": rows[:1]})  # from now on it is known how they are inserted
    answers = await put(running, "ships", rows[1:])
    refused = [at for at, answer in enumerate(answers, 1) if not answer.is_confirmed]
    assert refused == [7, 9]
    found = await each.ask("SELECT name, engines FROM ships")
    good = [tuple(row) for at, row in enumerate(rows) if at not in refused]
    assert sorted(found, key=str) == sorted(good, key=str)


async def test_texts_become_what_their_columns_take(each: Database, start: Running) -> None:
    create = "CREATE TABLE ships (name VARCHAR(40), engines JSON)"
    running = await start(app(each.url, ", columns: [name, engines]", create))
    await running.run({}, "create")
    value = '"two"' if each.kind == "mariadb" else "two"  # there it is a text, with a check
    for name in "ab":
        assert await put(running, "ships", [[name, value]]) == [CONFIRMED]
    found = await each.ask("SELECT name, engines FROM ships ORDER BY name")
    # Who reads it without its type gets the text of it, or what the driver makes of it.
    assert [(name, value.strip('"')) for name, value in found] == [("a", "two"), ("b", "two")]
    if each.kind != "postgresql":
        assert [value for _, value in found] == ['"two"', '"two"']


async def test_texts_reach_a_connection_of_another_encoding(
    served: Database, start: Running
) -> None:
    option = "?client_encoding=latin1" if served.kind == "postgresql" else ""
    running = await start(app(served.url + option, ", columns: [name, engines]", SHORT))
    await running.run({}, "create")
    for at in range(2):
        assert await put(running, "ships", [[f"schön {at}", "é"]]) == [CONFIRMED]
    found = await served.ask("SELECT name, engines FROM ships ORDER BY name")
    assert found == [("schön 0", "é"), ("schön 1", "é")]


async def test_texts_wait_for_a_database_of_which_nothing_is_known_yet(
    served: Database, start: Running
) -> None:
    async with proxy(served.port) as way:
        way.stall()
        running = await start(app(served.through(way.port)))
        rows = [{"name": f"ship {at}", "engines": str(at)} for at in range(300)]
        putting = asyncio.ensure_future(put(running, "ships", rows))
        drain = (await running.comes("flow.ships")).flow.drains[0]
        await until(lambda: drain.received == 300)
        way.go()
        await running.run({}, "create")
        assert await putting == [CONFIRMED] * 300
    assert await served.ask("SELECT COUNT(*), MAX(engines) FROM ships") == [(300, 299)]


async def test_who_stops_is_not_held_up_by_a_database_that_is_lost(
    each: Database, start: Running
) -> None:
    running = await start(app(each.url))
    putting = asyncio.ensure_future(put(running, "ships", ships(3)))  # there is no table
    drain = (await running.comes("flow.ships")).flow.drains[0]
    await until(lambda: drain.received == 3)
    async with asyncio.timeout(LIMIT):
        await running.stop()
    assert [answer.is_confirmed for answer in await putting] == [False] * 3


@dataclass
class Ship:
    name: str
    engines: int


Named = namedtuple("Named", "name engines")  # noqa: PYI024 - one of those


def test_objects_with_fields_are_rows() -> None:
    [rows], unfit = rows_of([Ship("a", 1), Named("b", 2)], None)
    assert (rows.columns, rows.values, unfit) == (("name", "engines"), [("a", 1), ("b", 2)], [])


def test_rows_of_texts_keep_their_numbers_among_others() -> None:
    columns = ["a", "b"]
    texts = [texts_of(columns, [(f"{at}", "x"), (f"{at}", "y")], "utf-8") for at in range(2)]
    assert texts[0] is not None
    assert texts[1] is not None
    found, unfit = rows_of_parts([[(1, 2), "what"], *texts, [(3, 4)]], columns)  # type: ignore[list-item]  # they are looked at above
    assert [(list(rows.values), list(rows.numbers)) for rows in found] == [
        ([(1, 2)], [0]),
        ([("0", "x"), ("0", "y"), ("1", "x"), ("1", "y")], [2, 3, 4, 5]),
        ([(3, 4)], [6]),
    ]
    assert [number for number, _ in unfit] == [1]


def test_rows_of_other_columns_are_together_with_their_like() -> None:
    found, unfit = rows_of([{"a": 1}, {"b": 2}, {"a": 3}], None)
    assert [(rows.columns, rows.values, rows.numbers) for rows in found] == [
        (("a",), [(1,), (3,)], [0, 2]),
        (("b",), [(2,)], [1]),
    ]
    assert unfit == []
