"""What does a message of ZeroMQ cost on its way through a pipeline, beside pyzmq alone?

Run `python -m benchmarks.zmq [--messages N] [--rounds N] [--bytes N] [--batch N] [--uvloop]`. The
last answer is in `zmq.txt`. The other end is a process that does nothing but send, or receive.
Rounds go over all contestants in turn. Printed are medians: messages a second, microseconds of
processor time each (of this process, ZeroMQ's own thread included, which is what is left of noise),
and the ratio of that to pyzmq in a loop that blocks and does nothing else.

*Taking* goes through a pipeline of five steps, *sending* through one whose step sends. What
pyzmq has to run on asyncio is there, too: it calls five functions, as many as there are steps.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import zmq
import zmq.asyncio

from piped.checking import check_file
from piped.environment import RuntimeEnvironment
from piped.interop import is_later, settled

PEER = """
import sys, zmq
what, endpoint, count, size = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
with zmq.Context() as context:
    socket = context.socket(zmq.PUSH if what == "send" else zmq.PULL)
    socket.connect(endpoint)
    if what == "send":
        for _ in range(count):
            socket.send(b"x" * size)
    else:
        for _ in range(count):
            socket.recv()
    socket.close()
"""
CONFIGURATION = """
zmq:
  maximum_batch_size: {batch}
  queues:
    in: {{type: PULL, binds: "tcp://127.0.0.1:*", processor: watched}}
    out: {{type: PUSH, binds: "tcp://127.0.0.1:*", timeout: null}}
pipelines:
  take: [passthrough, passthrough, passthrough, passthrough, passthrough]
  send: [send-zmq-message: {{queue_name: out}}]
"""
Result = tuple[float, float]


class Given(argparse.Namespace):
    messages: int
    rounds: int
    bytes: int
    batch: int
    uvloop: bool


class Watch:
    """Counts from the first message to the last one."""

    def __init__(self, count: int) -> None:
        self._left = count
        self._begun: Result | None = None
        self.result: Result | None = None

    def __call__(self) -> bool:
        """One more has come. Whether that was all."""
        if self._begun is None:
            self._begun = now()
        self._left -= 1
        if self._left:
            return False
        self.result = since(self._begun)
        return True


def now() -> Result:
    return time.perf_counter(), time.process_time()


def since(begun: Result) -> Result:
    wall, own = now()
    return wall - begun[0], own - begun[1]


def step(baton: Any) -> Any:
    return baton


@contextmanager
def peer(what: str, endpoint: str, given: Given) -> Iterator[None]:
    arguments = (what, endpoint, str(given.messages), str(given.bytes))
    with subprocess.Popen([sys.executable, "-c", PEER, *arguments]) as process:
        yield
        assert process.wait() == 0


@contextmanager
def bound(context: Any, kind: int) -> Iterator[tuple[Any, str]]:
    socket = context.socket(kind)
    socket.bind("tcp://127.0.0.1:*")
    try:
        yield socket, socket.get(zmq.LAST_ENDPOINT).rstrip(b"\0").decode()
    finally:
        socket.close()
        context.term()


def blocking_taking(given: Given) -> Result:
    watch = Watch(given.messages)
    with bound(zmq.Context(), zmq.PULL) as (socket, endpoint), peer("send", endpoint, given):
        while True:
            socket.recv()
            if watch():
                break
    assert watch.result is not None
    return watch.result


def blocking_sending(given: Given) -> Result:
    message = b"x" * given.bytes
    with bound(zmq.Context(), zmq.PUSH) as (socket, endpoint), peer("take", endpoint, given):
        socket.send(message)
        begun = now()
        for _ in range(given.messages - 1):
            socket.send(message)
        return since(begun)


async def asyncio_taking(given: Given) -> Result:
    watch = Watch(given.messages)
    with (
        bound(zmq.asyncio.Context(), zmq.PULL) as (socket, endpoint),
        peer("send", endpoint, given),
    ):
        while True:
            step(step(step(step(step(await socket.recv())))))
            if watch():
                break
    assert watch.result is not None
    return watch.result


async def asyncio_sending(given: Given) -> Result:
    message = b"x" * given.bytes
    with (
        bound(zmq.asyncio.Context(), zmq.PUSH) as (socket, endpoint),
        peer("take", endpoint, given),
    ):
        await socket.send(message)
        begun = now()
        for _ in range(given.messages - 1):
            await socket.send(message)
        return since(begun)


async def piped_taking(given: Given) -> Result:
    watch, ended = Watch(given.messages), asyncio.Event()

    def watched(baton: Any) -> Any:
        if watch():
            ended.set()
        return take.run(baton)

    async with running(given, watched) as find:
        take = find("pipeline.take")
        endpoint = find("zmq.socket.in").endpoints[0]
        with peer("send", endpoint, given):
            await ended.wait()
    assert watch.result is not None
    return watch.result


async def piped_sending(given: Given) -> Result:
    message = b"x" * given.bytes
    async with running(given, step) as find:
        pipeline = find("pipeline.send")
        endpoint = find("zmq.socket.out").endpoints[0]
        with peer("take", endpoint, given):
            await settled(pipeline.run(message))
            begun = now()
            for _ in range(given.messages - 1):
                later = pipeline.run(message)
                if is_later(later):
                    await settled(later)
            return since(begun)


@asynccontextmanager
async def running(given: Given, watched: Callable[[Any], Any]) -> AsyncIterator[Callable[..., Any]]:
    """What finds a resource of a process of piped, while it runs."""
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(CONFIGURATION.format(batch=given.batch))
        file.flush()
        checked = check_file(file.name)
    environment = RuntimeEnvironment(
        checked.configuration, catalogue=checked.catalogue, settings=checked.settings
    )
    environment.configure()
    environment.offer("watched", resource=watched)
    for provider in checked.providers:
        provider.configure(environment)
    manager = environment.dependency_manager
    paths = ("pipeline.take", "pipeline.send", "zmq.socket.in", "zmq.socket.out")
    found = {path: manager.add_dependency(environment, {"provider": path}) for path in paths}
    manager.resolve_initial_states()
    await settled(environment.application.startService())
    try:
        yield lambda path: found[path].get_resource()
    finally:
        await settled(environment.on_stopping())
        await settled(environment.application.stopService())


def on_loop(contestant: Callable[[Given], Any]) -> Callable[[Given], Result]:
    def run(given: Given) -> Result:
        factory = None
        if given.uvloop:
            import uvloop

            factory = uvloop.new_event_loop
        with asyncio.Runner(loop_factory=factory) as runner:
            result: Result = runner.run(contestant(given))
            return result

    return run


CONTESTANTS: dict[str, dict[str, Callable[[Given], Result]]] = {
    "taking": {
        "pyzmq, blocking": blocking_taking,
        "pyzmq, asyncio": on_loop(asyncio_taking),
        "piped": on_loop(piped_taking),
    },
    "sending": {
        "pyzmq, blocking": blocking_sending,
        "pyzmq, asyncio": on_loop(asyncio_sending),
        "piped": on_loop(piped_sending),
    },
}


def main() -> None:
    parser = argparse.ArgumentParser(description="What does a message of ZeroMQ cost?")
    parser.add_argument("--messages", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--bytes", type=int, default=100)
    parser.add_argument("--batch", type=int, default=10)
    parser.add_argument("--uvloop", action="store_true")
    given = parser.parse_args(namespace=Given())
    print(f"{given.messages} messages of {given.bytes} bytes, {given.rounds} rounds")
    for what, contestants in CONTESTANTS.items():
        results: dict[str, list[Result]] = {name: [] for name in contestants}
        for _ in range(given.rounds):
            for name, contestant in contestants.items():
                results[name].append(contestant(given))
        first = 0.0
        for name, found in results.items():
            wall, own = (
                statistics.median(each) / given.messages for each in zip(*found, strict=True)
            )
            first = first or own
            told = f"{1 / wall:9.0f} a second {own * 1e6:8.2f} µs each {own / first:7.2f}"
            print(f"{what:8} {name:16} {told}")


if __name__ == "__main__":
    main()
