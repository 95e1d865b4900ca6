"""What other sections take in flows, and is answered for when it is stored."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.providers.amqp.brokers import Broker, broker
from tests.providers.database.databases import LIMIT, Running, until
from tests.services import address

from .hearing import Ear, flow_of


class Store:
    """A pipeline's end that keeps lists when it is let."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.kept: list[Any] = []
        self.fails = 0

    async def __call__(self, baton: Any) -> None:
        await self.gate.wait()
        if self.fails:
            self.fails -= 1
            raise ValueError("it cannot be stored")
        self.kept.append(baton)


@pytest.fixture
async def rabbit() -> AsyncIterator[Broker]:
    async with broker() as made:
        yield made


@pytest.fixture
async def app(rabbit: Broker) -> AsyncIterator[Running]:
    """What runs is stopped before the queues of the test are deleted."""
    running = Running()
    yield running
    await running.stop_all()


def consuming(queue: str, prefetch: int) -> str:
    host, port = address("rabbitmq")
    return f"""
amqp:
  connections:
    main:
      servers: 'tcp:{host}:{port}'
      basic_consumers:
        it:
          queue: '{queue}'
          qos: {{prefetch_count: {prefetch}}}
          requeue_delay: 1ms
          processor: flow.it
flows:
  it:
    from: batons
    through: decoded
    to: {{processor: {{processor: store, parallel: 100}}}}
    stop_time: 1s
plugins: {{bundles: {{mine: [tests.flow_parts.decoding]}}}}
"""


@pytest.mark.service("rabbitmq")
async def test_messages_are_acknowledged_when_they_are_stored(app: Running, rabbit: Broker) -> None:
    queue, store = await rabbit.queue(), Store()
    await rabbit.publish(queue, *range(50))
    running = await app(consuming(queue, 20), store=store)
    await running.comes("flow.it")
    drain = flow_of(running, "it").flow.drains[0]
    first = flow_of(running, "it").flow.parts[0]
    # So many are in the flow as the broker gives without an acknowledgement, and no more come.
    await until(lambda: first.passed == 20)
    assert drain.received == 0
    await running.stop()  # nothing was stored: all go back
    await rabbit.holds(queue, 50)
    store.gate.set()
    running = await app(consuming(queue, 20), store=store)
    await until(lambda: len(store.kept) == 50)
    assert sorted(store.kept) == list(range(50))
    await running.stop()
    await rabbit.holds(queue, 0)


@pytest.mark.service("rabbitmq")
async def test_a_message_that_is_not_stored_comes_again(app: Running, rabbit: Broker) -> None:
    queue, store = await rabbit.queue(), Store()
    store.gate.set()
    store.fails = 3
    await rabbit.publish(queue, *range(10))
    running = await app(consuming(queue, 5), store=store)
    await until(lambda: len(store.kept) == 10)
    assert sorted(store.kept) == list(range(10))
    await running.stop()
    await rabbit.holds(queue, 0)


WEB = """
web:
  site:
    port: 0
    routing:
      orders: {__config__: {processor: pipeline.order}}
      upload: {__config__: {processor: pipeline.upload, stream: true, body_limit: 100MB}}
flows:
  it: {from: {batons: {room: 2}}, to: {processor: heard}}
pipelines:
  order:
    chained_consumers:
      - extract-web-request-json: {output_path: order}
      - feed-flow: {flow: it, input_path: order.n}
      - set-value: {path: content, value: "stored\\n"}
      - write-web-response
    chained_error_consumers:
      - set-value: {path: content, value: "not stored\\n"}
      - write-web-response: {response_code: SERVICE_UNAVAILABLE}
  upload:
    - feed-flow: {flow: it, input_path: request.pieces, each: true, output_path: n}
    - eval-lambda: {lambda: "n: f'{n > 0}'", input_path: n, output_path: content}
    - write-web-response
"""


async def url_of(running: Any) -> str:
    """Where the site is."""
    site = next(each for each in running.environment.application if hasattr(each, "addresses"))
    await until(lambda: site.addresses)
    [(_, port)] = site.addresses
    return f"http://127.0.0.1:{port}"


async def answer(asking: Any) -> tuple[int, str]:
    async with asyncio.timeout(LIMIT), asking as response:
        return response.status, await response.text()


async def test_a_request_is_answered_when_what_it_brought_is_stored(start: Running) -> None:
    ear = Ear()
    running = await start(WEB, heard=ear)
    url = await url_of(running)
    ear.gate.clear()
    ear.fails = {2: 1}
    async with aiohttp.ClientSession() as client:
        asking = asyncio.ensure_future(answer(client.post(f"{url}/orders", json={"n": 1})))
        await until(lambda: flow_of(running, "it").flow.founts[0].passed)
        assert not asking.done()
        ear.gate.set()
        assert await asking == (200, "stored\n")
        second = await answer(client.post(f"{url}/orders", json={"n": 2}))
        assert second == (503, "not stored\n")
    assert ear.got == [1]


async def test_a_body_flows_in_as_it_comes_and_is_held_back(start: Running) -> None:
    ear = Ear()
    running = await start(WEB, heard=ear)
    url = await url_of(running)
    ear.gate.clear()
    sent = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(200):
            sent += 1
            yield b"x" * 100_000

    async with aiohttp.ClientSession() as client:
        asking = asyncio.ensure_future(answer(client.post(f"{url}/upload", data=body())))
        await until(lambda: flow_of(running, "it").flow.founts[0].passed)
        seen = -1
        while sent != seen:  # until it stands
            seen = sent
            await asyncio.sleep(0.1)
        assert sent < 200
        ear.gate.set()
        assert await asking == (200, "True")
    assert sum(map(len, ear.got)) == 200 * 100_000


async def test_lines_of_the_section_files_are_counted_when_they_are_stored(
    start: Running, tmp_path: Path
) -> None:
    log, state, ear = tmp_path / "app.log", tmp_path / "state", Ear()
    log.write_text("one\ntwo\n")
    text = f"""
files: {{it: {{path: '{log}', state: '{state}', interval: 5ms, processor: flow.it}}}}
flows: {{it: {{from: batons, to: {{processor: heard}}}}}}
"""
    ear.gate.clear()
    running = await start(text, heard=ear)
    await until(lambda: flow_of(running, "it").flow.founts[0].passed == 1)
    ear.gate.set()
    await until(lambda: len(ear.got) == 2)
    await running.stop()
    assert [each["line"] for each in ear.got] == ["one", "two"]
    assert [each["position"] for each in json.loads(state.read_text())["files"]] == [8]
