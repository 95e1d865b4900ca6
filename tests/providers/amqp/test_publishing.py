"""Messages that are published: the broker has them, or whoever sent them knows."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest

from piped.exceptions import ResourceLost, UnfitBaton
from piped.interop import settled
from piped.providers.amqp_connection import NotPublished
from piped.testing import YamlEnvironment, check_yaml
from tests.providers.running import Running
from tests.proxy import Proxy

from .brokers import PORT, Broker, connection, need

pytestmark = pytest.mark.service("rabbitmq")


def publishing(options: str, port: int = PORT) -> YamlEnvironment:
    return YamlEnvironment(f"""
        amqp: {{connections: {{main: {{servers: 'tcp:127.0.0.1:{port}'}}}}}}
        pipelines: {{it: [amqp-publish: {{connection: main, {options}}}]}}
    """)


async def caught(sent: Awaitable[None]) -> Exception | None:
    """What goes wrong."""
    try:
        await sent
    except Exception as failure:  # noqa: BLE001 - it is what is asked for
        return failure
    return None


@pytest.mark.parametrize(
    ("body", "content", "kind"),
    [
        ({"a": [1]}, b'{"a":[1]}', "application/json"),
        ("två", "två".encode(), "text/plain; charset=utf-8"),
        (b"\x00\xff", b"\x00\xff", "application/octet-stream"),
        (None, b"null", "application/json"),
        (b"", b"", "application/octet-stream"),
        (b"x" * 300_000, b"x" * 300_000, "application/octet-stream"),
    ],
)
async def test_a_body_is_what_it_was(rabbit: Broker, body: Any, content: bytes, kind: str) -> None:
    queue = await rabbit.queue()
    baton = {"body": body, "queue": queue}
    assert await publishing("routing_key: !path queue").run(baton) == [baton]
    message = await rabbit.get(queue)
    assert message.body == content
    assert message.header.properties.content_type == kind
    assert message.header.properties.delivery_mode == 2


async def test_a_message_has_the_properties_it_was_given(rabbit: Broker) -> None:
    queue = await rabbit.queue()
    properties = "{headers: {n: !path n}, priority: 3, content_type: text/csv}"
    await publishing(f"routing_key: {queue}, properties: {properties}").run({"n": 7, "body": "a"})
    found = (await rabbit.get(queue)).header.properties
    assert (found.headers, found.priority, found.content_type) == ({"n": 7}, 3, "text/csv")


async def test_a_message_that_comes_to_no_queue_fails() -> None:
    with pytest.raises(NotPublished, match="nobody gets what is sent to the queue 'no-such'"):
        await publishing("routing_key: no-such").run({"body": "a"})
    await publishing("routing_key: no-such, mandatory: false").run({"body": "a"})


async def test_an_exchange_that_is_not_there_fails_for_those_who_named_it(
    rabbit: Broker, start: Running
) -> None:
    there = await settled(need(await start(connection())).wait_for_resource())
    queue = await rabbit.queue()
    for _ in range(2):
        sent = there.publish("a", exchange="no-such"), there.publish("b", routing_key=queue)
        wrong, right = await asyncio.gather(*map(caught, sent))
        assert right is None
        assert isinstance(wrong, NotPublished)
        assert "NOT_FOUND - no exchange 'no-such'" in wrong.msg
    assert await rabbit.count(queue) == 2


async def test_many_are_confirmed_at_the_same_time(rabbit: Broker, start: Running) -> None:
    there = await settled(need(await start(connection())).wait_for_resource())
    queue = await rabbit.queue()
    await asyncio.gather(*(there.publish(n, routing_key=queue) for n in range(500)))
    assert await rabbit.count(queue) == 500


@pytest.mark.parametrize("how", ["cut", "stall"])
async def test_what_was_not_confirmed_fails(
    rabbit: Broker, start: Running, way: Proxy, how: str
) -> None:
    settings = connection(way.port, heartbeat=1.0, max_idle_time=1.0)
    dependency = need(await start(settings))
    there = await settled(dependency.wait_for_resource())
    queue = await rabbit.queue()
    await there.publish("a", routing_key=queue)
    way.stall()
    sending = asyncio.create_task(there.publish("b", routing_key=queue))
    await asyncio.sleep(0)
    if how == "cut":
        way.cut()
    with pytest.raises(ResourceLost, match="before the broker had confirmed"):
        await sending
    way.go()


async def test_who_stops_waiting_is_not_told_of_a_lost_connection(
    rabbit: Broker, start: Running, way: Proxy
) -> None:
    there = await settled(need(await start(connection(way.port))).wait_for_resource())
    queue = await rabbit.queue()
    await there.publish("a", routing_key=queue)
    way.stall()
    sending = asyncio.create_task(there.publish("b", routing_key=queue))
    await asyncio.sleep(0.01)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    way.go()
    await there.publish("c", routing_key=queue)


async def test_who_runs_a_single_baton_takes_no_messages(rabbit: Broker) -> None:
    queue = await rabbit.queue()
    text = f"""
        amqp:
            connections:
                main:
                    servers: tcp:127.0.0.1:{PORT}
                    basic_consumers: {{it: {{queue: {queue}, processor: pipeline.fail}}}}
        pipelines:
            it:
                - amqp-publish: {{connection: main, routing_key: {queue}}}
                - wait: {{delay: 1s}}
            fail: [raise-exception]
    """
    await YamlEnvironment(text).run({"body": "a"})
    assert not (await rabbit.get(queue)).delivery.redelivered


async def test_what_has_no_form_in_json_is_unfit() -> None:
    with pytest.raises(UnfitBaton, match="has no form in JSON"):
        await publishing("routing_key: q").run({"body": {1, 2}})


def test_a_connection_that_is_not_there_is_a_problem() -> None:
    text = """
        amqp: {connections: {main: {}}}
        pipelines: {it: [amqp-publish: {connection: mian, routing_key: q}]}
    """
    [problem] = check_yaml(text)
    assert "did you mean 'amqp.connection.main'" in problem
