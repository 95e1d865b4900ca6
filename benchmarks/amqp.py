"""How fast do messages go through, beside others?

Run `python -m benchmarks.amqp [--messages N] [--rounds N]`, with RabbitMQ on its standard port.
Each contender is a process of its own, which finds the messages in a queue; it takes each through
the same five functions, publishes what comes of it with a confirm, and acknowledges it then. Up to
100 are under way. Rounds go over all contenders in turn. Printed are medians: messages a second,
the same for each second of processor time that the process took (which is what is left of noise),
and the ratio of each to bare aio-pika.

Needs faststream[rabbit] beside what piped needs for `amqp`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiormq
from pamqp.commands import Basic

URL = "amqp://guest:guest@127.0.0.1:5672/"
SOURCE = Path(__file__).parents[1] / "src"
TICKS = os.sysconf("SC_CLK_TCK")
NAMES = ("aio-pika", "faststream", "piped")
BODY = {"number": 7, "customer": "Ada", "lines": [{"engine": 7, "count": 3}] * 3}

STEPS = """
def check(order): return order if order["lines"] else {}
def price(order): order["price"] = 17 * len(order["lines"]); return order
def tax(order): order["tax"] = order["price"] // 5; return order
def total(order): order["total"] = order["price"] + order["tax"]; return order
def sign(order): order["by"] = "me"; return order
ALL = (check, price, tax, total, sign)
"""

BARE = """
import asyncio, json
import aio_pika
from steps import ALL

async def main():
    connection = await aio_pika.connect("URL")
    channel = await connection.channel()
    await channel.set_qos(prefetch_count=100)
    queue = await channel.get_queue("SOURCE")
    async def take(message):
        order = json.loads(message.body)
        for each in ALL:
            order = each(order)
        made = aio_pika.Message(json.dumps(order).encode(), delivery_mode=2)
        await channel.default_exchange.publish(made, routing_key="TARGET")
        await message.ack()
    await queue.consume(take)
    await asyncio.Event().wait()

asyncio.run(main())
"""

FASTSTREAM = """
import asyncio, logging
from faststream import FastStream
from faststream.rabbit import Channel, RabbitBroker, RabbitQueue
from steps import ALL

broker = RabbitBroker(
    "URL", default_channel=Channel(prefetch_count=100), logger=None, log_level=logging.CRITICAL
)

@broker.subscriber(RabbitQueue("SOURCE", durable=True))
@broker.publisher("TARGET", persist=True)
async def take(order: dict) -> dict:
    for each in ALL:
        order = each(order)
    return order

asyncio.run(FastStream(broker, logger=None).run())
"""

PIPED = """
plugins: {bundles: {it: [piped_steps]}}
amqp:
  connections:
    main:
      servers: tcp:127.0.0.1:5672
      basic_consumers: {it: {queue: SOURCE, processor: pipeline.work}}
pipelines:
  work:
    - decode-json: {input_path: body, output_path: order}
    - check: {input_path: order}
    - price: {input_path: order}
    - tax: {input_path: order}
    - total: {input_path: order}
    - sign: {input_path: order}
    - amqp-publish: {connection: main, routing_key: TARGET, body_path: order}
"""


def command_of(name: str, queues: tuple[str, str], folder: Path) -> list[str]:
    def written(text: str) -> str:
        return text.replace("URL", URL).replace("SOURCE", queues[0]).replace("TARGET", queues[1])

    (folder / "steps.py").write_text(STEPS)
    if name == "piped":
        marked = re.sub(r"^def (\w+)", r'@processor("\1")\ndef \1', STEPS, flags=re.MULTILINE)
        (folder / "piped_steps.py").write_text("from piped import processor\n" + marked)
        (folder / "app.yaml").write_text(written(PIPED))
        return [sys.executable, "-m", "piped", "-n", "-p", "", "-c", "app.yaml"]
    text = {"aio-pika": BARE, "faststream": FASTSTREAM}[name]
    return [sys.executable, "-W", "ignore", "-c", written(text)]


async def fill(channel: Any, queue: str, messages: int) -> None:
    body = json.dumps(BODY).encode()
    for _ in range(messages // 500):
        await asyncio.gather(*(sent(channel, queue, body) for _ in range(500)))


async def sent(channel: Any, queue: str, body: bytes) -> None:
    kept = Basic.Properties(delivery_mode=2, content_type="application/json")
    await channel.basic_publish(body, routing_key=queue, wait=False, properties=kept)


async def count(channel: Any, queue: str) -> int:
    declared = await channel.queue_declare(queue, passive=True)
    return int(declared.message_count)


def processor_time(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


async def rates(
    process: subprocess.Popen[bytes], channel: Any, target: str, messages: int
) -> tuple[float, float]:
    """Messages a second, and messages a second of processor time; of those after the first ones."""

    async def arrived(enough: int) -> int:
        while (there := await count(channel, target)) < enough:
            assert process.poll() is None, "it has ended"
            await asyncio.sleep(0.01)
        return there

    begin = await arrived(messages // 50)
    begun, used = time.perf_counter(), processor_time(process.pid)
    await arrived(messages)
    took, used = time.perf_counter() - begun, processor_time(process.pid) - used
    return (messages - begin) / took, (messages - begin) / used


async def measured(name: str, messages: int) -> tuple[float, float]:
    connection = await aiormq.connect(URL)
    channel = await connection.channel()
    mark = uuid4().hex[:8]
    queues = f"piped-benchmark-{mark}-source", f"piped-benchmark-{mark}-target"
    for each in queues:
        await channel.queue_declare(each, durable=True)
    await fill(channel, queues[0], messages)
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(  # noqa: ASYNC220 - nothing else runs then
            command_of(name, queues, Path(folder)),
            cwd=folder,
            env={**os.environ, "PYTHONPATH": f"{SOURCE}{os.pathsep}{folder}"},
            stdout=subprocess.DEVNULL,
        )
        try:
            return await rates(process, channel, queues[1], messages)
        finally:
            process.kill()
            process.wait()
            for each in queues:
                await channel.queue_delete(each)
            await connection.close()


def main() -> None:
    parser = argparse.ArgumentParser(description="How fast do messages go through?")
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in NAMES}
    for _ in range(given.rounds):
        for name in NAMES:
            found[name].append(asyncio.run(measured(name, given.messages)))
    medians = {
        name: [statistics.median(each) for each in zip(*pairs, strict=True)]
        for name, pairs in found.items()
    }
    print(f"{given.messages} messages of {len(json.dumps(BODY))} bytes, {given.rounds} rounds")
    for name, (wall, used) in medians.items():
        ratio, own = (at / bare for at, bare in zip((wall, used), medians["aio-pika"], strict=True))
        print(
            f"{name:10} {wall:7.0f} a second {ratio:5.2f}"
            f" {used:9.0f} a second of its own {own:5.2f}"
        )


if __name__ == "__main__":
    main()
