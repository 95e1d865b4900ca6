"""Rows that flow out of databases."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.providers.database.databases import Database, Running, until

from .hearing import Ear, flow_of

CREATE = "CREATE TABLE ships (name VARCHAR(40), engines INTEGER)"


def app(url: str, options: str) -> str:
    return f"""
database: {{engines: {{main: {{engine: {{url: '{url}'}}}}}}}}
flows:
  it: {{from: {{query: {{engine: main, {options}}}}}, to: {{processor: heard}}, stop_time: 1s}}
"""


async def filled(database: Database, count: int) -> None:
    await database.ask(CREATE)
    for start in range(0, count, 500):
        rows = ", ".join(f"('ship {at}', {at})" for at in range(start, min(start + 500, count)))
        await database.ask(f"INSERT INTO ships VALUES {rows}")


async def test_each_row_is_an_item_and_it_ends_with_them(each: Database, start: Running) -> None:
    await filled(each, 2000)
    ear = Ear()
    query = "'SELECT * FROM ships WHERE engines < :most ORDER BY engines'"
    running = await start(app(each.url, f"query: {query}, parameters: {{most: 1234}}"), heard=ear)
    await until(lambda: len(ear.got) == 1234 and flow_of(running, "it").flow.drains[0].is_done)
    assert ear.got == [{"name": f"ship {at}", "engines": at} for at in range(1234)]


async def test_a_list_is_for_in(each: Database, start: Running) -> None:
    await filled(each, 10)
    ear = Ear()
    query = "query: 'SELECT engines FROM ships WHERE engines IN :some', parameters: {some: [3, 7]}"
    await start(app(each.url, query), heard=ear)
    await until(lambda: len(ear.got) == 2)
    assert sorted(each["engines"] for each in ear.got) == [3, 7]


async def test_rows_wait_in_the_database_while_nothing_may_flow(
    each: Database, start: Running
) -> None:
    await filled(each, 5000)
    ear = Ear()
    ear.gate.clear()
    running = await start(app(each.url, "query: SELECT * FROM ships, batch: 10"), heard=ear)
    await running.comes("flow.it")
    fount = flow_of(running, "it").flow.founts[0]
    await until(lambda: fount.passed)
    seen: Any = -1
    while fount.passed != seen:  # until it stands
        seen = fount.passed
        await asyncio.sleep(0.05)
    assert fount.passed < 100
    await running.stop()  # and it can be stopped in the midst


async def test_a_query_that_fails_is_the_reason_of_the_end(
    start: Running, each: Database, caplog: pytest.LogCaptureFixture
) -> None:
    await start(app(each.url, "query: SELECT * FROM nowhere"), heard=Ear())
    await until(lambda: "flow.it has failed" in caplog.text)
    assert "nowhere" in caplog.text
