"""A database that comes and goes: PostgreSQL and MariaDB, through a network of the test's own."""

from __future__ import annotations

import asyncio
import logging
import time
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import create_async_engine

from piped.exceptions import ResourceLost
from piped.providers.database_connections import Connections
from tests.losses import Losses
from tests.proxy import Proxy

from .databases import Database, Running, until

PATH = "database.engine.main"
SLEEP = {"postgresql": "SELECT pg_sleep(60)", "mariadb": "SELECT SLEEP(60)"}


def app(database: Database, port: int, query: str = "SELECT 1 AS n", **settings: str) -> str:
    given = {
        "ping_interval": "20ms",
        "retry_interval": "20ms",
        "timeout": "20s",
        "close_time": "20ms",
        **settings,
    }
    options = ", ".join(f"{name}: {value}" for name, value in given.items())
    return f"""
database: {{engines: {{main: {{engine: {{url: '{database.through(port)}'}}, {options}}}}}}}
pipelines:
  it: [run-query: {{engine: main, query: {query}, fetch: value, output_path: ''}}]
"""


async def test_it_is_there_when_the_server_is(served: Database, way: Proxy, start: Running) -> None:
    await way.refuse()
    running = await start(app(served, way.port))
    asked = asyncio.ensure_future(running.run({}))
    await asyncio.sleep(0)
    assert not running.has(PATH)
    await way.open()
    await running.comes(PATH)
    assert await asked == [1]


async def test_it_is_lost_with_its_server_and_found_again(
    served: Database,
    way: Proxy,
    start: Running,
    caplog: pytest.LogCaptureFixture,
    losses: Losses,
) -> None:
    running = await start(app(served, way.port))
    loss = losses.of(f"database.engine, {served.kind}", "cut (pinged every 20 ms)")
    for _ in range(3):
        assert await running.run({}) == [1]
        await way.refuse()
        way.cut()
        with loss.lost():
            await running.goes(PATH)
        asked = asyncio.ensure_future(running.run({}))
        await way.open()
        with loss.found():
            await running.comes(PATH)
        assert await asked == [1]
    assert "trying again in" in caplog.text
    assert not [each for each in caplog.records if each.exc_info]


async def test_a_query_that_finds_its_connection_dead_says_so_and_it_is_pinged_at_once(
    served: Database, way: Proxy, start: Running
) -> None:
    running = await start(app(served, way.port, SLEEP[served.kind], ping_interval="1h"))
    await running.comes(PATH)
    asked = asyncio.ensure_future(running.run({}))
    engine = await running.comes(PATH)
    await until(engine.pool.checkedout)
    await way.refuse()
    way.cut()
    with pytest.raises(ResourceLost, match="the connection is lost, for the query 'SELECT"):
        await asked
    await running.goes(PATH)
    await way.open()
    await running.comes(PATH)


async def test_what_a_connection_comes_back_with_is_rolled_back(
    served: Database, way: Proxy, start: Running
) -> None:
    await served.ask("CREATE TABLE ships (name TEXT)")
    running = await start(app(served, way.port, "SELECT COUNT(*) FROM ships"))
    engine = await running.comes(PATH)
    insert = "INSERT INTO ships VALUES ('Ra')"
    async with engine.connect() as connection:  # past SQLAlchemy's own transactions
        await connection.run_sync(lambda its: its.connection.cursor().execute(insert))
    assert engine.pool.checkedin() == 1
    assert await running.run({}) == [0]


async def test_a_connection_that_is_cut_before_it_comes_back_is_left_without_a_traceback(
    served: Database, way: Proxy, start: Running, caplog: pytest.LogCaptureFixture
) -> None:
    running = await start(app(served, way.port, ping_interval="1h"))
    engine = await running.comes(PATH)
    caplog.set_level(logging.INFO)
    async with engine.connect() as connection, connection.begin():
        await connection.exec_driver_sql("SELECT 1")
        cut = {"insert": True, "once": True}
        event.listen(engine.sync_engine, "reset", lambda *_: way.cut(), **cut)
    told = [each for each in caplog.messages if each.startswith("a connection is left")]
    # That of PostgreSQL knows that there is nothing to roll back.
    assert len(told) == (served.kind == "mariadb")
    assert not [each for each in caplog.records if each.exc_info or "\n" in each.getMessage()]
    assert engine.pool.checkedout() == 0


async def test_a_server_that_says_nothing_any_more_is_lost_with_what_waits_for_it(
    served: Database,
    way: Proxy,
    start: Running,
    caplog: pytest.LogCaptureFixture,
    losses: Losses,
) -> None:
    text = app(served, way.port, SLEEP[served.kind], timeout="200ms", ping_interval="100ms")
    loss = losses.of(f"database.engine, {served.kind}", "silent (timeout 200 ms)")
    running = await start(text)
    engine = await running.comes(PATH)
    asked = [asyncio.ensure_future(running.run({})) for _ in range(3)]
    await until(lambda: engine.pool.checkedout() == 3)
    way.silent = True
    with loss.lost():
        await running.goes(PATH)
    for each in asked:
        with pytest.raises(ResourceLost):
            await each
    way.cut()
    way.silent = False
    with loss.found():
        await running.comes(PATH)
    assert not [each for each in caplog.records if each.exc_info]


async def test_a_query_that_connects_when_the_server_falls_silent_is_lost_too(
    served: Database, way: Proxy, start: Running
) -> None:
    text = app(served, way.port, SLEEP[served.kind], timeout="200ms", ping_interval="1h")
    running = await start(text)
    await running.comes(PATH)
    way.silent = True
    # The first of them has the connection that is there.
    for each in [asyncio.ensure_future(running.run({})) for _ in range(3)]:
        with pytest.raises(ResourceLost):
            await each
    await running.goes(PATH)


async def test_a_connection_can_be_cut_before_anything_is_run_on_it() -> None:
    engine = create_async_engine("sqlite+aiosqlite://")
    known: list[int] = []
    event.listen(engine.sync_engine, "connect", lambda *_: known.append(len(connections._records)))
    connections = Connections(engine)
    async with engine.connect():
        assert known == [1]
    await engine.dispose()


async def test_a_server_that_takes_connections_and_says_nothing_is_not_there(
    served: Database, way: Proxy, start: Running
) -> None:
    way.silent = True
    running = await start(app(served, way.port, timeout="50ms"))
    await until(lambda: way.connections > 2)
    assert not running.has(PATH)
    way.silent = False
    assert await running.run({}) == [1]


async def test_a_slow_server_is_no_lost_one(served: Database, way: Proxy, start: Running) -> None:
    way.latency = 0.02
    running = await start(app(served, way.port, timeout="20s", ping_interval="1ms"))
    await running.comes(PATH)
    for _ in range(5):
        assert await running.run({}) == [1]
        assert running.has(PATH)


async def test_pings_do_not_wait_for_those_who_are_at_work(
    served: Database, way: Proxy, start: Running
) -> None:
    text = app(served, way.port, SLEEP[served.kind])
    running = await start(text.replace("'}", "', pool_size: 1, max_overflow: 0}", 1))
    engine = await running.comes(PATH)
    asked = asyncio.ensure_future(running.run({}))
    await until(engine.pool.checkedout)
    await until(lambda: way.connections == 2)
    for _ in range(20):  # there is nothing to wait for: it stays as it is
        await asyncio.sleep(0.005)
        assert running.has(PATH)
    assert way.connections == 2
    await running.stop()
    assert isinstance((await asyncio.gather(asked, return_exceptions=True))[0], ResourceLost)


async def test_stopping_waits_for_a_query_as_long_as_it_may(
    served: Database, way: Proxy, start: Running
) -> None:
    sleep = SLEEP[served.kind].replace("60", "0.3")
    running = await start(app(served, way.port, sleep, close_time="20s"))
    engine = await running.comes(PATH)
    asked = asyncio.ensure_future(running.run({}))
    await until(engine.pool.checkedout)
    await running.stop()
    assert asked.done()
    assert asked.exception() is None


async def test_stopping_in_the_middle_cuts_what_takes_longer(
    served: Database, way: Proxy, start: Running, caplog: pytest.LogCaptureFixture
) -> None:
    running = await start(app(served, way.port, SLEEP[served.kind]))
    engine = await running.comes(PATH)
    asked = asyncio.ensure_future(running.run({}))
    await until(engine.pool.checkedout)
    await running.stop()
    with pytest.raises(ResourceLost):
        await asked
    assert not [each for each in caplog.records if each.exc_info]


async def test_stopping_is_bounded_while_a_server_says_nothing(
    served: Database, way: Proxy, start: Running
) -> None:
    running = await start(app(served, way.port, SLEEP[served.kind], ping_interval="1h"))
    engine = await running.comes(PATH)
    asked = asyncio.ensure_future(running.run({}))
    await until(engine.pool.checkedout)
    way.silent = True
    begin = time.monotonic()
    await running.stop()
    assert time.monotonic() - begin < 15
    with pytest.raises(ResourceLost):
        await asked


async def test_a_query_that_is_given_up_frees_its_connection(
    served: Database, way: Proxy, start: Running
) -> None:
    running = await start(app(served, way.port, SLEEP[served.kind]))
    engine = await running.comes(PATH)
    for _ in range(3):
        asked = asyncio.ensure_future(running.run({}))
        await until(engine.pool.checkedout)
        asked.cancel()
        await asyncio.wait({asked})
        await until(lambda: not engine.pool.checkedout())
    assert running.has(PATH)


async def test_a_password_is_never_shown(
    served: Database, way: Proxy, start: Running, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    user = {"postgresql": "postgres", "mariadb": "root"}[served.kind]
    text = app(served, way.port).replace(f"{user}@", f"{user}:sekrit-4711@")
    running = await start(text)
    await until(lambda: caplog.records)
    await until(lambda: running.has(PATH) or "trying again" in caplog.text)
    assert "sekrit" not in caplog.text


async def test_a_file_that_cannot_be_opened_is_waited_for(tmp_path: Path, start: Running) -> None:
    folder = tmp_path / "later"
    running = await start(
        f"""
database:
  engines: {{main: {{engine: {{url: 'sqlite:///{folder}/it.sqlite'}}, retry_interval: 20ms}}}}
pipelines: {{it: [run-query: {{engine: main, query: SELECT 1, fetch: value, output_path: ''}}]}}
"""
    )
    asked = asyncio.ensure_future(running.run({}))
    await asyncio.sleep(0.05)
    assert not running.has(PATH)
    folder.mkdir()
    assert await asked == [1]
