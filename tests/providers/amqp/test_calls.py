"""Calls over a real broker: each gets one answer, or fails once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import aiormq
import pytest
from pamqp.commands import Basic
from pamqp.header import ContentHeader

from piped.checking import check
from piped.clock import LoopClock
from piped.conf import Configuration
from piped.daemon.single import Single
from piped.exceptions import ResourceLost, TimeoutError, UnfitBaton  # noqa: A004 - it is what is raised
from piped.interop import settled
from piped.options import ResourceName
from piped.provider import Provider
from piped.providers.amqp_calls import CallFailed
from piped.providers.amqp_connection import NotPublished
from piped.providers.amqp_provider import RPCClientProvider, RPCServerProvider
from piped.providers.amqp_rpc_settings import ConnectionName, RPCClientSettings, RPCServerSettings
from piped.providers.amqp_settings import Qos
from piped.providers.amqp_topology import NamedQueue
from piped.testing import check_yaml
from tests.providers.running import Running, stop
from tests.proxy import Proxy

from .brokers import HOST, PORT, Broker, connection, need, until

pytestmark = pytest.mark.service("rabbitmq")

MAIN = ConnectionName("main")


def serving(queue: str, port: int = PORT, **settings: Any) -> dict[type[Provider], Any]:
    given = {"channel_reopen_interval": 0.01, "queue": queue, **settings}
    server = RPCServerSettings(connection=MAIN, processor=ResourceName("answer"), **given)
    return {**connection(port), RPCServerProvider: {"it": server}}


def calling(port: int = PORT, **settings: Any) -> dict[type[Provider], Any]:
    client = RPCClientSettings(connection=MAIN, channel_reopen_interval=0.01, **settings)
    return {**connection(port), RPCClientProvider: {"it": client}}


def client_of(environment: Any) -> Any:
    return need(environment, "amqp.rpc_client.it")


def answering(answer: Callable[[Any], Any]) -> Callable[[Any], None]:
    return lambda baton: baton["deferred"].callback(answer(baton))


async def test_a_call_is_a_baton_and_has_an_answer(rabbit: Broker, start: Running) -> None:
    queue, heard = await rabbit.queue(), list[Any]()

    def answer(baton: Any) -> Any:
        heard.append((baton["message"], baton["args"], baton["kwargs"]))
        return {"total": sum(baton["args"]) + sum(baton["kwargs"].values())}

    await start(serving(queue), answer=answering(answer))
    caller = await settled(client_of(await start(calling())).wait_for_resource())
    assert await caller.call(queue, "sum", [2, 3], {}) == {"total": 5}
    assert await caller.call(queue, "sum", [], {"a": 4}) == {"total": 4}
    assert await caller.call(queue, "", [], {}) == {"total": 0}
    assert heard == [("sum", (2, 3), {}), ("sum", (), {"a": 4}), (queue, (), {})]


@pytest.mark.parametrize("value", [None, 1, "två", [1, None], {"a": {"b": True}}, b"\x00\xff"])
async def test_an_answer_is_what_it_was(rabbit: Broker, start: Running, value: Any) -> None:
    queue = await rabbit.queue()
    await start(serving(queue), answer=answering(lambda _: value))
    caller = await settled(client_of(await start(calling())).wait_for_resource())
    assert await caller.call(queue, "it", [], {}) == value


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda baton: baton["args"][9], "IndexError: tuple index out of range"),
        (lambda baton: {1, 2}, "has no form in JSON"),
    ],
)
async def test_a_failure_has_a_name(rabbit: Broker, start: Running, answer: Any, said: str) -> None:
    queue = await rabbit.queue()
    await start(serving(queue), answer=answering(answer))
    caller = await settled(client_of(await start(calling())).wait_for_resource())
    for _ in range(2):
        with pytest.raises(CallFailed, match=said):
            await caller.call(queue, "it", [], {})
    await rabbit.holds(queue, 0)


async def test_a_pipeline_that_ends_without_an_answer_fails_the_call(
    rabbit: Broker, start: Running
) -> None:
    queue = await rabbit.queue()
    await start(serving(queue), answer=lambda baton: None)
    caller = await settled(client_of(await start(calling())).wait_for_resource())
    with pytest.raises(CallFailed, match="MissingCallback: answer ended without an answer to 'it'"):
        await caller.call(queue, "it", [], {})


async def test_many_calls_are_answered_in_any_order(rabbit: Broker, start: Running) -> None:
    queue, gates = await rabbit.queue(), [asyncio.Event() for _ in range(20)]

    async def answer(baton: Any) -> None:
        [number] = baton["args"]
        if number + 1 < len(gates):
            await gates[number + 1].wait()
        gates[number].set()
        baton["deferred"].callback(number)

    await start(serving(queue), answer=answer)
    caller = await settled(client_of(await start(calling())).wait_for_resource())
    calls = [caller.call(queue, "it", [number], {}) for number in range(20)]
    assert await asyncio.gather(*calls) == list(range(20))


async def test_a_queue_that_is_not_there_fails_at_once(start: Running) -> None:
    caller = await settled(client_of(await start(calling())).wait_for_resource())
    with pytest.raises(NotPublished, match="nobody gets what is sent to the queue 'no-such'"):
        await caller.call("no-such", "it", [], {})


async def test_a_call_that_nobody_takes_fails_in_its_time_and_is_taken_by_nobody(
    rabbit: Broker, start: Running
) -> None:
    queue = await rabbit.queue()
    caller = await settled(client_of(await start(calling(timeout=0.1))).wait_for_resource())
    with pytest.raises(TimeoutError, match=r"no answer from .* within 0.1 s"):
        await caller.call(queue, "it", [], {})
    await rabbit.holds(queue, 0)
    assert not caller._waiting


async def test_a_worker_may_come_late(rabbit: Broker, start: Running) -> None:
    queue = await rabbit.queue()
    caller = await settled(client_of(await start(calling())).wait_for_resource())
    call = asyncio.create_task(caller.call(queue, "it", [], {}))
    await rabbit.holds(queue, 1)
    await start(serving(queue), answer=answering(lambda _: "late"))
    assert await call == "late"


async def test_a_request_whose_worker_is_lost_goes_to_another_one(
    rabbit: Broker, start: Running, way: Proxy
) -> None:
    queue, begun = await rabbit.queue(), list[Any]()

    async def hang(baton: Any) -> None:
        begun.append(baton)
        await asyncio.Event().wait()

    await start(serving(queue, way.port, close_time=0.05), answer=hang)
    caller = await settled(client_of(await start(calling())).wait_for_resource())
    call = asyncio.create_task(caller.call(queue, "it", [], {}))
    await until(lambda: begun)
    await start(serving(queue), answer=answering(lambda _: "another"))
    await way.close()
    assert await call == "another"


async def test_stopping_lets_calls_end_and_gives_the_others_away(
    rabbit: Broker, start: Running
) -> None:
    queue, gate, begun = await rabbit.queue(), asyncio.Event(), list[Any]()

    async def answer(baton: Any) -> None:
        begun.append(baton)
        await gate.wait()
        baton["deferred"].callback("first")

    first = await start(serving(queue, qos=Qos(prefetch_count=1)), answer=answer)
    caller = await settled(client_of(await start(calling())).wait_for_resource())
    one = asyncio.create_task(caller.call(queue, "it", [], {}))
    await until(lambda: begun)
    other = asyncio.create_task(caller.call(queue, "it", [], {}))
    stopping = asyncio.create_task(stop(first))
    await start(serving(queue), answer=answering(lambda _: "second"))
    assert await other == "second"
    gate.set()
    assert await one == "first"
    await stopping


async def test_calls_fail_when_the_connection_is_lost_and_go_on_when_it_is_back(
    rabbit: Broker, start: Running, way: Proxy
) -> None:
    queue = await rabbit.queue()
    dependency = client_of(await start(calling(way.port)))
    caller = await settled(dependency.wait_for_resource())
    call = asyncio.create_task(caller.call(queue, "it", [], {}))
    await rabbit.holds(queue, 1)
    way.cut()
    with pytest.raises(ResourceLost, match="the connection was lost before"):
        await call
    await until(lambda: dependency.is_ready and dependency.get_resource() is not caller)
    await start(serving(queue), answer=answering(lambda _: "back"))
    assert await dependency.get_resource().call(queue, "it", [], {}) == "back"


async def test_others_may_call_and_need_no_answer(
    rabbit: Broker, start: Running, caplog: pytest.LogCaptureFixture
) -> None:
    queue, heard = await rabbit.queue(), list[Any]()

    def answer(baton: Any) -> Any:
        heard.append(baton["args"])
        return len(heard)

    await start(serving(queue), answer=answering(answer))
    await rabbit.publish(queue, b"raw")
    await rabbit.publish(queue, b"no json", content_type="application/json")
    back = await rabbit.queue("back")
    await rabbit.publish(
        queue, [1], content_type="application/json", reply_to=back, correlation_id="x"
    )
    await rabbit.holds(back, 1)
    message = await rabbit.get(back)
    assert (json.loads(message.body), message.header.properties.correlation_id) == (2, "x")
    assert heard == [(b"raw",), (1,)]
    assert "a call failed that wants no answer" in caplog.text
    await rabbit.holds(queue, 0)


async def test_an_answer_that_nobody_waits_for_is_not_heard(start: Running) -> None:
    caller = await settled(client_of(await start(calling())).wait_for_resource())
    other = await aiormq.connect(f"amqp://guest:guest@{HOST}:{PORT}/")
    message = aiormq.abc.DeliveredMessage(
        Basic.Deliver(),
        ContentHeader(properties=Basic.Properties(correlation_id="99")),
        b"",
        await other.channel(),
    )
    await caller.hear(message)
    await other.close()


async def test_a_processor_calls(rabbit: Broker, start: Running) -> None:
    queue = await rabbit.queue()
    await start(serving(queue), answer=answering(lambda baton: sum(baton["args"])))
    text = f"""
        amqp:
            connections: {{main: {{servers: 'tcp:127.0.0.1:{PORT}'}}}}
            rpc_clients: {{it: {{connection: main}}}}
        pipelines:
            call:
                - amqp-call: {{client: it, queue: {queue}, args_path: numbers, output_path: sum}}
    """
    checked = check(Configuration.from_text(text))
    checked.raise_errors()
    async with Single(checked, clock=LoopClock()).running("call") as pipeline:
        assert await pipeline({"numbers": [2, 3]}) == [{"numbers": [2, 3], "sum": 5}]
        with pytest.raises(UnfitBaton, match="no list of arguments"):
            await pipeline({"numbers": 2})


SERVER = "connection: main, queue: q, processor: pipeline.it"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rpc_clients: {it: {connection: main, timeout: 0}}", "longer than nothing"),
        ("rpc_clients: {it: {connection: other}}", "amqp.connection.other"),
        ("rpc_servers: {it: {connection: main, processor: pipeline.it}}", "queue"),
        (f"rpc_servers: {{it: {{{SERVER}, keep_open: true, default_callback: 1}}}}", "never given"),
    ],
)
def test_wrong_settings_are_problems(text: str, said: str) -> None:
    found = check_yaml(
        f"amqp: {{connections: {{main: {{}}}}, {text}}}\npipelines: {{it: [passthrough]}}"
    )
    assert any(said in each for each in found), found


def test_a_queue_of_a_server_may_be_declared() -> None:
    given = RPCServerSettings(
        connection=MAIN, processor=ResourceName("x"), queue=NamedQueue(queue="q")
    )
    assert given.declaration.queue == "q"
