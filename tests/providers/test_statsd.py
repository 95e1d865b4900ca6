"""Clients of StatsD, and servers that are real sockets."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from piped.providers.metrics_provider import MetricsProvider
from piped.providers.metrics_settings import MetricsSettings, Reporter
from piped.providers.statsd_client import StatsdClient
from piped.providers.statsd_provider import StatsdProvider
from piped.providers.statsd_settings import StatsdSettings
from piped.testing import YamlEnvironment
from piped.testing.clock import ManualClock

from .conftest import Start

LIMIT = 20  # seconds; never reached when all is well


class Server:
    """What listens on UDP."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((host, port))
        self._socket.setblocking(False)
        self.port: int = self._socket.getsockname()[1]
        self.packets: list[str] = []

    async def packet(self, clock: ManualClock) -> str:
        """The next one; time passes meanwhile."""
        loop = asyncio.get_running_loop()
        receiving = asyncio.ensure_future(loop.sock_recv(self._socket, 70_000))
        async with asyncio.timeout(LIMIT):
            while not receiving.done():
                await clock.advance(0.1)
                await asyncio.wait({receiving}, timeout=0.005)
        return receiving.result().decode()

    async def lines(self, clock: ManualClock, *wanted: str) -> list[str]:
        """All lines until there is one that begins with each of the wanted."""
        found: list[str] = []
        while not all(any(line.startswith(each) for line in found) for each in wanted):
            found += (await self.packet(clock)).split("\n")
        return found

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


def section(port: int, **settings: Any) -> dict[Any, Any]:
    given: dict[str, Any] = {"host": "127.0.0.1", "port": port} | settings
    return {StatsdProvider: {"default": StatsdSettings(**given)}}


def client_in(environment: Any) -> StatsdClient:
    needed = {"provider": "statsd.client.default"}
    found = environment.dependency_manager.add_dependency(object(), needed).get_resource()
    assert isinstance(found, StatsdClient)
    return found


async def connected(client: StatsdClient, clock: ManualClock) -> StatsdClient:
    async with asyncio.timeout(LIMIT):
        while client._socket is None:
            await clock.settle()
            await asyncio.sleep(0.002)
    return client


async def test_what_is_told_within_a_while_leaves_in_one_packet(
    start: Start, clock: ManualClock, server: Server
) -> None:
    client = client_in(await start(section(server.port, prefix="shop")))
    client.increment("a")
    client.decrement("a", 2)
    client.gauge("b", 3.5)
    client.timing("c", 12)
    client.histogram("d", 7)
    client.set("e", "ada")
    assert (await server.packet(clock)).split("\n") == [
        "shop.a:1|c",
        "shop.a:-2|c",
        "shop.b:3.5|g",
        "shop.c:12|ms",
        "shop.d:7|h",
        "shop.e:ada|s",
    ]


async def test_packets_are_no_larger_than_they_may_be(
    start: Start, clock: ManualClock, server: Server
) -> None:
    client = client_in(await start(section(server.port, packet_size=64)))
    for at in range(20):
        client.increment(f"a.long.name.of.{at:03}")
    found: list[str] = []
    while len(found) < 20:
        packet = await server.packet(clock)
        assert len(packet) <= 64
        found += packet.split("\n")
    assert found == [f"a.long.name.of.{at:03}:1|c" for at in range(20)]


async def test_a_packet_that_is_full_leaves_at_once(
    start: Start, clock: ManualClock, server: Server
) -> None:
    client = client_in(await start(section(server.port, packet_size=64, flush_interval=3600)))
    await connected(client, clock)
    for _ in range(10):
        client.increment("ten.letters")
    assert clock.monotonic() == 0
    assert (await server.packet(clock)).startswith("ten.letters:1|c")
    assert clock.monotonic() < 60


async def test_tags_are_for_servers_that_know_them(
    start: Start, clock: ManualClock, server: Server
) -> None:
    plain = client_in(await start(section(server.port)))
    plain.increment("a", tags={"kind": "x.y"})
    plain.increment("b", tags=["z:1"])
    assert await server.packet(clock) == "a.x_y:1|c\nb:1|c"
    tagged = client_in(await start(section(server.port, tagged=True, tags=["env:test"])))
    tagged.increment("a", tags={"kind": "x.y"})
    tagged.gauge("b", -1, tags=["z:1"])
    assert await server.packet(clock) == "a:1|c|#env:test,kind:x.y\nb:-1|g|#env:test,z:1"


async def test_of_what_is_sampled_some_is_sent(
    start: Start, clock: ManualClock, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_in(await start(section(server.port)))
    chances = iter([0.5, 0.05, 0.1])
    monkeypatch.setattr("random.random", lambda: next(chances))
    for _ in range(3):
        client.increment("a", sample_rate=0.1)
    assert await server.packet(clock) == "a:1|c|@0.1"


async def test_what_is_awaited_is_timed(start: Start, clock: ManualClock, server: Server) -> None:
    client = client_in(await start(section(server.port)))

    async def work() -> int:
        await clock.sleep(2)
        return 3

    outcome = client.timed("work", work())
    await clock.advance(2)
    assert await outcome == 3
    assert await server.packet(clock) == "work:2000|ms"


async def test_what_failed_is_not_timed(start: Start, clock: ManualClock, server: Server) -> None:
    client = client_in(await start(section(server.port)))

    async def work() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        await client.timed("work", work())
    client.increment("after")
    assert await server.packet(clock) == "after:1|c"


async def test_nobody_suffers_from_a_server_that_is_away(
    start: Start, clock: ManualClock, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    client = await connected(client_in(await start(section(server.port))), clock)
    server.close()
    for at in range(20):
        client.increment(f"a{at}")
        client.flush()
        await asyncio.sleep(0)
    told = [each for each in caplog.records if each.levelno >= logging.WARNING]
    assert [each.getMessage() for each in told] == [
        f"statsd.client.default: nobody listens at 127.0.0.1, port {server.port}"
    ]
    back = Server(port=server.port)
    try:
        client.increment("again")
        assert "again:1|c" in await back.lines(clock, "again")
    finally:
        back.close()


async def test_an_address_that_is_not_found_is_looked_up_again(
    start: Start,
    clock: ManualClock,
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    loop = asyncio.get_running_loop()
    look_up, asked = loop.getaddrinfo, 0

    async def found_at_last(host: str, port: int, **options: Any) -> Any:
        nonlocal asked
        asked += 1
        if asked < 3:
            raise socket.gaierror("nobody knows it")
        return await look_up("127.0.0.1", port, **options)

    monkeypatch.setattr(loop, "getaddrinfo", found_at_last)
    client = client_in(await start(section(server.port, host="metrics.test")))
    client.increment("early")
    assert await server.packet(clock) == "early:1|c"
    assert asked == 3
    assert caplog.text.count("'metrics.test' is not found") == 1
    await clock.advance(120)
    assert asked > 3


async def test_of_the_addresses_of_a_name_one_is_taken_that_answers(
    start: Start, clock: ManualClock, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = asyncio.get_running_loop()

    async def both(host: str, port: int, **_: Any) -> Any:
        kind = socket.AF_INET, socket.SOCK_DGRAM, 17, ""
        # The first cannot be sent to, at the second nobody listens.
        hosts = ("224.0.0.1.1", "127.0.0.2", "127.0.0.1")
        return [(*kind, (each, port)) for each in hosts]

    monkeypatch.setattr(loop, "getaddrinfo", both)
    client = await connected(client_in(await start(section(server.port, host="both"))), clock)
    for at in range(3):
        client.increment(f"a{at}")
        client.flush()
        await asyncio.sleep(0)
    client.increment("after")
    assert "after:1|c" in await server.lines(clock, "after")


async def test_what_is_left_is_sent_before_the_end(
    start: Start, clock: ManualClock, server: Server
) -> None:
    environment = await start(section(server.port, flush_interval=3600))
    client = await connected(client_in(environment), clock)
    client.increment("last")
    await environment.application.stopService()
    client.increment("too late")
    assert await server.packet(clock) == "last:1|c"


# The section `metrics`


def measuring(server: Server, *reporters: Reporter, **settings: Any) -> dict[Any, Any]:
    measured = MetricsSettings(reporters=list(reporters), **settings)
    return {MetricsProvider: measured, **section(server.port)}


async def test_the_process_is_told_of(start: Start, clock: ManualClock, server: Server) -> None:
    await start(measuring(server, Reporter("process"), prefix="shop"))
    lines = await server.lines(clock, "shop.memory.rss:", "shop.cpu_percent:")
    names = {line.partition(":")[0] for line in lines if line.endswith("|g")}
    values = ("connections", "cpu_percent", "file_descriptors", "open_files", "threads")
    assert names == {f"shop.{each}" for each in (*values, "memory.rss", "memory.vms")}


async def test_tags_of_the_section_metrics_are_sent_to_a_server_that_knows_them(
    start: Start, clock: ManualClock, server: Server
) -> None:
    measured = MetricsSettings(reporters=[Reporter("loop"), Reporter("pipelines")], tags=["a:b"])
    await start({MetricsProvider: measured, **section(server.port, tagged=True)})
    lines = await server.lines(clock, "loop.lag:")
    assert [each for each in lines if each.startswith("loop")] == ["loop.lag:0|g|#a:b"]


async def test_tags_that_a_server_does_not_know_are_told_of(
    start: Start, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    await start(measuring(server, Reporter("loop"), Reporter("process"), tags=["a:b"]))
    assert caplog.text.count("metrics.tags are not sent to statsd.client.default") == 1


async def test_of_the_process_what_is_wanted_is_told(
    start: Start, clock: ManualClock, server: Server
) -> None:
    await start(measuring(server, Reporter("process", ("threads",)), Reporter("loop")))
    lines = await server.lines(clock, "threads:", "loop.lag:")
    assert {line.partition(":")[0] for line in lines} == {"threads", "loop.lag"}


async def test_pipelines_are_told_of_by_what_is_new(
    start: Start, clock: ManualClock, server: Server
) -> None:
    from tests.observe.test_tracing import made

    pipeline = made("counted: [passthrough]", "counted")
    await start(measuring(server, Reporter("pipelines"), interval=1))
    for _ in range(3):
        pipeline.run(1)
    lines = await server.lines(clock, "pipelines.runs.counted:", "pipelines.time.counted:")
    assert "pipelines.runs.counted:3|c" in lines
    assert "pipelines.under_way.counted:0|g" in lines
    pipeline.run(1)
    assert "pipelines.runs.counted:1|c" in await server.lines(clock, "pipelines.runs.counted:")


async def test_what_is_there_for_a_few_batons_sends_nothing(server: Server) -> None:
    text = f"""
    metrics: {{reporters: [recorded, process]}}
    statsd: {{default: {{host: 127.0.0.1, port: {server.port}}}}}
    pipelines: {{a: [{{record-metric: {{metric: a}}}}]}}
    """
    environment = YamlEnvironment(text)
    assert await environment.run({}) == [{}]
    with pytest.raises(BlockingIOError):
        server._socket.recv(1)


async def test_what_steps_record_is_sent_at_once(
    start: Start, clock: ManualClock, server: Server
) -> None:
    environment = await start(measuring(server, Reporter("recorded"), prefix="shop"))
    needed = {"provider": "metrics.measures"}
    metrics = environment.dependency_manager.add_dependency(object(), needed).get_resource()
    metrics.record("counter", "built", 2, {"kind": "steam"})
    metrics.record("time", "waited", 0.25, {})
    assert await server.packet(clock) == "shop.built.steam:2|c\nshop.waited:250|ms"


async def test_a_reporter_that_fails_is_told_of_once_and_ends_nothing(
    start: Start, clock: ManualClock, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    environment = await start(measuring(server, Reporter("process"), Reporter("loop"), interval=1))
    needed = {"provider": "metrics.measures"}
    measures = environment.dependency_manager.add_dependency(object(), needed).get_resource()
    measures._reporters[0]._values = None
    for _ in range(3):
        await server.lines(clock, "loop.lag:")
    assert caplog.text.count("ProcessReporter failed") == 1


async def test_nothing_is_measured_that_is_not_enabled(start: Start, server: Server) -> None:
    from tests.observe.test_tracing import made

    pipeline = made("quiet: [passthrough]", "quiet")
    pipeline.run(1)
    plain = pipeline.run
    environment = await start(measuring(server, Reporter("process"), enabled=False))
    assert pipeline.run is plain
    assert environment.application.running


async def test_pipelines_pay_nothing_when_the_process_has_stopped(
    start: Start, server: Server
) -> None:
    from tests.observe.test_tracing import made

    pipeline = made("free: [passthrough]", "free")
    pipeline.run(1)
    plain = pipeline.run
    environment = await start(measuring(server))
    assert pipeline.run is not plain
    await environment.application.stopService()
    pipeline.run(1)
    assert pipeline.run is plain


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("statsd: {default: {port: 70000}}", "statsd.default.port: expected a whole number from"),
        ("statsd: {default: {tags: [a]}}", "say `tagged: true`"),
        ("statsd: {default: {hst: a}}", "has no option 'hst' (did you mean 'host'?)"),
        ("metrics: {reporters: [proces]}", "expected one of 'loop', 'pipelines', 'process'"),
        ("metrics: {reporters: [process]}", "nothing offers the resource 'statsd.client.default'"),
        (
            "metrics: {reporters: [{reporter: process, client_name: a}]}\nstatsd: {b: {}}",
            "nothing offers the resource 'statsd.client.a' (did you mean 'statsd.client.b'?)",
        ),
        (
            "metrics: {reporters: [{reporter: process, values: [cpu]}]}\nstatsd: {default: {}}",
            "expected one of 'connections', 'cpu_percent'",
        ),
        ("pipelines: {a: [render-metrics]}", "nothing offers the resource 'metrics.measures'"),
    ],
)
def test_what_is_wrong_with_the_settings_is_said(text: str, said: str) -> None:
    from piped.testing import check_yaml

    [found] = check_yaml(text)
    assert said in found
