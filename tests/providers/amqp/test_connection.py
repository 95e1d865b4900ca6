"""Connections to a real broker: they come late, are lost, and are found again."""

from __future__ import annotations

import asyncio
import logging
import ssl
from pathlib import Path
from typing import Any

import aiormq
import pytest
import trustme

from piped.exceptions import ResourceLost
from piped.interop import settled
from piped.providers.amqp_settings import Tls
from piped.providers.amqp_topology import Binding, Exchange, Queue
from piped.secret import Secret, redact
from tests.losses import Losses
from tests.providers.running import Running, stop
from tests.proxy import Proxy

from .brokers import Broker, connection, need, proxy, until

pytestmark = pytest.mark.service("rabbitmq")


async def test_a_connection_is_there_when_the_broker_is(start: Running) -> None:
    environment = await start(connection())
    there = await settled(need(environment).wait_for_resource())
    channel = await there.channel()
    assert not channel.is_closed


async def test_a_broker_that_comes_late_is_found(start: Running, way: Proxy) -> None:
    await way.close()
    environment = await start(connection(way.port))
    dependency = need(environment)
    assert not dependency.is_ready
    await way.open()
    await until(lambda: dependency.is_ready)


async def test_a_connection_that_is_cut_is_lost_and_found_again(
    start: Running, way: Proxy, caplog: pytest.LogCaptureFixture, losses: Losses
) -> None:
    caplog.set_level(logging.INFO)
    dependency = need(await start(connection(way.port)))
    first = await settled(dependency.wait_for_resource())
    loss = losses.of("amqp.connection", "cut")
    await way.refuse()
    way.cut()
    with loss.lost():
        await until(lambda: not dependency.is_ready)
    await way.open()
    with loss.found():
        await until(lambda: dependency.is_ready)
    assert dependency.get_resource() is not first
    assert way.connections == 2
    assert "the connection to 127.0.0.1" in caplog.text
    assert "Traceback" not in caplog.text


async def test_a_connection_that_says_nothing_is_given_up(
    start: Running, way: Proxy, losses: Losses
) -> None:
    settings = connection(way.port, heartbeat=1.0, max_idle_time=1.0)
    dependency = need(await start(settings))
    first = await settled(dependency.wait_for_resource())
    loss = losses.of("amqp.connection", "silent (max_idle_time 1 s)")
    way.stall()
    with loss.lost():
        await until(lambda: not dependency.is_ready)
    way.go()
    with loss.found():
        await until(lambda: dependency.is_ready)
    assert dependency.get_resource() is not first


async def test_a_slow_broker_is_no_lost_one(start: Running, rabbit: Broker, way: Proxy) -> None:
    way.latency = 0.02
    settings = connection(way.port, heartbeat=1.0, max_idle_time=1.0)
    dependency = need(await start(settings))
    first = await settled(dependency.wait_for_resource())
    queue = await rabbit.queue()
    for number in range(20):
        await first.publish(number, routing_key=queue)
    assert await rabbit.count(queue) == 20
    assert dependency.get_resource() is first
    assert way.connections == 1


async def test_a_broker_that_accepts_and_says_nothing_is_left(
    start: Running, way: Proxy, caplog: pytest.LogCaptureFixture
) -> None:
    way.stall()
    dependency = need(await start(connection(way.port, timeout=0.1)))
    await until(lambda: way.connections >= 2)
    assert f"127.0.0.1:{way.port} was not ready within 0.1 s; trying again" in caplog.text
    way.go()
    await until(lambda: dependency.is_ready)


async def test_servers_are_tried_in_turn(start: Running, way: Proxy) -> None:
    async with proxy() as other:
        await way.close()
        servers = [f"tcp:127.0.0.1:{way.port}", f"tcp:127.0.0.1:{other.port}"]
        dependency = need(await start(connection(servers=servers)))
        await until(lambda: dependency.is_ready)
        await way.open()
        await other.close()
        await until(lambda: way.connections and dependency.is_ready)


async def test_a_wrong_password_is_told_without_it(
    start: Running, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    password = Secret("not-the-password")
    dependency = need(await start(connection(username="nobody", password=password)))
    await until(lambda: "Login was refused" in caplog.text)
    assert not dependency.is_ready
    assert "not-the-password" not in caplog.text
    assert "Traceback" not in caplog.text
    assert redact("not-the-password") == "«secret»"


async def test_queues_and_exchanges_are_declared_first(start: Running, rabbit: Broker) -> None:
    names = [f"{rabbit.prefix}-{each}" for each in ("queue", "dead")]
    rabbit.made += names
    inner, outer = f"{rabbit.prefix}-inner", f"{rabbit.prefix}-outer"
    settings = connection(
        exchanges={
            inner: Exchange(type="topic", auto_delete=True, bindings=[Binding(exchange=outer)]),
            outer: Exchange(type="fanout", auto_delete=True),
        },
        queues={
            names[0]: Queue(
                type="quorum",
                dead_letter_exchange="",
                dead_letter_routing_key=names[1],
                bindings=[Binding(exchange=inner, routing_key="#")],
            ),
            names[1]: Queue(max_length=10, message_ttl=60),
        },
    )
    await settled(need(await start(settings)).wait_for_resource())
    await rabbit.channel.basic_publish(b"hello", exchange=outer, routing_key="any")
    await rabbit.holds(names[0], 1)


async def test_a_queue_that_is_otherwise_is_told_of(
    start: Running, rabbit: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    name = await rabbit.queue()
    dependency = need(await start(connection(queues={name: Queue(max_length=3)})))
    await until(lambda: "PRECONDITION_FAILED" in caplog.text)
    assert "x-max-length" in caplog.text
    assert not dependency.is_ready


async def test_over_tls_the_name_of_the_broker_is_looked_at(
    start: Running, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    authority, other = trustme.CA(), trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ours.pem"))
    other.cert_pem.write_to_path(str(tmp_path / "other.pem"))
    async with proxy(context) as way:
        named: dict[str, Any] = {
            "servers": f"ssl:localhost:{way.port}",
            "tls": Tls(ca_file=tmp_path / "ours.pem"),
        }
        await settled(need(await start(connection(**named))).wait_for_resource())
        wrong_name = need(
            await start(connection(**{**named, "servers": f"ssl:127.0.0.1:{way.port}"}))
        )
        await until(lambda: "not valid for '127.0.0.1'" in caplog.text)
        unknown = Tls(ca_file=tmp_path / "other.pem")
        not_believed = need(await start(connection(**{**named, "tls": unknown})))
        await until(lambda: "unable to get local issuer certificate" in caplog.text)
        assert not wrong_name.is_ready
        assert not not_believed.is_ready
        await start.stop_all()


async def test_a_broker_without_a_heartbeat_is_given_up(
    start: Running, way: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    # It would be six seconds.
    monkeypatch.setattr(aiormq.Connection, "HEARTBEAT_GRACE_MULTIPLIER", 0.6)
    dependency = need(await start(connection(way.port, heartbeat=1.0)))
    first = await settled(dependency.wait_for_resource())
    channel = await first.get_named_channel("to ")
    way.stall()
    with pytest.raises(ResourceLost, match="before the broker had confirmed"):
        await first.publish("a", routing_key="any")
    assert channel.is_closed
    way.go()
    await until(lambda: dependency.is_ready and dependency.get_resource() is not first)


async def test_named_channels_are_shared_and_opened_again(start: Running) -> None:
    there = await settled(need(await start(connection())).wait_for_resource())
    first, same, other = await asyncio.gather(*map(there.get_named_channel, "aab"))
    assert first is same is not other
    await first.close()
    again = await there.get_named_channel("a")
    assert again is not first
    assert await there.get_named_channel("b") is other


async def test_stopping_does_not_wait_for_a_broker_that_is_dead(
    start: Running, way: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("piped.providers.amqp_client.CLOSE_SECONDS", 0.05)
    environment = await start(connection(way.port))
    dependency = need(environment)
    await settled(dependency.wait_for_resource())
    way.stall()
    async with asyncio.timeout(10):
        await stop(environment)
    assert not dependency.is_ready


async def test_it_gives_up_when_it_is_told_to(
    start: Running, way: Proxy, caplog: pytest.LogCaptureFixture
) -> None:
    await way.close()
    await start(connection(way.port, max_retries=2))
    await until(lambda: "given up after 3 attempts" in caplog.text)
