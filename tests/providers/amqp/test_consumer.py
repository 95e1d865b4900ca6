"""Consumers of a real broker: nothing is acknowledged before it is done, and nothing is lost."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from piped.exceptions import BatonDropped, PipelineFull
from piped.interop import settled
from piped.providers.amqp_settings import Qos
from piped.providers.amqp_topology import NamedQueue, Queue
from tests.losses import Losses
from tests.providers.running import Running, stop
from tests.proxy import Proxy

from .brokers import Broker, connection, consuming, need, until

pytestmark = pytest.mark.service("rabbitmq")


def noting(got: list[Any]) -> Callable[[Any], None]:
    return lambda baton: got.append(json.loads(baton["body"]))


async def test_a_message_is_a_baton(start: Running, rabbit: Broker) -> None:
    queue, got = await rabbit.queue(), list[Any]()
    await rabbit.publish(queue, {"a": 1}, headers={"x": "y"}, content_type="application/json")
    await start(consuming(queue), work=got.append)
    await until(lambda: got)
    [baton] = got
    assert baton["body"] == b'{"a": 1}'
    assert baton["properties"].headers == {"x": "y"}
    assert baton["properties"].content_type == "application/json"
    assert (baton["method"].routing_key, baton["method"].redelivered) == (queue, False)
    assert baton["channel"].number


async def test_messages_are_handled_at_the_same_time_and_acknowledged_when_they_ended(
    start: Running, rabbit: Broker
) -> None:
    queue, gates = await rabbit.queue(), {each: asyncio.Event() for each in range(6)}
    begun: list[int] = []

    async def work(baton: Any) -> None:
        begun.append(int(baton["body"]))
        await gates[int(baton["body"])].wait()

    await rabbit.publish(queue, *range(6))
    environment = await start(consuming(queue, qos=Qos(prefetch_count=4)), work=work)
    await until(lambda: len(begun) == 4)
    # One that is done makes room for one more, though those before it are not done.
    gates[2].set()
    await until(lambda: begun == [0, 1, 2, 3, 4])
    gates[0].set()
    gates[1].set()
    await until(lambda: len(begun) == 6)
    stopping = asyncio.create_task(stop(environment))
    for gate in gates.values():
        gate.set()
    await stopping
    await rabbit.holds(queue, 0)


async def test_what_failed_comes_again(
    start: Running, rabbit: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    queue, came = await rabbit.queue(), Counter[bytes]()

    def work(baton: Any) -> None:
        came[baton["body"]] += 1
        if came[baton["body"]] < 3:
            raise ValueError("not yet")

    await rabbit.publish(queue, b"a", b"b")
    await start(consuming(queue), work=work)
    await until(lambda: came == {b"a": 3, b"b": 3})
    assert f"a message to {queue!r} failed, and comes again" in caplog.text
    assert "ValueError: not yet" in caplog.text
    await rabbit.holds(queue, 0)


async def test_a_quorum_queue_counts_and_what_came_too_often_goes_to_the_dead_letters(
    start: Running, rabbit: Broker
) -> None:
    names = [f"{rabbit.prefix}-{each}" for each in ("queue", "dead")]
    rabbit.made += names
    came: list[Any] = []

    def work(baton: Any) -> None:
        came.append(baton["properties"].headers)
        raise ValueError("never")

    settings = consuming(names[0], max_deliveries=3)
    [(provider, given)] = settings.items()
    counting = Queue(type="quorum", dead_letter_exchange="", dead_letter_routing_key=names[1])
    queues = {names[0]: counting, names[1]: Queue()}
    declared = connection(basic_consumers=given["main"].basic_consumers, queues=queues)
    environment = await start({provider: declared[provider]}, work=work)
    await settled(need(environment).wait_for_resource())
    await rabbit.publish(names[0], b"poison")
    await rabbit.holds(names[1], 1)
    assert len(came) == 3
    letter = await rabbit.get(names[1])
    assert letter.header.properties.headers["x-death"][0]["reason"] == "rejected"


async def test_what_is_not_to_come_again_goes_at_once(start: Running, rabbit: Broker) -> None:
    dead = await rabbit.queue("dead")
    letters = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": dead}
    queue = await rabbit.queue(**letters)

    async def work(baton: Any) -> None:
        await asyncio.sleep(0)
        raise ValueError("never")

    await rabbit.publish(queue, b"poison")
    await start(consuming(queue, requeue=False, log_processor_exceptions=None), work=work)
    await rabbit.holds(dead, 1)


@pytest.mark.parametrize(
    ("options", "failure", "left"),
    [
        ({"nack_after_failed_processing": False, "ack_after_failed_processing": True}, KeyError, 0),
        ({"nack_after_failed_processing": False}, KeyError, 1),
        ({"ack_after_successful_processing": False}, None, 1),
        ({}, BatonDropped, 0),
        ({"no_ack": True}, KeyError, 0),
        ({"no_ack": True}, None, 0),
    ],
)
async def test_what_is_left_when_a_consumer_has_gone(
    start: Running, rabbit: Broker, options: Any, failure: Any, left: int
) -> None:
    queue, came = await rabbit.queue(), list[Any]()

    def work(baton: Any) -> None:
        came.append(baton)
        if failure is not None:
            raise failure("this")

    await rabbit.publish(queue, b"a")
    environment = await start(consuming(queue, **options), work=work)
    await until(lambda: came)
    await stop(environment)
    await rabbit.holds(queue, left)
    assert len(came) == 1


async def test_what_there_was_no_room_for_comes_again(
    start: Running, rabbit: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    queue, came = await rabbit.queue(), list[Any]()

    def work(baton: Any) -> None:
        came.append(baton)
        if len(came) < 3:
            raise PipelineFull("no room")

    await rabbit.publish(queue, b"a")
    await start(consuming(queue, max_deliveries=1), work=work)
    await until(lambda: len(came) == 3)
    await rabbit.holds(queue, 0)


async def test_a_consumer_waits_for_its_processor(start: Running, rabbit: Broker) -> None:
    queue, got = await rabbit.queue(), list[Any]()
    environment = await start(consuming(queue), work=noting(got))
    offer = environment.resource_manager.get_registered_resources()["work"]
    await rabbit.publish(queue, 1)
    await until(lambda: got == [1])
    offer.lost("for a while")
    await rabbit.publish(queue, 2)
    await rabbit.holds(queue, 1)
    offer.ready(noting(got))
    await until(lambda: got == [1, 2])


async def test_a_consumer_finds_its_broker_again_and_nothing_is_lost(
    start: Running, rabbit: Broker, way: Proxy
) -> None:
    queue, got = await rabbit.queue(), list[Any]()

    async def work(baton: Any) -> None:
        await asyncio.sleep(0.002)
        got.append(int(baton["body"]))

    await start(consuming(queue, way.port), work=work)
    await rabbit.publish(queue, *range(100))
    for enough in (10, 40, 70):
        await until(lambda enough=enough: len(set(got)) >= enough)  # type: ignore[misc]
        way.cut()
    await until(lambda: set(got) == set(range(100)))
    await rabbit.holds(queue, 0)


async def test_a_consumer_hears_again_when_its_broker_is_back(
    start: Running, rabbit: Broker, way: Proxy, losses: Losses
) -> None:
    queue, got = await rabbit.queue(), list[Any]()
    dependency = need(await start(consuming(queue, way.port), work=noting(got)))
    await rabbit.publish(queue, 1)
    await until(lambda: got == [1])
    await way.refuse()
    way.cut()
    await until(lambda: not dependency.is_ready)
    await rabbit.publish(queue, 2)
    await way.open()
    with losses.of("amqp.consumer", "cut, until it hears again").found():
        await until(lambda: 2 in got)


async def test_a_run_goes_on_though_the_connection_is_lost(
    start: Running, rabbit: Broker, way: Proxy
) -> None:
    queue, gate = await rabbit.queue(), asyncio.Event()
    begun, ends = list[Any](), list[Any]()

    async def work(baton: Any) -> None:
        begun.append(baton["method"].redelivered)
        await gate.wait()
        ends.append(baton["method"].redelivered)

    await rabbit.publish(queue, b"a")
    environment = await start(consuming(queue, way.port), work=work)
    dependency = need(environment)
    await settled(dependency.wait_for_resource())
    first = dependency.get_resource()
    await rabbit.holds(queue, 0)
    way.cut()
    await until(lambda: dependency.is_ready and dependency.get_resource() is not first)
    await until(lambda: begun == [False, True])
    gate.set()
    await until(lambda: sorted(ends) == [False, True])
    await rabbit.holds(queue, 0)


async def test_stopping_lets_what_is_under_way_end(start: Running, rabbit: Broker) -> None:
    queue, gate, got = await rabbit.queue(), asyncio.Event(), list[Any]()

    async def work(baton: Any) -> None:
        got.append(baton["body"])
        await gate.wait()

    await rabbit.publish(queue, b"a", b"b")
    environment = await start(consuming(queue, qos=Qos(prefetch_count=1)), work=work)
    await until(lambda: got)
    stopping = asyncio.create_task(stop(environment))
    await asyncio.sleep(0.05)
    assert not stopping.done()
    gate.set()
    await stopping
    assert got == [b"a"]
    await rabbit.holds(queue, 1)


async def test_stopping_waits_for_runs_that_have_lost_their_connection(
    start: Running, rabbit: Broker, way: Proxy
) -> None:
    queue, gate = await rabbit.queue(), asyncio.Event()
    begun, ends = list[Any](), list[Any]()

    async def work(baton: Any) -> None:
        begun.append(baton)
        await gate.wait()
        ends.append(baton)

    await rabbit.publish(queue, b"a")
    environment = await start(consuming(queue, way.port), work=work)
    await until(lambda: begun)
    await way.close()
    await until(lambda: not need(environment).is_ready)
    stopping = asyncio.create_task(stop(environment))
    await asyncio.sleep(0.02)
    gate.set()
    await stopping
    assert len(ends) == 1


async def test_stopping_cancels_what_takes_too_long_and_hands_it_back(
    start: Running, rabbit: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    queue, got = await rabbit.queue(), list[Any]()

    async def work(baton: Any) -> None:
        got.append(baton)
        await asyncio.Event().wait()

    await rabbit.publish(queue, b"a")
    environment = await start(consuming(queue, close_time=0.05), work=work)
    await until(lambda: got)
    await stop(environment)
    await rabbit.holds(queue, 1)
    assert "what was still under way is cancelled" in caplog.text


async def test_a_queue_that_is_not_there_is_told_of_and_found_when_it_is(
    start: Running, rabbit: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    got: list[Any] = []
    name = f"{rabbit.prefix}-late"
    await start(consuming(name), work=noting(got))
    await until(lambda: "NOT_FOUND" in caplog.text)
    assert "amqp.consumer.main.it" in caplog.text
    assert "Traceback" not in caplog.text
    await rabbit.queue("late")
    await rabbit.publish(name, 1)
    await until(lambda: got == [1])


async def test_a_queue_that_is_deleted_is_waited_for(
    start: Running, rabbit: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    queue, got = await rabbit.queue(), list[Any]()
    await start(consuming(queue), work=noting(got))
    await until(lambda: "consumes from" in caplog.text)
    await rabbit.channel.queue_delete(queue)
    await until(lambda: "its queue is gone" in caplog.text)
    await rabbit.queue()
    await rabbit.publish(queue, 1)
    await until(lambda: got == [1])


async def test_only_one_consumer_is_exclusive_and_the_other_stands_by(
    start: Running, rabbit: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    queue, got = await rabbit.queue(), list[Any]()
    first = await start(consuming(queue, exclusive=True), work=lambda _: got.append("first"))
    await rabbit.publish(queue, 1)
    await until(lambda: got == ["first"])
    await start(consuming(queue, exclusive=True), work=lambda _: got.append("second"))
    await until(lambda: "ACCESS_REFUSED" in caplog.text)
    await stop(first)
    await rabbit.publish(queue, 2)
    await until(lambda: got == ["first", "second"])


async def test_a_queue_of_ones_own_has_a_name_of_the_brokers(
    start: Running, rabbit: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    got: list[Any] = []
    await start(consuming(None), work=noting(got))
    await until(lambda: "consumes from amq.gen-" in caplog.text)
    [name] = [word for word in caplog.text.split() if word.startswith("amq.gen-")]
    await rabbit.publish(name, 1)
    await until(lambda: got == [1])


async def test_a_consumer_declares_its_queue(
    start: Running, rabbit: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    name, got = f"{rabbit.prefix}-own", list[Any]()
    rabbit.made.append(name)
    await start(consuming(NamedQueue(queue=name)), work=noting(got))
    await until(lambda: f"consumes from {name}" in caplog.text)
    await rabbit.publish(name, 1)
    await until(lambda: got == [1])
