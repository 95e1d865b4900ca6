"""How long is a loss of ZooKeeper, and what does a read cost?

Run `python -m benchmarks.zookeeper [--rounds N] [--reads N] [--session SECONDS]`. A server
of its own is killed and started again; a network is silenced, and opened again. Printed are medians
and the longest: of the losses in shares of the session, which is what they depend on. Then reads a
second, 100 under way at a time, and their ratio to those of kazoo alone with its own threads.

Needs Debian's package `zookeeperd`.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from typing import Any

from kazoo.client import KazooClient

from piped.environment import RuntimeEnvironment
from piped.interop import settled
from piped.providers.zookeeper_provider import ZooKeeperProvider
from piped.providers.zookeeper_settings import Client, ClientName, Leader, ZooKeeperSettings
from tests.proxy import Proxy, proxy
from tests.zookeeper_server import Server, server

CLIENT, LEADER = "zookeeper.client.it", "zookeeper.leader.it"
AT_ONCE = 100


class Process:
    """What a process of piped would have: a client, and a candidate for an election."""

    def __init__(self, port: int, session: float) -> None:
        settings = ZooKeeperSettings(
            clients={
                "it": Client(
                    servers=f"127.0.0.1:{port}",
                    session_timeout=session,
                    initial_delay=0.05,
                    max_delay=0.5,
                )
            },
            leaders={"it": Leader(client=ClientName("it"), path="/leader")},
        )
        self.environment = RuntimeEnvironment(settings={"zookeeper": settings})
        self.environment.configure()
        ZooKeeperProvider().configure(self.environment)
        self._needs = {
            path: self.environment.dependency_manager.add_dependency(self, {"provider": path})
            for path in (CLIENT, LEADER)
        }

    async def start(self) -> Process:
        self.environment.dependency_manager.resolve_initial_states()
        await settled(self.environment.application.startService())
        await settled(self.environment.on_started())
        return self

    async def stop(self) -> None:
        await settled(self.environment.application.stopService())

    async def has(self, path: str, *, ready: bool = True) -> Any:
        need = self._needs[path]
        while need.is_ready is not ready:  # noqa: ASYNC110 - what takes a moment is noise
            await asyncio.sleep(0.001)
        return need.get_resource() if ready else None


async def timed(wait: Awaitable[Any]) -> float:
    begun = time.perf_counter()
    await wait
    return time.perf_counter() - begun


async def killed(one: Server, session: float) -> tuple[float, float]:
    """Until it is lost, and until it is found again by one who knows of its start."""
    process = await Process(one.port, session).start()
    await process.has(CLIENT)
    one.kill()
    lost = await timed(process.has(CLIENT, ready=False))
    await asyncio.to_thread(one.start)
    found = await timed(process.has(CLIENT))
    await process.stop()
    return lost, found


async def silent(network: Proxy, session: float) -> tuple[float, float]:
    process = await Process(network.port, session).start()
    await process.has(CLIENT)
    network.silent = True
    lost = await timed(process.has(CLIENT, ready=False))
    network.silent = False
    network.cut()
    found = await timed(process.has(CLIENT))
    await process.stop()
    return lost / session, found


async def handed_over(one: Server, network: Proxy, session: float) -> tuple[float, float]:
    """From a leader that stops, and from one that says nothing any more, in shares of a session."""
    first = await Process(one.port, session).start()
    await first.has(LEADER)
    second = await Process(network.port, session).start()
    await second.has(CLIENT)
    stopping = asyncio.ensure_future(first.stop())
    stopped = await timed(second.has(LEADER))
    await stopping
    third = await Process(one.port, session).start()
    await third.has(CLIENT)
    await asyncio.sleep(0.1)
    network.silent = True
    silenced = await timed(third.has(LEADER)) / session
    network.silent = False
    network.cut()
    await second.stop()
    await third.stop()
    return stopped, silenced


async def rate(reads: int, read: Callable[[], Awaitable[Any]]) -> float:
    async def some() -> None:
        for _ in range(reads // AT_ONCE):
            await read()

    return reads / await timed(asyncio.gather(*(some() for _ in range(AT_ONCE))))


def rate_of_kazoo(port: int, reads: int) -> float:
    kazoo = KazooClient(f"127.0.0.1:{port}")
    kazoo.start()
    begun = time.perf_counter()
    for _ in range(reads // AT_ONCE):
        for each in [kazoo.get_async("/zookeeper") for _ in range(AT_ONCE)]:
            each.get()
    seconds = time.perf_counter() - begun
    kazoo.stop()
    kazoo.close()
    return reads / seconds


def told(what: str, seconds: list[float], unit: str) -> None:
    factor = 1000 if unit == "ms" else 1
    middle, longest = statistics.median(seconds) * factor, max(seconds) * factor
    print(f"{what:44} {middle:8.2f} {unit:9} longest {longest:8.2f}")


async def main() -> None:
    parser = argparse.ArgumentParser(description="How long is a loss of ZooKeeper?")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--reads", type=int, default=50_000)
    parser.add_argument("--session", type=float, default=2.0)
    given = parser.parse_args()
    with server() as one:
        async with proxy(one.port) as network:
            turns = range(given.rounds)
            kills = [await killed(one, given.session) for _ in turns]
            silences = [await silent(network, given.session) for _ in turns]
            leaders = [await handed_over(one, network, given.session) for _ in turns]
        print(f"{given.rounds} rounds, a session of {given.session:g} seconds")
        told("the server is killed: lost after", [each for each, _ in kills], "ms")
        told("it answers again: found after", [each for _, each in kills], "ms")
        told("the network is silent: lost after", [each for each, _ in silences], "sessions")
        told("it is not any more: found after", [each for _, each in silences], "ms")
        told("a leader stops: the next one leads after", [each for each, _ in leaders], "ms")
        told(
            "a leader is silent: the next one leads after",
            [each for _, each in leaders],
            "sessions",
        )
        await reads(one, given.reads)


async def reads(one: Server, count: int) -> None:
    alone = await asyncio.to_thread(rate_of_kazoo, one.port, count)
    process = await Process(one.port, 10.0).start()
    client = await process.has(CLIENT)
    plain = await rate(count, lambda: client.get("/zookeeper"))
    cached = await rate(count, lambda: client.cached_get("/zookeeper"))
    await process.stop()
    for what, found in (("kazoo", alone), ("get", plain), ("cached_get", cached)):
        print(f"{what:12} {found:9.0f} a second   {found / alone:6.2f}")


if __name__ == "__main__":
    asyncio.run(main())
