"""Clients of Perspective Broker and AMP: they come late, are lost, and are found again."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from piped.interop import settled
from piped.interop.reactor import prepare, shut_down
from piped.options import ResourceName
from piped.providers.amp_provider import AMPClientProvider, AMPServerProvider
from piped.providers.amp_settings import AMPClientSettings, AMPServerSettings
from piped.providers.amp_types import CommandSettings
from piped.providers.pb_settings import PBClientSettings, PBServerSettings
from piped.providers.spread_provider import PBClientProvider, PBServerProvider
from tests.losses import Losses
from tests.proxy import Proxy, proxy

from .running import Running, need, stop

SUM = CommandSettings(arguments={"a": "integer", "b": "integer"}, response={"total": "integer"})
HERE = "tcp:0:interface=127.0.0.1"
SILENT = "the server is silent; trying again in 0.0 s"
LEFT = r"{kind}\.server\.it: 127\.0\.0\.1:\d+ is silent: its connection is taken for lost"


@dataclass(frozen=True)
class Kind:
    """A client, and a server that it can ask for a sum."""

    name: str
    resource: str
    server: dict[Any, Any]
    client: Callable[..., dict[Any, Any]]
    ask: Callable[[Any], Any]


def _pb_client(endpoint: str, **settings: Any) -> dict[Any, Any]:
    return {PBClientProvider: {"it": PBClientSettings(endpoint=endpoint, **settings)}}


def _amp_client(endpoint: str, **settings: Any) -> dict[Any, Any]:
    made = AMPClientSettings(endpoint=endpoint, commands={"Sum": SUM}, **settings)
    return {AMPClientProvider: {"it": made}}


_ANSWER = ResourceName("answer")
_PB = PBServerSettings(listen=HERE, processor=_ANSWER)
_AMP = AMPServerSettings(listen=HERE, processor=_ANSWER, commands={"Sum": SUM})
KINDS = [
    Kind(
        "pb",
        "pb.client.it.root_object",
        {PBServerProvider: {"it": _PB}},
        _pb_client,
        lambda root: root.callRemote("sum", a=1, b=2),
    ),
    Kind(
        "amp",
        "amp.client.it",
        {AMPServerProvider: {"it": _AMP}},
        _amp_client,
        lambda connection: connection.call("Sum", a=1, b=2),
    ),
]


@pytest.fixture(autouse=True)
async def _reactor() -> AsyncIterator[None]:
    prepare(asyncio.get_running_loop())
    yield
    await shut_down()


@pytest.fixture(params=KINDS, ids=lambda kind: kind.name)
def kind(request: pytest.FixtureRequest) -> Kind:
    made: Kind = request.param
    return made


@pytest.fixture
async def start(_reactor: None) -> AsyncIterator[Running]:
    running = Running()
    yield running
    await running.stop_all()


@pytest.fixture
async def way(kind: Kind, start: Running) -> AsyncIterator[Proxy]:
    """A way to a server, which can be cut."""
    async with proxy(await served(kind, start)) as made:
        yield made


async def served(kind: Kind, start: Running, **settings: Any) -> int:
    """The port of a server."""

    def answer(baton: Any) -> None:
        baton["deferred"].callback({"total": sum(baton["kwargs"].values())})

    server = {
        section: {"it": replace(each["it"], **settings)} for section, each in kind.server.items()
    }
    environment = await start(server, answer=answer)
    service = environment.resource_manager.get_registered_resources()[f"{kind.name}.server.it"]
    port: int = service.resource.ports[0].getHost().port
    return port


def through(kind: Kind, way: Proxy, **settings: Any) -> dict[Any, Any]:
    given = {"initial_delay": 0.01, "max_delay": 0.05, **settings}
    return kind.client(f"tcp:127.0.0.1:{way.port}", **given)


async def until(holds: Callable[[], Any]) -> None:
    async with asyncio.timeout(20):
        while not holds():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.002)


async def test_a_server_that_comes_late_is_found(kind: Kind, start: Running, way: Proxy) -> None:
    await way.refuse()
    dependency = need(await start(through(kind, way)), kind.resource)
    assert not dependency.is_ready
    await way.open()
    await until(lambda: dependency.is_ready)
    assert await settled(kind.ask(dependency.get_resource())) == {"total": 3}


async def test_a_connection_that_is_cut_is_lost_and_found_again(
    kind: Kind, start: Running, way: Proxy, losses: Losses
) -> None:
    dependency = need(await start(through(kind, way)), kind.resource)
    loss = losses.of(f"{kind.name}.client", "cut")
    for _ in range(3):
        await until(lambda: dependency.is_ready)
        assert await settled(kind.ask(dependency.get_resource())) == {"total": 3}
        await way.refuse()
        way.cut()
        with loss.lost():
            await until(lambda: not dependency.is_ready)
        await way.open()
        with loss.found():
            await until(lambda: dependency.is_ready)


async def test_a_server_that_falls_silent_is_lost_and_found_again(
    kind: Kind, start: Running, way: Proxy, losses: Losses, caplog: pytest.LogCaptureFixture
) -> None:
    dependency = need(await start(through(kind, way, heartbeat=0.1)), kind.resource)
    loss = losses.of(f"{kind.name}.client", "silent (heartbeat 100 ms)")
    for turn in range(1, 4):
        await until(lambda: dependency.is_ready)
        under_way = asyncio.ensure_future(settled(kind.ask(dependency.get_resource())))
        assert await under_way == {"total": 3}
        await way.refuse()
        way.silent = True
        under_way = asyncio.ensure_future(settled(kind.ask(dependency.get_resource())))
        with loss.lost():
            await until(lambda: not dependency.is_ready)
        with pytest.raises(Exception, match=r"(?i)connection"):
            await under_way
        told = [line for line in caplog.messages if "silent" in line]
        assert told == [f"{kind.name}.client.it: ResourceLost: {SILENT}"] * turn
        way.silent = False
        await way.open()
        with loss.found():
            await until(lambda: dependency.is_ready)
    assert not any(record.exc_info for record in caplog.records)


async def test_a_client_that_falls_silent_is_left_alone(
    kind: Kind, start: Running, losses: Losses, caplog: pytest.LogCaptureFixture
) -> None:
    port = await served(kind, start, heartbeat=0.1)
    other = need(await start(kind.client(f"tcp:127.0.0.1:{port}")), kind.resource)
    await until(lambda: other.is_ready)
    stays = other.get_resource()
    async with proxy(port) as way:
        dependency = need(await start(through(kind, way, heartbeat=None)), kind.resource)
        await until(lambda: dependency.is_ready)
        assert await settled(kind.ask(dependency.get_resource())) == {"total": 3}
        await way.refuse()
        way.silent = True
        # The way ends when the server has left.
        with losses.of(f"{kind.name}.server", "a client is silent (heartbeat 100 ms)").lost():
            await until(lambda: not dependency.is_ready)
    told = [line for line in caplog.messages if "silent" in line]
    assert len(told) == 1
    assert re.fullmatch(LEFT.format(kind=kind.name), told[0])
    assert other.get_resource() is stays
    assert await settled(kind.ask(stays)) == {"total": 3}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells whether something arrives")
async def test_a_server_that_takes_what_is_much_slowly_is_not_silent(start: Running) -> None:
    (kind,) = (each for each in KINDS if each.name == "pb")
    async with proxy(await served(kind, start)) as way:
        way.narrow(16384)
        way.latency = 0.005
        dependency = need(await start(through(kind, way, heartbeat=0.1)), kind.resource)
        await until(lambda: dependency.is_ready)
        root = dependency.get_resource()
        much = [bytes(500_000)] * 20  # for ten beats
        assert await settled(root.callRemote("sum", much, a=1, b=2)) == {"total": 3}
        assert dependency.get_resource() is root
        assert way.connections == 1


async def test_what_is_under_way_fails_when_the_connection_is_cut(
    kind: Kind, start: Running, way: Proxy
) -> None:
    dependency = need(await start(through(kind, way)), kind.resource)
    await until(lambda: dependency.is_ready)
    assert await settled(kind.ask(dependency.get_resource())) == {"total": 3}  # through the way
    way.silent = True
    under_way = asyncio.ensure_future(settled(kind.ask(dependency.get_resource())))
    await asyncio.sleep(0)
    way.cut()
    with pytest.raises(Exception, match=r"(?i)connection"):
        await under_way


async def test_a_slow_network_is_no_reason_to_lose_the_connection(
    kind: Kind, start: Running, way: Proxy
) -> None:
    way.latency = 0.02
    dependency = need(await start(through(kind, way)), kind.resource)
    await until(lambda: dependency.is_ready)
    answers = await asyncio.gather(
        *(settled(kind.ask(dependency.get_resource())) for _ in range(20))
    )
    assert answers == [{"total": 3}] * 20
    assert way.connections == 1


async def test_stopping_in_the_middle_of_connecting_ends_at_once(
    kind: Kind, start: Running, way: Proxy
) -> None:
    way.silent = True
    environment = await start(through(kind, way))
    dependency = need(environment, kind.resource)
    await until(lambda: way.connections)
    async with asyncio.timeout(10):
        await stop(environment)
    assert not dependency.is_ready
