"""What several processes agree on by ZooKeeper: groups, locks and leaders."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from kazoo.client import KazooClient
from kazoo.security import READ_ACL_UNSAFE

from piped.exceptions import ResourceLost
from piped.options import ResourceName
from piped.providers.zookeeper_provider import ZooKeeperProvider
from piped.providers.zookeeper_settings import (
    ClientName,
    Leader,
    Lock,
    Membership,
    ZooKeeperSettings,
)
from tests.proxy import Proxy, proxy
from tests.zookeeper_server import Server

from .conftest import Start
from .running import stop
from .zookeeper_trying import LONG, SHORT, Need, client_of, section, threads, until

pytestmark = [pytest.mark.service("zookeeper"), pytest.mark.timeout(120)]
IT = ClientName("it")
LEADER, LOCK, GROUP = (f"zookeeper.{each}.it" for each in ("leader", "lock", "membership"))


@pytest.fixture
def zookeeper(zookeeper_server: Server) -> Server:
    """It runs, when the test begins, and has nothing of ours."""
    if not zookeeper_server.answers():
        zookeeper_server.kill()
        zookeeper_server.start()
    kazoo = KazooClient(f"127.0.0.1:{zookeeper_server.port}")
    kazoo.start()
    kazoo.delete("/together", recursive=True)
    kazoo.stop()
    kazoo.close()
    return zookeeper_server


@pytest.fixture
async def network(zookeeper: Server) -> AsyncIterator[Proxy]:
    async with proxy(zookeeper.port) as one:
        yield one


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    yield
    assert threads() == []


def settings(
    port: int, *, data: Any = None, session: float = LONG, **membership: Any
) -> dict[Any, Any]:
    """One process: a client, a group, a lock, and an election."""
    group = Membership(client=IT, path="/together/group", data=data, **membership)
    return {
        ZooKeeperProvider: ZooKeeperSettings(
            clients={"it": client_of(port, session_timeout=session)},
            memberships={"it": group},
            locks={"it": Lock(client=IT, path="/together/lock")},
            leaders={"it": Leader(client=IT, path="/together/leader", name=str(data))},
        )
    }


def told(group: Any) -> list[Any]:
    return sorted(group.members.values(), key=str)


# Leaders


async def test_one_leads_and_when_it_goes_the_next_one_does(
    start: Start, zookeeper: Server
) -> None:
    processes = [await start(settings(zookeeper.port)) for _ in range(3)]
    needs = [Need(each, LEADER) for each in processes]
    tokens = []
    for _ in range(3):
        await until(lambda: leading(needs))
        [first] = leading(needs)
        held = needs[first].dependency.get_resource()
        assert held.path == "/together/leader"
        tokens.append(held.token)
        needs.pop(first)
        await stop(processes.pop(first))
    assert tokens == sorted(set(tokens))


def leading(needs: list[Need]) -> list[int]:
    found = [at for at, each in enumerate(needs) if each.dependency.is_ready]
    assert len(found) < 2
    return found


async def test_one_who_is_cut_off_leads_no_more_before_another_does(
    start: Start, zookeeper: Server, network: Proxy
) -> None:
    cut_off = Need(await start(settings(network.port, session=SHORT)), LEADER)
    first = await cut_off.ready()
    other = Need(await start(settings(zookeeper.port)), LEADER)
    network.silent = True
    needs = [cut_off, other]
    await until(lambda: leading(needs) == [1])  # `leading` never sees two
    assert other.dependency.get_resource().token > first.token
    network.silent = False
    network.cut()
    assert not cut_off.dependency.is_ready


async def test_one_whose_session_lives_on_leads_again(start: Start, network: Proxy) -> None:
    need = Need(await start(settings(network.port)), LEADER)
    before = await need.ready()
    network.cut()
    await need.lost()
    assert (await need.ready()).token == before.token


async def test_one_whose_node_is_removed_leads_no_more_and_stands_again(
    start: Start, zookeeper: Server
) -> None:
    environment = await start(settings(zookeeper.port))
    need = Need(environment, LEADER)
    before = await need.ready()
    client = await Need(environment).ready()
    [node] = await client.get_children("/together/leader")
    await client.delete(f"/together/leader/{node}")
    await until(lambda: need.was == ["ready", "lost", "ready"])
    assert need.dependency.get_resource().token > before.token


async def test_after_a_session_has_expired_one_stands_again(
    start: Start, zookeeper: Server, network: Proxy
) -> None:
    need = Need(await start(settings(network.port, session=SHORT)), LEADER)
    await need.ready()
    other = Need(await start(settings(zookeeper.port)), LEADER)
    await network.refuse()
    network.cut()
    await other.ready()  # the session of the first has expired
    await network.open()
    client = Need(await start(section(zookeeper.port)))
    async with asyncio.timeout(30):
        while len(await (await client.ready()).get_children("/together/leader")) < 2:
            pass
    assert not need.dependency.is_ready


async def test_elections_of_kazoo_are_the_same(start: Start, zookeeper: Server) -> None:
    kazoo = KazooClient(f"127.0.0.1:{zookeeper.port}")
    kazoo.start()
    try:
        lock = kazoo.Lock("/together/leader", "the other")
        assert await asyncio.to_thread(lock.acquire, timeout=30)
        need = Need(await start(settings(zookeeper.port, data="ours")), LEADER)
        client = await Need(await start(section(zookeeper.port))).ready()
        while len(await client.get_children("/together/leader")) < 2:
            assert not need.dependency.is_ready
        assert lock.contenders() == ["the other", "ours"]
        await asyncio.to_thread(lock.release)
        await need.ready()
    finally:
        await asyncio.to_thread(kazoo.stop)
        kazoo.close()


async def test_when_the_server_is_killed_nobody_leads_and_afterwards_one_does(
    start: Start, zookeeper: Server
) -> None:
    needs = [Need(await start(settings(zookeeper.port)), LEADER) for _ in range(3)]
    for _ in range(3):
        await until(lambda: len(leading(needs)) == 1)
        zookeeper.kill()
        await until(lambda: not leading(needs))
        zookeeper.start()
    await until(lambda: len(leading(needs)) == 1)


# Locks


async def test_one_at_a_time_has_a_lock(start: Start, zookeeper: Server) -> None:
    locks = [await Need(await start(settings(zookeeper.port)), LOCK).ready() for _ in range(2)]
    inside = most = 0
    tokens: list[int] = []

    async def work(lock: Any) -> None:
        nonlocal inside, most
        async with lock.held() as held:
            inside += 1
            most = max(most, inside)
            tokens.append(held.token)
            await asyncio.sleep(0.001)
            inside -= 1

    await asyncio.gather(*(work(lock) for lock in locks * 10))
    assert most == 1
    assert tokens == sorted(set(tokens))
    assert len(tokens) == 20


async def test_what_is_done_with_a_lock_ends_when_it_is_lost(start: Start, network: Proxy) -> None:
    need = Need(await start(settings(network.port)), LOCK)
    lock = await need.ready()
    ended: list[str] = []

    async def work() -> None:
        async with lock.held():
            network.cut()
            try:
                await asyncio.sleep(30)
            finally:
                ended.append("cancelled")

    with pytest.raises(ResourceLost, match=r"zookeeper\.lock\.it was lost while it was held"):
        await work()
    assert ended == ["cancelled"]
    async with asyncio.timeout(30):
        await need.lost()
        async with (await need.ready()).held():
            pass


async def test_what_fails_with_a_lock_gives_it_back(start: Start, zookeeper: Server) -> None:
    environment = await start(settings(zookeeper.port))
    lock = await Need(environment, LOCK).ready()

    async def fail() -> None:
        async with lock.held():
            raise TimeoutError("mine")

    with pytest.raises(TimeoutError, match="mine"):
        await fail()
    async with lock.held():
        with pytest.raises(TimeoutError):
            await within(0.01, lock)
    client = await Need(environment).ready()
    assert await client.get_children("/together/lock") == []


async def within(seconds: float, lock: Any) -> None:
    async with asyncio.timeout(seconds), lock.held():
        pytest.fail("somebody else has it")


# Groups


async def test_members_know_each_other(start: Start, zookeeper: Server) -> None:
    first = await start(settings(zookeeper.port, data={"endpoint": "one"}))
    group = await Need(first, GROUP).ready()
    await until(lambda: told(group) == [{"endpoint": "one"}])
    changes: list[Any] = []
    group.on_changed += changes.append
    second = await start(settings(zookeeper.port, data={"endpoint": "two"}, name="ada"))
    await until(lambda: told(group) == [{"endpoint": "one"}, {"endpoint": "two"}])
    assert any(each.startswith("ada-") for each in group.members)
    await stop(second)
    await until(lambda: told(group) == [{"endpoint": "one"}])
    assert [len(each) for each in changes] == [2, 1]


async def test_one_who_only_looks_is_no_member(start: Start, zookeeper: Server) -> None:
    looking = await start(settings(zookeeper.port, join=False))
    group = await Need(looking, GROUP).ready()
    assert told(group) == []
    assert group.is_current
    await start(settings(zookeeper.port, data=1))
    await until(lambda: told(group) == [1])


async def test_a_member_needs_what_it_needs(start: Start, zookeeper: Server) -> None:
    group = await Need(await start(settings(zookeeper.port, join=False)), GROUP).ready()
    needs = [ResourceName("database")]
    environment = await start(settings(zookeeper.port, data=1, needs=needs), database="here")
    await until(lambda: told(group) == [1])
    database = environment.resource_manager.get_registered_resources()["database"]
    database.lost("it is gone")
    await until(lambda: told(group) == [])
    database.ready("again")
    await until(lambda: told(group) == [1])


async def test_a_member_leaves_before_anything_is_stopped(start: Start, zookeeper: Server) -> None:
    group = await Need(await start(settings(zookeeper.port, join=False)), GROUP).ready()
    environment = await start(settings(zookeeper.port, data=1))
    await until(lambda: told(group) == [1])
    await environment.on_stopping()
    assert environment.application.running
    await until(lambda: told(group) == [])


async def test_a_member_whose_session_has_expired_joins_again(
    start: Start, zookeeper: Server, network: Proxy
) -> None:
    group = await Need(await start(settings(zookeeper.port, join=False)), GROUP).ready()
    await start(settings(network.port, data=1, session=SHORT))
    await until(lambda: told(group) == [1])
    await network.refuse()
    network.cut()
    await until(lambda: told(group) == [])
    await network.open()
    await until(lambda: told(group) == [1])


async def test_a_member_whose_node_is_removed_joins_again(start: Start, zookeeper: Server) -> None:
    environment = await start(settings(zookeeper.port, data=1))
    group = await Need(environment, GROUP).ready()
    await until(lambda: told(group) == [1])
    client = await Need(environment).ready()
    [name] = group.members
    node = f"/together/group/{name}"
    before = await client.exists(node)
    await client.delete(node)
    again = asyncio.Event()
    while (stat := await client.exists(node, watch=lambda _: again.set())) is None:
        await again.wait()
    assert stat.czxid > before.czxid


async def test_what_was_known_stays_known_while_zookeeper_is_gone(
    start: Start, zookeeper: Server
) -> None:
    environment = await start(settings(zookeeper.port, data=1))
    need = Need(environment, GROUP)
    group = await need.ready()
    await until(lambda: told(group) == [1])
    zookeeper.kill()
    await Need(environment).lost()
    assert (told(group), group.is_current) == ([1], False)
    zookeeper.start()
    await until(lambda: group.is_current)
    await until(lambda: told(group) == [1])
    assert need.was == ["ready"]


async def test_a_change_of_what_others_tell_is_heard(start: Start, zookeeper: Server) -> None:
    environment = await start(settings(zookeeper.port, data=1))
    group = await Need(environment, GROUP).ready()
    client = await Need(environment).ready()
    await client.create("/together/group/foreign", b"\xff")
    await until(lambda: group.members.get("foreign") == b"\xff")
    await client.set("/together/group/foreign", b'{"a": 2}')
    await until(lambda: group.members.get("foreign") == {"a": 2})


async def test_what_is_not_allowed_is_said_and_tried_again(
    start: Start, zookeeper: Server, caplog: pytest.LogCaptureFixture
) -> None:
    kazoo = KazooClient(f"127.0.0.1:{zookeeper.port}")
    kazoo.start()
    try:
        kazoo.create("/together", acl=READ_ACL_UNSAFE)
        await start(settings(zookeeper.port, data=1))
        await until(lambda: caplog.text.count("not allowed to do this") >= 2)
        assert "Traceback" not in caplog.text
    finally:
        kazoo.stop()
        kazoo.close()
