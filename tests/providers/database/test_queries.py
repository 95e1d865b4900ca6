"""Queries on the databases that are there: SQLite, PostgreSQL and MariaDB."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from piped.exceptions import PipedError, UnfitBaton

from .databases import Database, Running

CREATE = "CREATE TABLE ships (name VARCHAR(40) PRIMARY KEY, engines INTEGER)"


def app(database: Database, steps: str, /, **pipelines: str) -> str:
    """A configuration with one engine, called main, and the pipeline `it`."""
    others = "".join(f"\n  {name}: {each}" for name, each in pipelines.items())
    return f"""
database: {{engines: {{main: {{engine: {{url: '{database.url}'}}}}}}}}
pipelines:
  create: [run-query: {{engine: main, query: '{CREATE}'}}]
  it: {steps}{others}
"""


def query(text: str, **options: Any) -> str:
    given = "".join(f", {name}: {value}" for name, value in options.items())
    return f"run-query: {{engine: main, query: '{text}'{given}}}"


ADD = query("INSERT INTO ships VALUES (:name, :engines)", fetch="count")
ALL = query("SELECT * FROM ships ORDER BY name")


async def test_what_a_query_changed_is_committed_when_its_step_has_ended(
    each: Database, start: Running
) -> None:
    running = await start(app(each, f"[{ADD}]"))
    await running.run({}, "create")
    assert await running.run({"name": "Rocinante", "engines": 1}) == [
        {"name": "Rocinante", "engines": 1, "result": 1}
    ]
    assert await each.ask("SELECT * FROM ships") == [("Rocinante", 1)]


@pytest.mark.parametrize(
    ("fetch", "found"),
    [
        ("all", [{"name": "Nauvoo", "engines": 4}, {"name": "Razorback", "engines": 1}]),
        ("first", {"name": "Nauvoo", "engines": 4}),
        ("value", "Nauvoo"),
    ],
)
async def test_rows_are_mappings_of_their_columns(
    each: Database, start: Running, fetch: str, found: Any
) -> None:
    select = query("SELECT * FROM ships ORDER BY name", fetch=fetch, output_path="''")
    running = await start(app(each, f"[{select}]", add=f"[{ADD}]"))
    await running.run({}, "create")
    await running.run({"name": "Nauvoo", "engines": 4}, "add")
    await running.run({"name": "Razorback", "engines": 1}, "add")
    assert await running.run({}) == [found]


async def test_a_value_never_becomes_a_part_of_the_statement(
    each: Database, start: Running
) -> None:
    evil = "'; DROP TABLE ships; --"
    running = await start(app(each, f"[{ADD}, {ALL}]"))
    await running.run({}, "create")
    [baton] = await running.run({"name": evil, "engines": None})
    assert baton["result"] == [{"name": evil, "engines": None}]


async def test_parameters_are_in_the_baton_in_a_part_of_it_or_anywhere(
    each: Database, start: Running
) -> None:
    add = query(
        "INSERT INTO ships VALUES (:name, :engines)",
        parameters="{engines: !path drive.count}",
        parameters_path="ship",
    )
    running = await start(app(each, f"[{add}, {ALL}]"))
    await running.run({}, "create")
    [baton] = await running.run({"ship": {"name": "Nauvoo"}, "drive": {"count": 4}})
    assert baton["result"] == [{"name": "Nauvoo", "engines": 4}]


async def test_a_list_is_for_in(each: Database, start: Running) -> None:
    select = query(
        "SELECT name FROM ships WHERE engines IN :numbers ORDER BY name", lists="[numbers]"
    )
    running = await start(app(each, f"[{select}]", add=f"[{ADD}]"))
    await running.run({}, "create")
    for number, name in enumerate("abcd"):
        await running.run({"name": name, "engines": number}, "add")
    [baton] = await running.run({"numbers": [1, 3, 9]})
    assert baton["result"] == [{"name": "b"}, {"name": "d"}]
    [baton] = await running.run({"numbers": []})
    assert baton["result"] == []


async def test_a_baton_without_a_parameter_is_unfit(each: Database, start: Running) -> None:
    running = await start(app(each, f"[{ADD}]"))
    await running.run({}, "create")
    with pytest.raises(UnfitBaton, match="nothing in the baton for the parameter :engines"):
        await running.run({"name": "Nauvoo"})


async def test_what_the_database_refuses_is_a_failure_that_says_where(
    each: Database, start: Running
) -> None:
    running = await start(app(each, f"[{ADD}]"))
    await running.run({}, "create")
    await running.run({"name": "Nauvoo", "engines": 4})
    with pytest.raises(IntegrityError) as caught:
        await running.run({"name": "Nauvoo", "engines": 4})
    note = "for the query 'INSERT INTO ships VALUES (:name, :engines)', by database.engine.main"
    assert note in caught.value.__notes__
    assert await each.ask("SELECT COUNT(*) FROM ships") == [(1,)]


async def test_each_row_is_a_baton_and_the_next_ones_come_when_it_has_ended(
    each: Database, start: Running
) -> None:
    seen: list[Any] = []
    stream = "stream-query: {engine: main, query: 'SELECT name FROM ships ORDER BY name', batch: 2}"
    steps = f"[{stream}, call-dependency: {{dependency: see, arguments: !path row.name}}]"
    running = await start(app(each, steps, add=f"[{ADD}]"), see=seen.append)
    await running.run({}, "create")
    for name in "abcde":
        await running.run({"name": name, "engines": 1}, "add")
    batons = await running.run({"who": "me"})
    assert [each["row"]["name"] for each in batons] == seen == list("abcde")
    assert all(each["who"] == "me" for each in batons)


async def test_a_stream_that_is_left_gives_its_connection_back(
    each: Database, start: Running, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(name: str) -> None:
        raise LookupError(name)

    stream = "stream-query: {engine: main, query: 'SELECT name FROM ships', batch: 1}"
    steps = f"[{stream}, call-dependency: {{dependency: refuse, arguments: !path row.name}}]"
    running = await start(app(each, steps, add=f"[{ADD}]"), refuse=refuse)
    await running.run({}, "create")
    for name in "abc":
        await running.run({"name": name, "engines": 1}, "add")
    for _ in range(20):
        with pytest.raises(LookupError):
            await running.run({})
    engine = await running.comes("database.engine.main")
    assert engine.pool.checkedout() == 0
    assert not [each for each in caplog.records if each.exc_info]


MOVE = "[run-pipeline-in-transaction: {engine: main, pipeline: .steps}]"


async def test_steps_of_a_transaction_are_committed_together(
    each: Database, start: Running
) -> None:
    seen: list[Any] = []

    async def look(baton: Any) -> None:
        if each.kind != "sqlite":  # which lets nobody read meanwhile
            seen.append(await each.ask("SELECT COUNT(*) FROM ships"))

    steps = f"[{ADD}, call-dependency: {{dependency: look, arguments: x}}, {ALL}]"
    running = await start(app(each, MOVE, steps=steps), look=look)
    await running.run({}, "create")
    [baton] = await running.run({"name": "Nauvoo", "engines": 4})
    assert baton["result"] == [{"name": "Nauvoo", "engines": 4}]
    assert seen in ([], [[(0,)]])
    assert await each.ask("SELECT COUNT(*) FROM ships") == [(1,)]


async def test_a_failure_rolls_all_of_a_transaction_back(each: Database, start: Running) -> None:
    steps = f"[{ADD}, raise-exception: {{type: builtins.LookupError}}]"
    running = await start(app(each, MOVE, steps=steps))
    await running.run({}, "create")
    with pytest.raises(LookupError):
        await running.run({"name": "Nauvoo", "engines": 4})
    assert await each.ask("SELECT COUNT(*) FROM ships") == [(0,)]


async def test_a_statement_that_failed_rolls_back_whoever_took_its_failure(
    each: Database, start: Running
) -> None:
    failing = ADD.replace("}", ", error_consumers: [passthrough]}")
    running = await start(app(each, MOVE, steps=f"[{ADD}, {failing}]"))
    await running.run({}, "create")
    with pytest.raises(PipedError, match="rolled back, since a statement in it failed"):
        await running.run({"name": "Nauvoo", "engines": 4})
    assert await each.ask("SELECT COUNT(*) FROM ships") == [(0,)]


async def test_rows_of_a_stream_are_changed_in_the_transaction_they_are_read_in(
    each: Database, start: Running
) -> None:
    stream = "stream-query: {engine: main, query: 'SELECT name FROM ships', batch: 1}"
    change = query("UPDATE ships SET engines = 7 WHERE name = :name", parameters_path="row")
    running = await start(app(each, MOVE, steps=f"[{stream}, {change}]", add=f"[{ADD}]"))
    await running.run({}, "create")
    for name in "abc":
        await running.run({"name": name, "engines": 1}, "add")
    await running.run({})
    assert await each.ask("SELECT engines FROM ships") == [(7,)] * 3


async def test_steps_at_the_same_time_use_a_transaction_one_after_the_other(
    each: Database, start: Running
) -> None:
    steps = "[for-each: {pipeline: .one, input_path: ships, parallel: true}]"
    running = await start(app(each, MOVE, steps=steps, one=f"[{ADD}]"))
    await running.run({}, "create")
    await running.run({"ships": [{"name": name, "engines": 1} for name in "abcdefgh"]})
    assert await each.ask("SELECT COUNT(*) FROM ships") == [(8,)]


async def test_batons_of_different_runs_have_different_transactions(
    each: Database, start: Running
) -> None:
    add = ADD.replace("run-query: {", "run-query: {")
    running = await start(app(each, MOVE, steps=f"[{add}]"))
    await running.run({}, "create")
    ships = [{"name": name, "engines": 1} for name in "abcdef"]
    await asyncio.gather(*(running.run(ship) for ship in ships))
    assert await each.ask("SELECT COUNT(*) FROM ships") == [(6,)]
