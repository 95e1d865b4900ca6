"""Is a message lost when brokers and workers are killed under load?

Run `python -m benchmarks.amqp_kills [--messages N] [--kills N]`. A RabbitMQ of its own is started
(its program must be installed), and a worker: a process of piped that consumes numbered messages,
takes each through a pipeline, publishes what comes of it with confirms, and acknowledges it then.
While they work, the broker and the worker are killed in turn, with SIGKILL, and started again.
Printed is how many numbers arrived, how many of them more than once, and how many never: none is to
be.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import aiormq
from pamqp.commands import Basic

from tests.sites import free_port

SOURCE = Path(__file__).parents[1] / "src"
PROGRAM = "/usr/lib/rabbitmq/bin/rabbitmq-server"
CONTROL = "/usr/lib/rabbitmq/bin/rabbitmqctl"
CHUNK = 500
# What a lost connection is to whoever uses it.
LOST = (aiormq.AMQPError, OSError, RuntimeError)

WORKER = """
amqp:
  connections:
    main:
      servers: tcp:127.0.0.1:{port}
      initial_delay: 50ms
      max_delay: 500ms
      queues: {{{source}: {{}}, {target}: {{}}}}
      basic_consumers:
        it:
          queue: {source}
          processor: pipeline.work
          qos: {{prefetch_count: 200}}
          requeue_delay: 50ms
          log_processor_exceptions: null

pipelines:
  work:
    - eval-lambda: {{lambda: "baton: int(baton['body'])", output_path: number}}
    - eval-lambda: {{input_path: number, lambda: "number: number * 2", output_path: double}}
    - eval-lambda: {{input_path: double, lambda: "number: number // 2", output_path: number}}
    - passthrough
    - amqp-publish: {{connection: main, routing_key: {target}, body_path: number}}
"""


class Worker:
    """A process of piped."""

    def __init__(self, folder: Path, port: int, source: str, target: str) -> None:
        self._folder = folder
        (folder / "worker.yaml").write_text(WORKER.format(port=port, source=source, target=target))
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        with (self._folder / "worker.log").open("a") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "piped", "-nc", "worker.yaml", "-p", ""),
                cwd=self._folder,
                env={**os.environ, "PYTHONPATH": str(SOURCE)},
                stdout=log,
                stderr=log,
            )

    async def kill(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def again(self) -> None:
        await self.kill()
        await self.start()


class OwnBroker:
    """A RabbitMQ that is started here, and may be killed."""

    def __init__(self, folder: Path, port: int) -> None:
        self._folder = folder
        self._port = port
        self.node = f"piped-{port}@localhost"
        (folder / "plugins").write_text("[].")

    async def start(self) -> None:
        own = {
            "HOME": self._folder,
            "RABBITMQ_NODENAME": self.node,
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": self._port,
            "RABBITMQ_DIST_PORT": free_port(),
            "RABBITMQ_MNESIA_BASE": self._folder / "mnesia",
            "RABBITMQ_LOG_BASE": self._folder / "log",
            "RABBITMQ_ENABLED_PLUGINS_FILE": self._folder / "plugins",
            "RABBITMQ_CONFIG_FILE": self._folder / "none",
            "RABBITMQ_CONF_ENV_FILE": self._folder / "none",
            "RABBITMQ_PID_FILE": self._folder / "pid",
        }
        self._shell = await asyncio.create_subprocess_exec(
            PROGRAM,
            env={**os.environ, **{name: str(value) for name, value in own.items()}},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        connection = await connected(self._port)
        await connection.close()

    async def control(self, *command: str) -> None:
        """Run `rabbitmqctl`."""
        process = await asyncio.create_subprocess_exec(
            *(CONTROL, "-q", "-n", self.node, *command),
            env={**os.environ, "HOME": str(self._folder)},
        )
        assert await process.wait() == 0, "it is said above"

    async def kill(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            os.kill(int((self._folder / "pid").read_text()), signal.SIGKILL)
        await self._shell.wait()

    async def again(self) -> None:
        await self.kill()
        await self.start()


async def connected(port: int) -> Any:
    """A connection, as soon as there is one."""
    while True:
        with contextlib.suppress(*LOST):
            return await aiormq.connect(f"amqp://guest:guest@127.0.0.1:{port}/")
        await asyncio.sleep(0.1)


async def feed(port: int, queue: str, numbers: Sequence[int]) -> None:
    """Publish all of them, each until it is confirmed."""
    for chunk in chunks(numbers):
        left = set(chunk)
        while left:
            with contextlib.suppress(*LOST):
                connection = await connected(port)
                channel = await connection.channel()
                await channel.queue_declare(queue, durable=True)
                await asyncio.gather(*(sent(channel, queue, each, left) for each in chunk))
                await connection.close()


def chunks(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    for begin in range(0, len(numbers), CHUNK):
        yield numbers[begin : begin + CHUNK]


async def sent(channel: Any, queue: str, number: int, left: set[int]) -> None:
    if number in left:
        kept = Basic.Properties(delivery_mode=2)
        await channel.basic_publish(b"%d" % number, routing_key=queue, properties=kept, wait=False)
        left.discard(number)


async def collect(port: int, queue: str, arrived: Counter[int]) -> None:
    """Count what arrives, until cancelled."""
    while True:
        with contextlib.suppress(*LOST):
            connection = await connected(port)
            channel = await connection.channel()
            await channel.queue_declare(queue, durable=True)
            await channel.basic_qos(prefetch_count=500)

            async def take(message: Any, channel: Any = channel) -> None:
                arrived[int(message.body)] += 1
                with contextlib.suppress(*LOST):
                    await channel.basic_ack(message.delivery_tag, wait=False)

            await channel.basic_consume(queue, take)
            try:
                await asyncio.wait([channel.closing])
            finally:
                await connection.close()


Disturb = Callable[[], Awaitable[None]]


async def counted(
    port: int, queues: tuple[str, str], messages: int, disturbances: Sequence[Disturb]
) -> Counter[int]:
    """How often each number arrives, with the disturbances spread over the time it takes."""
    arrived: Counter[int] = Counter()
    collecting = asyncio.create_task(collect(port, queues[1], arrived))
    feeding = asyncio.create_task(feed(port, queues[0], range(messages)))
    try:
        for at, disturb in enumerate(disturbances, start=1):
            await arrival(arrived, messages * at // (len(disturbances) + 1))
            await disturb()
        await feeding
        await arrival(arrived, messages)
    finally:
        feeding.cancel()
        collecting.cancel()
        await asyncio.wait([feeding, collecting])
    return arrived


async def arrival(arrived: Counter[int], count: int, patience: float = 60.0) -> None:
    """Wait until so many have arrived, or nothing more does."""
    before, since = -1, time.monotonic()
    while len(arrived) < count:
        if len(arrived) != before:
            before, since = len(arrived), time.monotonic()
        if time.monotonic() - since > patience:
            return
        await asyncio.sleep(0.02)


async def run(messages: int, kills: int, port: int) -> bool:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        broker, worker = OwnBroker(folder, port), Worker(folder, port, "source", "target")
        try:
            await broker.start()
            await worker.start()
            begin = time.monotonic()
            disturbances = [(broker if at % 2 else worker).again for at in range(kills)]
            arrived = await counted(port, ("source", "target"), messages, disturbances)
            took = time.monotonic() - begin
        finally:
            await worker.kill()
            await broker.kill()
    twice = sum(each > 1 for each in arrived.values())
    lost = messages - len(arrived)
    print(f"{messages} messages, {kills} kills of worker and broker in turn, {took:.0f} s")
    print(f"{len(arrived)} arrived, {twice} of them more than once, {lost} lost")
    return not lost


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--port", type=int, default=5699)
    given = parser.parse_args()
    logging.disable()  # of what is lost we know
    if shutil.which(PROGRAM) is None:
        parser.error(f"there is no {PROGRAM}: apt-get install rabbitmq-server")
    return 0 if asyncio.run(run(given.messages, given.kills, given.port)) else 1


if __name__ == "__main__":
    sys.exit(main())
