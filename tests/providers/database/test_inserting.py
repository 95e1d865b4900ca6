"""Many rows at once, on all kinds of databases."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from piped.exceptions import ResourceLost, UnfitBaton
from tests.proxy import Proxy

from .databases import Database, Running

CREATE = "CREATE TABLE ships (name VARCHAR(40) PRIMARY KEY, engines INTEGER)"


def app(url: str, options: str = "", create: str = CREATE) -> str:
    return f"""
database: {{engines: {{main: {{engine: {{url: '{url}'}}, retry_interval: 20ms}}}}}}
pipelines:
  create: [run-query: {{engine: main, query: {json.dumps(create)}}}]
  it: [insert-rows: {{engine: main, table: ships, input_path: rows, output_path: n{options}}}]
"""


def ships(count: int, first: int = 0) -> list[dict[str, Any]]:
    return [{"name": f"ship {at}", "engines": at} for at in range(first, first + count)]


async def test_all_rows_are_committed_when_the_step_has_ended(
    each: Database, start: Running
) -> None:
    running = await start(app(each.url))
    await running.run({}, "create")
    [baton] = await running.run({"rows": ships(12_000)})
    assert baton["n"] == 12_000
    assert await each.ask("SELECT COUNT(*), MAX(engines) FROM ships") == [(12_000, 11_999)]


async def test_no_rows_and_a_single_row_will_do(each: Database, start: Running) -> None:
    running = await start(app(each.url))
    await running.run({}, "create")
    assert (await running.run({"rows": []}))[0]["n"] == 0
    assert (await running.run({"rows": ships(1)[0]}))[0]["n"] == 1
    assert await each.ask("SELECT name FROM ships") == [("ship 0",)]


async def test_all_fail_if_one_does(each: Database, start: Running) -> None:
    running = await start(app(each.url))
    await running.run({}, "create")
    with pytest.raises(IntegrityError) as caught:
        await running.run({"rows": [*ships(50), *ships(1)]})
    assert "for rows of 'ships', by database.engine.main" in caught.value.__notes__
    assert await each.ask("SELECT COUNT(*) FROM ships") == [(0,)]


async def test_rows_that_are_there_already_are_left_out(each: Database, start: Running) -> None:
    running = await start(app(each.url, ", on_conflict: skip"))
    await running.run({}, "create")
    await running.run({"rows": ships(3)})
    await running.run({"rows": [{"name": "ship 1", "engines": 99}, *ships(2, first=3)]})
    assert await each.ask("SELECT engines FROM ships ORDER BY engines") == [
        *((at,) for at in range(5))
    ]


async def test_rows_that_are_there_already_get_new_values(each: Database, start: Running) -> None:
    running = await start(app(each.url, ", on_conflict: update, keys: [name]"))
    await running.run({}, "create")
    await running.run({"rows": ships(3)})
    await running.run({"rows": [{"name": "ship 1", "engines": 99}, *ships(1, first=3)]})
    assert await each.ask("SELECT engines FROM ships ORDER BY engines") == [(0,), (2,), (3,), (99,)]


async def test_odd_names_and_values_are_quoted(each: Database, start: Running) -> None:
    quote = "`" if each.kind == "mariadb" else '"'
    column = f"{quote}the 'name' of; 5% it{quote}"
    create = f"CREATE TABLE ships ({column} VARCHAR(40), {quote}select{quote} INTEGER)"
    running = await start(app(each.url, create=create))
    await running.run({}, "create")
    evil = "\\'); DROP TABLE ships; --\t\n"
    await running.run({"rows": [{"the 'name' of; 5% it": evil, "select": None}]})
    assert await each.ask("SELECT * FROM ships") == [(evil, None)]


@pytest.mark.parametrize("odd", [2.5, None, Decimal("2.5")])
async def test_numbers_of_any_kind_fit_a_column_of_floating_numbers(
    each: Database, start: Running, odd: Any
) -> None:
    create = "CREATE TABLE ships (name VARCHAR(40), weight DOUBLE PRECISION)"
    running = await start(app(each.url, create=create))
    await running.run({}, "create")
    weights = [1.5, 2, odd]
    await running.run({"rows": [{"name": str(at), "weight": w} for at, w in enumerate(weights)]})
    expected = [(1.5,), (2.0,), (None if odd is None else 2.5,)]
    assert await each.ask("SELECT weight FROM ships ORDER BY name") == expected


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"nme": "x"}], "the table 'ships' has no column 'nme' (did you mean 'name'?)"),
        ([{"name": "x"}, {"name": "y", "engines": 1}], "the row 1 differs from the first in 'eng"),
        ([{"name": "x", "engines": 1}, {"name": "y", "n": 1}], "the row 1 has nothing for 'eng"),
    ],
)
async def test_rows_that_do_not_fit_are_unfit(
    each: Database, start: Running, rows: Any, said: str
) -> None:
    running = await start(app(each.url))
    await running.run({}, "create")
    with pytest.raises(UnfitBaton) as caught:
        await running.run({"rows": rows})
    assert said in caught.value.msg
    assert await each.ask("SELECT COUNT(*) FROM ships") == [(0,)]


async def test_only_the_columns_that_are_named_are_filled(each: Database, start: Running) -> None:
    running = await start(app(each.url, ", columns: [name]"))
    await running.run({}, "create")
    await running.run({"rows": [{"name": "x", "engines": 4}, {"name": "y", "captain": "me"}]})
    assert await each.ask("SELECT * FROM ships ORDER BY name") == [("x", None), ("y", None)]


async def test_a_table_that_is_not_there_makes_a_baton_unfit_until_it_is(
    each: Database, start: Running
) -> None:
    running = await start(app(each.url))
    with pytest.raises(UnfitBaton, match=r"database\.engine\.main has no table 'ships'"):
        await running.run({"rows": ships(1)})
    await running.run({}, "create")
    await running.run({"rows": ships(1)})


async def test_a_column_that_came_later_is_found(each: Database, start: Running) -> None:
    running = await start(app(each.url))
    await running.run({}, "create")
    await running.run({"rows": ships(1)})
    await each.ask("ALTER TABLE ships ADD COLUMN captain VARCHAR(40)")
    await running.run({"rows": [{"name": "x", "captain": "me"}]})
    assert await each.ask("SELECT captain FROM ships WHERE name = 'x'") == [("me",)]


JSON = "CREATE TABLE ships (name VARCHAR(40) PRIMARY KEY, crew JSON)"


@pytest.mark.parametrize("options", ["", ", copy: false"])
async def test_json_is_written_as_such(each: Database, start: Running, options: str) -> None:
    running = await start(app(each.url, options, create=JSON))
    await running.run({}, "create")
    if each.kind == "mariadb":  # to which JSON is text
        crew: Any = '{"captain": "Holden"}'
    else:
        crew = {"captain": "Holden"}
    await running.run({"rows": [{"name": "x", "crew": crew}]})
    [(found,)] = await each.ask("SELECT CAST(crew AS CHAR(40)) FROM ships")
    assert found.strip() == '{"captain": "Holden"}'


@pytest.mark.parametrize("options", ["", ", copy: false"])
async def test_a_connection_that_is_lost_in_the_middle_is_a_failure_and_nothing_is_there(
    served: Database, way: Proxy, start: Running, options: str
) -> None:
    running = await start(app(served.through(way.port), options))
    await running.run({}, "create")
    await running.run({"rows": ships(1)})
    rows = ships(5000, first=1)

    class Cutting(dict[str, Any]):
        def __getitem__(self, key: str) -> Any:
            way.cut()
            return super().__getitem__(key)

    rows[100] = Cutting(rows[100])
    with pytest.raises(ResourceLost):
        await running.run({"rows": rows})
    assert await served.ask("SELECT COUNT(*) FROM ships") == [(1,)]
    await running.run({"rows": ships(10, first=1)})
    assert await served.ask("SELECT COUNT(*) FROM ships") == [(11,)]
