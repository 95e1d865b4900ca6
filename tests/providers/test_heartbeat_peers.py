"""Peers of Twisted's own know nothing of a heartbeat: they answer, stay, and do not complain."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import pytest
from twisted.internet.endpoints import clientFromString, serverFromString
from twisted.internet.protocol import Factory
from twisted.logger import ILogObserver, LogLevel, globalLogPublisher
from twisted.protocols import amp
from twisted.spread import pb
from zope.interface import provider

from piped.interop import settled
from piped.interop.reactor import prepare, shut_down
from piped.testing import check_yaml

from .running import Running, need
from .test_reconnecting import HERE, KINDS, Kind, until

BEAT = 0.1
NOBODY = b"piped.anybody-there"


class Broker(pb.Broker):
    """Perspective Broker."""

    asked = 0
    transport: Any

    def proto_message(self, *call: Any) -> None:
        self.asked += NOBODY in call
        super().proto_message(*call)


class AMP(amp.AMP):
    """The same of AMP."""

    asked = 0
    transport: Any

    def locateResponder(self, name: bytes) -> Any:  # noqa: N802 - Twisted's name
        self.asked += name == NOBODY
        return super().locateResponder(name)


class Peers:
    """A factory of those."""

    def __init__(self, factory: Any, protocol: Any) -> None:
        self.made: list[Any] = []
        self.factory = factory
        factory.noisy = False
        self._protocol = protocol
        factory.protocol = self._make

    def _make(self, *args: Any, **kwargs: Any) -> Any:
        self.made.append(self._protocol(*args, **kwargs))
        return self.made[-1]


def peers_of(kind: Kind, *, is_client: bool) -> Peers:
    if kind.name == "amp":
        return Peers(Factory(), AMP)
    return Peers(pb.PBClientFactory() if is_client else pb.PBServerFactory(pb.Root()), Broker)


@pytest.fixture(autouse=True)
async def _reactor() -> AsyncIterator[None]:
    prepare(asyncio.get_running_loop())
    yield
    await shut_down()


@pytest.fixture
async def start(_reactor: None) -> AsyncIterator[Running]:
    running = Running()
    yield running
    await running.stop_all()


@pytest.fixture(params=KINDS, ids=lambda kind: kind.name)
def kind(request: pytest.FixtureRequest) -> Kind:
    made: Kind = request.param
    return made


@pytest.fixture(autouse=True)
def _no_complaints() -> Iterator[None]:
    """Nothing is told in Twisted's log."""
    found: list[Any] = []

    @provider(ILogObserver)
    def note(event: Any) -> None:
        if event.get("log_level", LogLevel.info) > LogLevel.info:
            found.append(event)

    globalLogPublisher.addObserver(note)
    yield
    globalLogPublisher.removeObserver(note)
    assert found == []


async def test_a_server_answers(kind: Kind, start: Running) -> None:
    from twisted.internet import reactor

    peers = peers_of(kind, is_client=False)
    port = await settled(serverFromString(reactor, HERE).listen(peers.factory))
    client = kind.client(f"tcp:127.0.0.1:{port.getHost().port}", heartbeat=BEAT)
    dependency = need(await start(client), kind.resource)
    await until(lambda: peers.made and peers.made[0].asked == 3)
    assert dependency.is_ready
    assert len(peers.made) == 1
    await settled(port.stopListening())


async def test_a_client_answers(kind: Kind, start: Running) -> None:
    from twisted.internet import reactor

    section, server = next(iter(kind.server.items()))
    environment = await start(
        {section: {"it": replace(server["it"], heartbeat=BEAT)}}, answer=print
    )
    offers = environment.resource_manager.get_registered_resources()
    number = offers[f"{kind.name}.server.it"].resource.ports[0].getHost().port
    peers = peers_of(kind, is_client=True)
    endpoint = clientFromString(reactor, f"tcp:127.0.0.1:{number}")
    await settled(endpoint.connect(peers.factory))
    await until(lambda: peers.made[0].asked == 3)
    assert peers.made[0].transport.connected
    peers.made[0].transport.abortConnection()


@pytest.mark.parametrize(
    ("section", "settings"),
    [
        ("pb: {clients", "endpoint: 'tcp:a:1'"),
        ("amp: {clients", "endpoint: 'tcp:a:1', commands: {}"),
        ("pb: {servers", "listen: 'tcp:1', processor: pipeline.it"),
        ("amp: {servers", "listen: 'tcp:1', processor: pipeline.it, commands: {}"),
    ],
)
def test_a_heartbeat_takes_a_while_or_is_null(section: str, settings: str) -> None:
    def problems(heartbeat: str) -> list[str]:
        given = f"{section}: {{it: {{{settings}, heartbeat: {heartbeat}}}}}}}"
        return check_yaml(f"{given}\npipelines: {{it: [passthrough]}}\n")

    (problem,) = problems("0s")
    assert "a `heartbeat` is longer than nothing, or null" in problem
    assert problems("null") == []
