"""What PostgreSQL tells: notifications, locks, and the services that hear of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from piped.dependencies import ResourceDependency
from piped.exceptions import ResourceLost
from piped.interop import settled
from piped.providers.database_listener import lock_number
from piped.providers.database_provider import PostgresListenerService
from piped.testing import check_yaml
from tests.losses import Losses
from tests.proxy import Proxy, proxy

from .databases import LIMIT, App, Database, Running, database, until

pytestmark = pytest.mark.service("postgresql")
PATH = "database.listener.main"


@pytest.fixture
async def postgresql(tmp_path: Path) -> AsyncIterator[Database]:
    async with database("postgresql", tmp_path) as made:
        yield made


@pytest.fixture
async def way(postgresql: Database) -> AsyncIterator[Proxy]:
    async with proxy(postgresql.port) as made:
        yield made


def engine(url: str, **settings: str) -> str:
    given = {"ping_interval": "20ms", "retry_interval": "20ms", **settings}
    options = "".join(f", {name}: {value}" for name, value in given.items())
    return f"database:\n  engines: {{main: {{engine: {{url: '{url}'}}{options}}}}}\n"


def feeding(url: str, options: str = "", **settings: str) -> str:
    return (
        engine(url, **settings)
        + "  listeners: {it: {engine: main, channels: [orders, 'Odd; \"name'],"
        + f" processor: hear{options}}}}}\n"
    )


async def listener_of(app: App) -> Any:
    asker = object()
    found = app.environment.dependency_manager.add_dependency(asker, {"provider": PATH})
    async with asyncio.timeout(LIMIT):
        return await settled(found.wait_for_resource())


async def are_listened_to(postgresql: Database, count: int = 1) -> None:
    """Wait until so many connections are listening for the engine main."""
    query = (
        "SELECT COUNT(*) FROM pg_stat_activity WHERE application_name = 'main-listener'"
        " AND datname = current_database()"
    )
    async with asyncio.timeout(LIMIT):
        while await postgresql.ask(query) != [(count,)]:  # noqa: ASYNC110 - nobody tells us
            await asyncio.sleep(0.01)


async def test_a_notification_is_a_baton(postgresql: Database, start: Running) -> None:
    heard: list[Any] = []
    began: list[Any] = []
    running = await start(
        feeding(postgresql.url, ", initial: began"), hear=heard.append, began=began.append
    )
    await running.comes(PATH)
    await until(lambda: began)
    await postgresql.ask("NOTIFY orders, 'seven'")
    await postgresql.ask('NOTIFY "Odd; ""name", \'eight\'')
    await until(lambda: len(heard) == 2)
    assert [each["payload"] for each in heard] == ["seven", "eight"]
    assert heard[0]["channel"] == "orders"
    assert began == [{"channels": ["orders", 'Odd; "name']}]


async def test_notifications_are_handled_one_after_the_other_and_a_failure_ends_nothing(
    postgresql: Database, start: Running
) -> None:
    heard: list[str] = []
    began: list[Any] = []

    async def hear(baton: Any) -> None:
        heard.append(f"{baton['payload']} begins")
        await asyncio.sleep(0)
        heard.append(f"{baton['payload']} ends")
        raise LookupError(baton["payload"])

    await start(feeding(postgresql.url, ", initial: began"), hear=hear, began=began.append)
    await until(lambda: began)
    for number in range(3):
        await postgresql.ask(f"NOTIFY orders, '{number}'")
    await until(lambda: len(heard) == 6)
    assert heard == [f"{number} {what}" for number in range(3) for what in ("begins", "ends")]


async def test_a_lost_listener_is_found_again_and_listens_anew(
    postgresql: Database, way: Proxy, start: Running, losses: Losses
) -> None:
    heard: list[Any] = []
    began: list[Any] = []
    loss = losses.of("database.listener", "cut")
    running = await start(
        feeding(postgresql.through(way.port), ", initial: began"),
        hear=heard.append,
        began=began.append,
    )
    for number in range(3):
        await until(lambda: len(began) == number + 1)  # noqa: B023 - it is called at once
        await postgresql.ask(f"NOTIFY orders, '{number}'")
        await until(lambda: len(heard) == number + 1)  # noqa: B023
        await way.refuse()
        way.cut()
        with loss.lost():
            await running.goes(PATH)
        await way.open()
        with loss.found():
            await running.comes(PATH)


async def test_a_server_that_says_nothing_any_more_is_lost(
    postgresql: Database, way: Proxy, start: Running, losses: Losses
) -> None:
    loss = losses.of("database.listener", "silent (timeout 200 ms)")
    text = feeding(postgresql.through(way.port), timeout="200ms")
    running = await start(text, hear=print)
    listener = await listener_of(running)
    notifications = await listener.listen(["orders"])
    way.silent = True
    with loss.lost():
        await running.goes(PATH)
    with pytest.raises(ResourceLost):
        await notifications.get()
    with pytest.raises(ResourceLost):
        await listener.listen(["orders"])
    way.cut()
    way.silent = False
    with loss.found():
        await running.comes(PATH)


async def test_a_server_that_comes_late_is_found_and_listened_to(
    postgresql: Database, way: Proxy, start: Running
) -> None:
    heard: list[Any] = []
    began: list[Any] = []
    await way.refuse()
    running = await start(
        feeding(postgresql.through(way.port), ", initial: began"),
        hear=heard.append,
        began=began.append,
    )
    assert not running.has(PATH)
    await way.open()
    await until(lambda: began)
    await postgresql.ask("NOTIFY orders, 'seven'")
    await until(lambda: heard)


async def test_a_slow_server_is_no_lost_one(
    postgresql: Database, way: Proxy, start: Running
) -> None:
    way.latency = 0.02
    listener = await listener_of(await start(engine(postgresql.through(way.port), timeout="20s")))
    notifications = await listener.listen(["orders"])
    for number in range(5):
        await postgresql.ask(f"NOTIFY orders, '{number}'")
        assert (await notifications.get()).payload == str(number)
        assert await asyncio.wait_for(listener.wait_for_advisory_lock("it"), LIMIT) is None
        assert await listener.release_lock("it")


@pytest.mark.parametrize("state", ["waiting", "silent", "cut"])
async def test_stopping_ends_all_waiting_whatever_the_server_does(
    postgresql: Database, way: Proxy, start: Running, state: str
) -> None:
    app = await start(engine(postgresql.through(way.port), close_time="20ms", timeout="200ms"))
    listener = await listener_of(app)
    other = await listener_of(await start(engine(postgresql.url)))
    await other.wait_for_advisory_lock("it")
    notifications = await listener.listen(["orders"])
    waiting = [
        asyncio.ensure_future(notifications.get()),
        asyncio.ensure_future(listener.wait_for_advisory_lock("it")),
    ]
    await asyncio.sleep(0)
    if state == "silent":
        way.silent = True
    elif state == "cut":
        await way.refuse()
        way.cut()
    async with asyncio.timeout(LIMIT):
        await app.stop()
        for each in waiting:
            with pytest.raises(ResourceLost):
                await each


async def test_nobody_listens_unless_asked(postgresql: Database, start: Running) -> None:
    running = await start(engine(postgresql.url))
    await running.comes("database.engine.main")
    await are_listened_to(postgresql, 0)
    await listener_of(running)
    await are_listened_to(postgresql, 1)


async def test_several_listen_to_what_they_like(postgresql: Database, start: Running) -> None:
    listener = await listener_of(await start(engine(postgresql.url, ping_interval="1h")))
    one, two = await listener.listen(["a", "b"]), await listener.listen(["b"])
    for channel in "abc":
        await postgresql.ask(f"NOTIFY {channel}")
    assert [(await one.get()).channel, (await one.get()).channel] == ["a", "b"]
    assert (await two.get()).channel == "b"
    await listener.unlisten(one)
    await postgresql.ask("NOTIFY a")
    await postgresql.ask("NOTIFY b")
    assert (await two.get()).channel == "b"
    await listener.unlisten(two)
    await listener.unlisten(two)


async def test_what_one_is_too_slow_for_waits_in_the_server(
    postgresql: Database, start: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("piped.providers.database_listener._MOST", 2)
    listener = await listener_of(await start(engine(postgresql.url, ping_interval="1h")))
    slow = await listener.listen(["a"])
    for number in range(3):
        for one in range(4):
            await postgresql.ask(f"NOTIFY a, '{4 * number + one}'")
        await until(lambda: slow.is_full)
        for one in range(4):
            assert (await slow.get()).payload == str(4 * number + one)


async def test_a_lock_is_held_by_one_at_a_time_here_and_elsewhere(
    postgresql: Database, start: Running
) -> None:
    mine = await listener_of(await start(engine(postgresql.url)))
    other = await listener_of(await start(engine(postgresql.url)))
    await mine.wait_for_advisory_lock("it")
    waiting = [asyncio.ensure_future(each.wait_for_advisory_lock("it")) for each in (mine, other)]
    query = (
        f"SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = {lock_number('it')}"
    )
    assert await postgresql.ask(query) == [(1,)]
    assert not any(each.done() for each in waiting)
    assert await mine.release_lock("it")
    done, left = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    assert len(done) == len(left) == 1
    winner, loser = (mine, other) if waiting[0] in done else (other, mine)
    assert await winner.release_lock("it")
    await left.pop()
    assert await loser.release_lock("it")
    assert not await loser.release_lock("it")


async def test_a_lock_goes_with_its_connection(
    postgresql: Database, way: Proxy, start: Running
) -> None:
    app = await start(engine(postgresql.through(way.port)))
    mine = await listener_of(app)
    other = await listener_of(await start(engine(postgresql.url)))
    await mine.wait_for_advisory_lock("it")
    waiting = asyncio.ensure_future(mine.wait_for_advisory_lock("other"))
    await waiting
    await way.refuse()
    way.cut()
    async with asyncio.timeout(LIMIT):
        await other.wait_for_advisory_lock("it")
    await app.goes(PATH)
    assert not await mine.release_lock("it")


def test_the_number_of_a_lock_is_what_it_was_in_2017() -> None:
    assert lock_number("it") == 0x0D149B90


class Orders(PostgresListenerService):
    """One that somebody wrote."""

    channels = ("orders", "others")
    lock_name = "orders"
    service_name = "orders"

    def __init__(self, heard: list[Any]) -> None:
        super().__init__()
        self.heard = heard
        self.listener_dependency = ResourceDependency(PATH)

    def process_initial(self) -> None:
        self.heard.append("initial")

    async def handle_orders(self, payload: Any) -> None:
        if payload == "bad":
            raise LookupError(payload)
        self.heard.append(payload)


async def test_a_service_of_ones_own_hears_what_is_json_for_its_handlers(
    postgresql: Database, start: Running, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[Any] = []
    running = await start(engine(postgresql.url))
    service = Orders(heard)
    service.configure(running.environment)
    service.setServiceParent(running.environment.application)
    await until(lambda: heard)
    for channel, payload in (
        ("orders", '{"id": 7}'),
        ("orders", "no json"),
        ("others", "{}"),
        ("orders", '"bad"'),
        ("orders", "8"),
    ):
        await postgresql.ask(f"NOTIFY {channel}, '{payload}'")
    await until(lambda: 8 in heard)
    assert heard == ["initial", {"id": 7}, 8]
    assert "a payload of 'orders' is no JSON" in caplog.text
    assert "there is no handle_others" in caplog.text
    assert "LookupError: bad" in caplog.text


async def test_of_services_with_one_lock_one_runs(postgresql: Database, start: Running) -> None:
    first: list[Any] = []
    second: list[Any] = []
    one, two = await start(engine(postgresql.url)), await start(engine(postgresql.url))
    for running, heard in ((one, first), (two, second)):
        service = Orders(heard)
        service.configure(running.environment)
        service.setServiceParent(running.environment.application)
        await until(lambda: first)
    await postgresql.ask("NOTIFY orders, '7'")
    await until(lambda: first == ["initial", 7])
    assert second == []
    await one.stop()
    await until(lambda: second == ["initial"])


def test_a_service_without_a_listener_is_a_mistake() -> None:
    service = PostgresListenerService()
    with pytest.raises(RuntimeError, match="`listener_dependency` is to be set"):
        service.configure(None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (feeding("sqlite://"), "database.engines.main is no PostgreSQL by psycopg"),
        (feeding("postgresql://h/n").replace("engine: main", "engine: mian"), "main'"),
        (feeding("postgresql://h/n").replace("[orders,", "['',"), "`channels` names at least one"),
        (feeding("postgresql://h/n").replace("orders", "o" * 64), "at most 63 bytes"),
    ],
)
def test_wrong_settings_are_problems(text: str, said: str) -> None:
    found = check_yaml(text, hear=print)
    assert any(said in each for each in found), found
