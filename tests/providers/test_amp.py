"""AMP over real connections, beside peers that know nothing of piped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, get_args

import pytest
from twisted.internet.protocol import Factory
from twisted.protocols import amp
from twisted.protocols.amp import utc

from piped.environment import RuntimeEnvironment
from piped.exceptions import UnfitBaton
from piped.interop import settled
from piped.interop.reactor import prepare, shut_down
from piped.options import DottedName, ResourceName
from piped.providers.amp_provider import AMPClientProvider, AMPServerProvider
from piped.providers.amp_settings import AMPClientSettings, AMPServerSettings
from piped.providers.amp_types import AMPType, CommandSettings
from piped.testing import YamlEnvironment, check_yaml
from piped.testing.clock import ManualClock

from .conftest import Start

SUM = CommandSettings(arguments={"a": "integer", "b": "integer"}, response={"total": "integer"})
ALL = CommandSettings(
    arguments={kind: kind for kind in get_args(AMPType)},
    response={kind: kind for kind in get_args(AMPType)},
    optional=["bytes"],
)


class Sum(amp.Command):
    arguments = [(b"a", amp.Integer()), (b"b", amp.Integer())]  # noqa: RUF012 - AMP's way
    response = [(b"total", amp.Integer())]  # noqa: RUF012


class Divide(amp.Command):
    arguments = [(b"a", amp.Integer()), (b"b", amp.Integer())]  # noqa: RUF012
    response = [(b"ratio", amp.Float())]  # noqa: RUF012
    errors = {ZeroDivisionError: b"ZERO"}  # noqa: RUF012


COMMANDS: dict[str, Any] = {
    "Sum": SUM,
    "All": ALL,
    "Divide": DottedName(f"{__name__}.Divide"),
}


@pytest.fixture(autouse=True)
async def _reactor() -> AsyncIterator[None]:
    prepare(asyncio.get_running_loop())
    yield
    await shut_down()


async def until(holds: Callable[[], Any], clock: ManualClock) -> None:
    async with asyncio.timeout(10):
        while not holds():
            await clock.advance(30)
            await asyncio.sleep(0.001)


def serving(**settings: Any) -> dict[Any, Any]:
    given = {
        "listen": "tcp:0:interface=127.0.0.1",
        "processor": ResourceName("answer"),
        "commands": COMMANDS,
        **settings,
    }
    return {AMPServerProvider: {"it": AMPServerSettings(**given)}}


def port_of(environment: RuntimeEnvironment) -> int:
    offers = environment.resource_manager.get_registered_resources()
    port: int = offers["amp.server.it"].resource.ports[0].getHost().port
    return port


@pytest.fixture
async def connect() -> AsyncIterator[Callable[[int], Any]]:
    """Clients of Twisted's own."""
    from twisted.internet import endpoints, reactor

    made: list[Any] = []

    async def connect(port: int) -> Any:
        endpoint = endpoints.clientFromString(reactor, f"tcp:127.0.0.1:{port}")
        made.append(await settled(endpoint.connect(Factory.forProtocol(amp.AMP))))
        return made[-1]

    yield connect
    for each in made:
        each.transport.abortConnection()


def answering(answer: Callable[[Any], Any]) -> Callable[[Any], None]:
    def process(baton: Any) -> None:
        baton["deferred"].callback(answer(baton))

    return process


async def test_a_command_is_a_baton_and_its_answer_a_mapping(start: Start, connect: Any) -> None:
    heard: list[Any] = []

    def answer(baton: Any) -> Any:
        heard.append((baton["message"], baton["args"], baton["kwargs"]))
        return {"total": sum(baton["kwargs"].values())}

    environment = await start(serving(), answer=answering(answer))
    client = await connect(port_of(environment))
    assert await settled(client.callRemote(Sum, a=2, b=3)) == {"total": 5}
    assert heard == [("Sum", (), {"a": 2, "b": 3})]


async def test_a_failure_has_a_name_and_leaves_the_connection_open(
    start: Start, connect: Any
) -> None:
    def answer(baton: Any) -> Any:
        if baton["kwargs"]["a"] < 0:
            raise LookupError("no such number")
        return {"total": 1}

    environment = await start(serving(), answer=answering(answer))
    client = await connect(port_of(environment))
    with pytest.raises(amp.UnknownRemoteError, match="LookupError: no such number"):
        await settled(client.callRemote(Sum, a=-1, b=3))
    assert await settled(client.callRemote(Sum, a=2, b=3)) == {"total": 1}


async def test_the_errors_of_a_command_of_ones_own_are_raised_as_such(
    start: Start, connect: Any
) -> None:
    def answer(baton: Any) -> Any:
        return {"ratio": baton["kwargs"]["a"] / baton["kwargs"]["b"]}

    environment = await start(serving(), answer=answering(answer))
    client = await connect(port_of(environment))
    with pytest.raises(ZeroDivisionError):
        await settled(client.callRemote(Divide, a=1, b=0))
    assert await settled(client.callRemote(Divide, a=1, b=2)) == {"ratio": 0.5}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (7, "the answer to 'Sum' is 7, and no mapping"),
        (None, "could not serialize it"),
        ({"total": "x"}, "could not serialize it"),
    ],
)
async def test_an_answer_that_is_none_fails_the_call_alone(
    start: Start, connect: Any, answer: Any, said: str
) -> None:
    environment = await start(serving(), answer=answering(lambda baton: answer))
    client = await connect(port_of(environment))
    for _ in range(2):
        with pytest.raises(amp.UnknownRemoteError, match=said):
            await settled(client.callRemote(Sum, a=2, b=3))


async def test_a_command_that_nobody_knows_is_refused(start: Start, connect: Any) -> None:
    class Unknown(amp.Command):
        pass

    environment = await start(serving(), answer=answering(lambda baton: {}))
    client = await connect(port_of(environment))
    with pytest.raises(amp.UnhandledCommand):
        await settled(client.callRemote(Unknown))


async def test_arguments_that_do_not_fit_fail_the_call_alone(start: Start, connect: Any) -> None:
    class Wrong(amp.Command):
        commandName = b"Sum"  # noqa: N815 - Twisted's name
        arguments = [(b"a", amp.Unicode())]  # noqa: RUF012

    environment = await start(serving(), answer=answering(lambda baton: {"total": 1}))
    client = await connect(port_of(environment))
    with pytest.raises(amp.UnknownRemoteError):
        await settled(client.callRemote(Wrong, a="x"))
    assert await settled(client.callRemote(Sum, a=2, b=3)) == {"total": 1}


def calling(port: int, **settings: Any) -> dict[Any, Any]:
    endpoint = f"tcp:127.0.0.1:{port}"
    given = {"endpoint": endpoint, "commands": COMMANDS, **settings}
    return {AMPClientProvider: {"it": AMPClientSettings(**given)}}


def need(environment: RuntimeEnvironment) -> Any:
    manager = environment.dependency_manager
    return manager.add_dependency(environment, {"provider": "amp.client.it"})


async def test_every_type_goes_there_and_back(start: Start) -> None:
    values = {
        "text": "två",
        "bytes": b"\x00\xff",
        "integer": -(10**30),
        "float": 0.1,
        "boolean": True,
        "decimal": Decimal("0.10"),
        "datetime": datetime(2017, 3, 9, 10, 30, tzinfo=utc),
        "json": {"a": [1, None, "x"]},
    }
    environment = await start(serving(), answer=answering(lambda baton: dict(baton["kwargs"])))
    client = await start(calling(port_of(environment)))
    connection = await settled(need(client).wait_for_resource())
    assert await settled(connection.call("All", **values)) == values
    assert values["datetime"].astimezone(UTC).hour == 10  # type: ignore[attr-defined]  # of many types
    without = {key: each for key, each in values.items() if key != "bytes"}
    assert (await settled(connection.call("All", **without)))["bytes"] is None


async def test_a_client_loses_its_server_and_finds_it_again(
    start: Start, clock: ManualClock
) -> None:
    serves = await start(serving(), answer=answering(lambda baton: {"total": 7}))
    service = serves.resource_manager.get_registered_resources()["amp.server.it"].resource
    port = port_of(serves)
    dependency = need(await start(calling(port)))
    connection = await settled(dependency.wait_for_resource())
    assert await settled(connection.call("Sum", a=1, b=2)) == {"total": 7}
    await settled(service.stopService())
    await until(lambda: not dependency.is_ready, clock)
    service._endpoints[0] = f"tcp:{port}:interface=127.0.0.1"
    await settled(service.startService())
    await until(lambda: dependency.is_ready, clock)
    again = dependency.get_resource()
    assert await settled(again.call("Sum", a=1, b=2)) == {"total": 7}
    with pytest.raises(UnfitBaton, match="did you mean 'Sum'"):
        again.call("Sun")


async def test_a_processor_sends_commands(start: Start) -> None:
    serves = await start(
        serving(), answer=answering(lambda baton: {"total": sum(baton["kwargs"].values())})
    )
    text = f"""
        amp:
            clients:
                sums:
                    endpoint: tcp:127.0.0.1:{port_of(serves)}
                    commands:
                        Sum: {{arguments: {{a: integer, b: integer}}, response: {{total: integer}}}}
        pipelines:
            it: [amp-call-remote: {{client: sums, name: Sum, kwargs_path: ''}}]
    """
    environment = YamlEnvironment(text)
    assert await environment.run({"a": 1, "b": 2}) == [{"a": 1, "b": 2, "result": {"total": 3}}]
    with pytest.raises(Exception, match="a") as raised:
        await environment.run({"a": 1})
    assert "for the command 'Sum' of amp.client.sums" in raised.value.__notes__


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("commands: {Sum: {arguments: {a: int}}}", "integer"),
        ("commands: {Sum: {optional: [b]}}", "'b' is optional, but neither"),
        ("commands: {Sum: no.such}", "there is no 'no.such'"),
        ("commands: {Sum: io.StringIO}", "is no command of AMP"),
        ("comands: {}", "commands"),
    ],
)
def test_wrong_commands_are_problems(settings: str, said: str) -> None:
    text = f"amp: {{clients: {{it: {{endpoint: 'tcp:a:1', {settings}}}}}}}\n"
    problems = check_yaml(text)
    assert any(said in problem for problem in problems), problems
