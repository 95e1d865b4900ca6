"""Clients of ZooKeeper, beside a server that is killed, stalled, and started again."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
import struct
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
import trustme
from kazoo.exceptions import NodeExistsError, NoNodeError, NotEmptyError

from piped.exceptions import ResourceLost, UnfitBaton
from piped.options import ResourceName
from piped.providers.zookeeper_provider import ZooKeeperProvider
from piped.providers.zookeeper_settings import (
    ACL,
    Auth,
    Client,
    Events,
    Tls,
    ZooKeeperSettings,
)
from piped.secret import Secret
from piped.testing.clock import ManualClock
from tests.losses import Losses
from tests.proxy import Proxy, proxy
from tests.zookeeper_server import Server

from .conftest import Start
from .running import stop
from .zookeeper_trying import SHORT, Need, section, threads, until

pytestmark = [pytest.mark.service("zookeeper"), pytest.mark.timeout(120)]


@pytest.fixture
def zookeeper(zookeeper_server: Server) -> Iterator[Server]:
    """It runs, when the test begins."""
    if not zookeeper_server.answers():
        zookeeper_server.kill()
        zookeeper_server.start()
    yield zookeeper_server
    zookeeper_server.go_on()


@pytest.fixture
async def network(zookeeper: Server) -> AsyncIterator[Proxy]:
    async with proxy(zookeeper.port) as one:
        yield one


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    yield
    assert threads() == []


async def test_nodes_are_made_read_changed_and_removed(start: Start, zookeeper: Server) -> None:
    client = await Need(await start(section(zookeeper.port, "/nodes"))).ready()
    assert await client.exists("/a") is None
    with pytest.raises(NoNodeError, match="there is no node '/a/b'"):
        await client.create("/a/b", b"one")
    assert await client.create_recursive("/a/b", b"one") == "/a/b"
    data, stat = await client.get("/a/b")
    assert (data, stat.version) == (b"one", 0)
    await client.set("/a/b", b"two")
    assert (await client.get("/a/b"))[0] == b"two"
    assert await client.get_children("/a/") == ["b"]
    with pytest.raises(NodeExistsError, match="'/a' is there already"):
        await client.create("/a")
    with pytest.raises(NotEmptyError):
        await client.delete("/a")
    await client.delete_recursive("/a")
    await client.delete_recursive("/a")
    assert await client.exists("/a") is None
    assert (await client.create("/s-", sequence=True)).startswith("/s-00000")
    await client.delete_recursive("/")


@pytest.mark.parametrize("path", ["", "a", "//", "/a//b", "/a/../b", "/a\0", None, 3])
async def test_what_is_no_path_is_not_sent(start: Start, zookeeper: Server, path: str) -> None:
    client = await Need(await start(section(zookeeper.port))).ready()
    with pytest.raises(UnfitBaton, match="is no path of a node"):
        client.get(path)


async def test_too_much_data_are_not_sent_since_all_would_lose_the_connection(
    start: Start, zookeeper: Server
) -> None:
    need = Need(await start(section(zookeeper.port)))
    client = await need.ready()
    with pytest.raises(UnfitBaton, match="2000000 bytes of data for the node '/big'"):
        await client.create("/big", b"x" * 2_000_000)
    await client.create("/big", b"x" * 1_000_000)
    await client.delete("/big")
    assert need.was == ["ready"]


async def test_a_client_that_begins_before_the_server_waits_for_it(
    start: Start, network: Proxy, caplog: pytest.LogCaptureFixture
) -> None:
    await network.refuse()
    need = Need(await start(section(network.port)))
    await until(lambda: "refused" in caplog.text)
    assert not need.dependency.is_ready
    await network.open()
    client = await need.ready()
    assert await client.exists("/zookeeper") is not None
    assert caplog.text.count("refused") == 1
    assert "Traceback" not in caplog.text


async def test_a_connection_that_is_cut_is_lost_and_found_again_with_its_session(
    start: Start, network: Proxy, losses: Losses
) -> None:
    need = Need(await start(section(network.port)))
    before = await need.ready()
    loss = losses.of("zookeeper.client", "cut")
    await network.refuse()
    network.cut()
    with loss.lost():
        await need.lost()
    with pytest.raises(ResourceLost, match=r"zookeeper\.client\.it: the connection is lost"):
        await before.get("/")
    await network.open()
    with loss.found():
        after = await need.ready()
    assert after is not before
    assert after.session == before.session
    assert before.is_lost
    assert need.was == ["ready", "lost", "ready"]


async def test_a_server_that_is_killed_comes_back_and_so_does_the_client(
    start: Start, zookeeper: Server, caplog: pytest.LogCaptureFixture, losses: Losses
) -> None:
    need = Need(await start(section(zookeeper.port)))
    client = await need.ready()
    await client.create_recursive("/kept/here", b"still")
    loss = losses.of("zookeeper.client", "the server is killed")
    zookeeper.kill()
    with loss.lost():
        await need.lost()
    zookeeper.start()
    with loss.found():
        client = await need.ready()
    assert (await client.get("/kept/here"))[0] == b"still"
    await client.delete_recursive("/kept")
    assert "Traceback" not in caplog.text


async def test_calls_in_flight_when_the_server_is_killed_all_come_to_an_end(
    start: Start, zookeeper: Server
) -> None:
    need = Need(await start(section(zookeeper.port)))
    for _ in range(3):
        client = await need.ready()
        calls = [client.exists("/zookeeper") for _ in range(5_000)]
        await asyncio.wait(calls[:500])
        zookeeper.kill()
        async with asyncio.timeout(30):
            ends = await asyncio.gather(*calls, return_exceptions=True)
        failed = [each for each in ends if isinstance(each, Exception)]
        assert {type(each) for each in failed} <= {ResourceLost}
        await need.lost()
        zookeeper.start()


async def test_more_calls_than_are_taken_do_not_stop_the_loop(
    start: Start, zookeeper: Server
) -> None:
    need = Need(await start(section(zookeeper.port, session_timeout=SHORT)))
    client = await need.ready()
    zookeeper.stall()
    calls = [client.create("/never", b"x" * 20_000) for _ in range(2_000)]
    await need.lost()
    ends = await asyncio.gather(*calls, return_exceptions=True)
    assert {type(each) for each in ends} == {ResourceLost}


async def test_with_several_servers_it_goes_on_at_another(
    start: Start, zookeeper: Server, network: Proxy
) -> None:
    async with proxy(zookeeper.port) as other:
        servers = [f"127.0.0.1:{each.port}/several" for each in (network, other)]
        client = Client(servers=servers, timeout=2.0, initial_delay=0.05)
        given: dict[Any, Any] = {ZooKeeperProvider: ZooKeeperSettings(clients={"it": client})}
        need = Need(await start(given))
        before = await need.ready()
        here, there = (network, other) if network.connections else (other, network)
        await here.refuse()
        here.cut()
        await need.lost()
        after = await need.ready()
        assert there.connections
        assert after.session == before.session
        await after.create_recursive("/a")
        await after.delete_recursive("/")


async def test_a_connection_that_is_only_half_open_is_noticed(
    start: Start, network: Proxy, losses: Losses
) -> None:
    need = Need(await start(section(network.port, session_timeout=SHORT)))
    client = await need.ready()
    loss = losses.of("zookeeper.client", f"silent (session_timeout {SHORT:g} s)")
    network.silent = True
    under_way = client.get("/")
    with loss.lost():
        await need.lost()
    with pytest.raises(ResourceLost):
        await under_way
    network.silent = False
    network.cut()
    with loss.found():
        await need.ready()


async def test_a_server_that_lets_an_attempt_go_by_is_tried_again(
    start: Start, network: Proxy
) -> None:
    network.silent = True
    need = Need(await start(section(network.port, timeout=0.5, session_timeout=60.0)))
    await until(lambda: network.connections > 2)
    network.silent = False
    await need.ready()


async def test_a_slow_network_is_no_reason_to_lose_the_connection(
    start: Start, network: Proxy
) -> None:
    network.latency = 0.1
    need = Need(await start(section(network.port)))
    client = await need.ready()
    await asyncio.gather(*(client.exists("/zookeeper") for _ in range(100)))
    assert need.was == ["ready"]


async def test_a_session_that_has_expired_is_another_one_afterwards(
    start: Start, zookeeper: Server, network: Proxy
) -> None:
    watching = await start(section(zookeeper.port))
    other = await Need(watching).ready()
    need = Need(await start(section(network.port, session_timeout=SHORT)))
    before = await need.ready()
    expired = await end_of_session(before, other)
    await network.refuse()
    network.cut()
    await expired.wait()
    await network.open()
    after = await need.ready()
    assert after.session != before.session
    assert await after.exists("/session") is None


@pytest.mark.parametrize("state", ["connected", "stalled", "cut", "refused", "black hole"])
async def test_stopping_takes_no_longer_than_it_may(
    start: Start, network: Proxy, clock: ManualClock, state: str
) -> None:
    settings = section(network.port, close_time=0.2, session_timeout=60.0, timeout=60.0)
    if state == "black hole":
        network.silent = True
    environment = await start(settings)
    if state == "black hole":
        await until(lambda: network.connections)
    else:
        client = await Need(environment).ready()
    if state == "stalled":
        network.silent = True
        under_way = client.get("/")
    if state == "refused":
        await network.refuse()
    if state in {"refused", "cut"}:
        network.cut()
    begin = time.monotonic()
    await stop(environment)
    # It must not wait for the end of the session.
    assert time.monotonic() - begin < 20
    assert threads() == []
    if state == "stalled":
        with pytest.raises(ResourceLost):
            await under_way


async def test_one_who_waits_for_a_machine_that_is_silent_is_stopped_at_once(start: Start) -> None:
    with socket.socket() as full, ExitStack() as waiting:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(8):  # those for whom there is no room are not answered
            one = waiting.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        port = full.getsockname()[1]
        environment = await start(section(port, session_timeout=60.0, timeout=60.0))
        await until(threads)
        begin = time.monotonic()
        await stop(environment)
        assert time.monotonic() - begin < 20
        assert threads() == []


async def test_a_thread_that_cannot_be_ended_is_said_and_left(
    start: Start, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    goes_on = threading.Event()

    def look_up(*_: object) -> list[Any]:
        goes_on.wait(60)
        return []

    monkeypatch.setattr("kazoo.protocol.connection.socket.getaddrinfo", look_up)
    monkeypatch.setattr("piped.providers.zookeeper_client._GRACE", 0.1)
    environment = await start(section(1))
    await until(threads)
    await stop(environment)
    assert "a thread is still looking for the servers' names" in caplog.text
    goes_on.set()
    await until(lambda: not threads())


async def test_stopping_ends_the_session_at_once(start: Start, zookeeper: Server) -> None:
    other = await Need(await start(section(zookeeper.port))).ready()
    environment = await start(section(zookeeper.port))
    client = await Need(environment).ready()
    await client.create("/mine", ephemeral=True)
    await stop(environment)
    assert await other.exists("/mine") is None


# A new session; then an answer to what was never asked.
GREETING = struct.pack(">iiiqi16s?", 37, 0, 4000, 1, 16, b"", False)
ANSWERS = {
    "http": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "nonsense": b"\0\0\0\x04oops" * 10,
    "a wrong answer": GREETING + struct.pack(">iiqi", 16, 77, 1, 0),
}


@pytest.mark.parametrize("said", ANSWERS)
async def test_what_answers_may_be_something_else(
    start: Start, clock: ManualClock, caplog: pytest.LogCaptureFixture, said: str
) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            await reader.read(100)
            writer.write(ANSWERS[said])
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        environment = await start(section(server.sockets[0].getsockname()[1]))
        need = Need(environment)
        await until(lambda: "zookeeper.client.it:" in caplog.text, clock)
        await stop(environment)
    assert need.was == []
    assert "Traceback" not in caplog.text


async def test_who_logs_in_may_do_what_others_may_not(
    start: Start, zookeeper: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    mine = [ACL(perms="all", scheme="auth")]
    auth = {"auth": Secret("digest:ada:engines"), "default_encoded_acls": mine}
    client = await Need(await start(section(zookeeper.port, "/own", **auth))).ready()
    other = await Need(await start(section(zookeeper.port, "/own"))).ready()
    await client.create_recursive("/secret", b"42")
    assert (await client.get("/secret"))[0] == b"42"
    with pytest.raises(Exception, match="not allowed to do this with the node '/secret'"):
        await other.get("/secret")
    await client.set_acls("/secret", [*mine, ACL(perms=["read"])])
    assert (await other.get("/secret"))[0] == b"42"
    acls, _ = await client.get_acls("/secret")
    assert {each.id.scheme for each in acls} == {"digest", "world"}
    await client.delete("/secret")
    assert "engines" not in caplog.text


async def test_the_login_holds_after_a_connection_was_lost(start: Start, network: Proxy) -> None:
    settings = section(network.port, auth=[Auth(scheme="digest", identity=Secret("ada:engines"))])
    need = Need(await start(settings))
    client = await need.ready()
    await client.create("/hers", b"42", [ACL(perms="all", scheme="auth")])
    await network.refuse()
    network.cut()
    await need.lost()
    await network.open()
    client = await need.ready()
    assert (await client.get("/hers"))[0] == b"42"
    await client.delete("/hers")


async def test_a_connection_may_be_one_of_tls(
    start: Start, zookeeper: Server, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    authority, wrong = trustme.CA(), trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    wrong.cert_pem.write_to_path(tmp_path / "wrong.pem")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    async with proxy(zookeeper.port, context) as network:
        trusting = section(network.port, tls=Tls(ca=tmp_path / "ca.pem"))
        client = await Need(await start(trusting)).ready()
        for _ in range(20):  # several answers come in one record
            await asyncio.gather(*(client.exists("/zookeeper") for _ in range(200)))
        other = Need(await start(section(network.port, tls=Tls(ca=tmp_path / "wrong.pem"))))
        await until(lambda: "certificate verify failed" in caplog.text)
        assert other.was == []


async def test_a_login_that_is_not_accepted_is_said_and_tried_again(
    start: Start, zookeeper: Server, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    settings = section(zookeeper.port, auth=Secret("nonsense:ada:engines"))
    need = Need(await start(settings))
    await until(lambda: caplog.text.count("the server does not accept `auth`") > 1, clock)
    assert need.was == []
    assert "engines" not in caplog.text


async def test_events_of_a_session_are_batons(
    start: Start, zookeeper: Server, network: Proxy
) -> None:
    heard: list[str] = []
    clients = {}

    def hear(baton: dict[str, object]) -> None:
        heard.append(str(baton["event"]))
        clients[baton["event"]] = baton["client"]

    every = ["starting", "stopping", "connected", "reconnecting", "reconnected", "expired"]
    events = Events(**{event: ResourceName("hear") for event in every})
    environment = await start(section(network.port, events=events, session_timeout=4.0), hear=hear)
    need = Need(environment)
    await need.ready()
    await network.refuse()
    network.cut()
    await need.lost()
    await network.open()
    client = await need.ready()
    expired = await end_of_session(client, await Need(await start(section(zookeeper.port))).ready())
    await until(lambda: heard == ["starting", "connected", "reconnecting", "reconnected"])
    await network.refuse()
    network.cut()
    await need.lost()
    await expired.wait()
    await network.open()
    await need.ready()
    await until(lambda: heard[4:] == ["reconnecting", "expired", "connected"])
    await stop(environment)
    assert heard[7:] == ["stopping"]
    assert clients["stopping"] is clients["connected"]
    assert clients["expired"] is None


async def end_of_session(client: Any, other: Any) -> asyncio.Event:
    """What is set when the server ends the session of a client."""
    ended = asyncio.Event()
    await client.create("/session", ephemeral=True)
    await other.exists("/session", watch=lambda _: ended.set())
    return ended


async def test_a_session_may_be_given_up_with_its_connection(
    start: Start, network: Proxy, clock: ManualClock
) -> None:
    need = Need(await start(section(network.port, reuse_session=False)))
    before = await need.ready()
    network.cut()
    await need.lost()
    after = await need.ready(clock)
    assert after.session != before.session


async def test_reads_are_kept_until_something_changes(start: Start, network: Proxy) -> None:
    need = Need(await start(section(network.port, "/cached")))
    client = await need.ready()
    changed: list[str] = []
    client.on_changed += changed.append
    assert await client.cached_exists("/a") is None
    await client.create_recursive("/a/b", b"one")
    assert changed == ["/a"]
    assert (await client.cached_exists("/a")).version == 0
    assert await client.cached_get_children("/a") == ["b"]
    first, second = await asyncio.gather(client.cached_get("/a/b"), client.cached_get("/a/b"))
    assert first == second
    network.silent = True  # nothing is asked
    assert (await client.cached_get("/a/b"))[0] == b"one"
    assert await client.cached_get_children("/a") == ["b"]
    network.silent = False
    await client.set("/a/b", b"two")
    assert (await client.cached_get("/a/b"))[0] == b"two"
    await client.create("/a/c")
    assert sorted(await client.cached_get_children("/a")) == ["b", "c"]
    with pytest.raises(NoNodeError):
        await client.cached_get("/a/d")
    await client.create("/a/d", b"now")
    assert (await client.cached_get("/a/d"))[0] == b"now"
    await client.delete_recursive("/a")


async def test_what_was_read_over_a_lost_connection_holds_no_more(
    start: Start, zookeeper: Server, network: Proxy
) -> None:
    other = await Need(await start(section(zookeeper.port))).ready()
    need = Need(await start(section(network.port)))
    client = await need.ready()
    await other.create("/told", b"one")
    assert (await client.cached_get("/told"))[0] == b"one"
    await network.refuse()
    network.cut()
    await need.lost()
    await other.set("/told", b"two")
    with pytest.raises(ResourceLost):
        await client.cached_get("/told")
    await network.open()
    client = await need.ready()
    assert (await client.cached_get("/told"))[0] == b"two"
    await other.delete("/told")
