"""A server of Twisted's own that is killed and started again while many calls are in flight."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from subprocess import Popen
from typing import Any

import pytest
from twisted.spread import pb

from piped.interop import settled
from piped.interop.reactor import prepare, shut_down
from piped.testing.clock import ManualClock
from tests.processes import line_of, started
from tests.sites import free_port

from .conftest import Start
from .test_pb import Need, client_of, until

LIMIT = 30  # seconds; never reached when all is well
ROOT = "pb.client.it.root_object"
SERVER = """
    import sys
    from twisted.internet import defer, reactor
    from twisted.spread import pb

    class Root(pb.Root):
        def remote_echo(self, number):
            if number % 5 == 0:
                return defer.Deferred()  # never answered
            if number % 2:
                return number
            answer = defer.Deferred()
            reactor.callLater(number % 7 / 100, answer.callback, number)
            return answer

    reactor.listenTCP(int(sys.argv[1]), pb.PBServerFactory(Root()), interface="127.0.0.1")
    print("listening", flush=True)
    reactor.run()
"""


@pytest.fixture(autouse=True)
async def _reactor() -> AsyncIterator[None]:
    prepare(asyncio.get_running_loop())
    yield
    await shut_down()


@contextmanager
def server(port: int) -> Iterator[Popen[str]]:
    with started(SERVER, port) as process:
        assert line_of(process) == "listening"
        yield process


async def echoed(root: Any, number: int, ends: Counter[str]) -> None:
    """Call, and count how that ended."""
    try:
        answer = await settled(root.callRemote("echo", number))
    except (pb.PBConnectionLost, pb.DeadReferenceError):
        ends["failed"] += 1
    else:
        ends["answered" if answer == number else "wrong"] += 1


def answered(ends: Counter[str], number: int) -> Callable[[], bool]:
    return lambda: ends["answered"] >= number


async def test_every_call_in_flight_is_answered_or_fails(start: Start, clock: ManualClock) -> None:
    port, number = free_port(), 5_000
    need = Need(await start(client_of(port)), ROOT)
    for _ in range(3):
        ends: Counter[str] = Counter()
        with server(port) as process:
            await until(lambda: need.dependency.is_ready, clock)
            root = need.dependency.get_resource()
            calls = [asyncio.ensure_future(echoed(root, each, ends)) for each in range(number)]
            await until(answered(ends, number // 5))
            process.kill()
            async with asyncio.timeout(LIMIT):
                await asyncio.gather(*calls)
        assert ends["answered"] + ends["failed"] == number
        assert ends["failed"] >= number // 5
        await need.lost()
        with pytest.raises(pb.DeadReferenceError):
            await settled(root.callRemote("echo", 1))


async def test_those_who_go_on_calling_meanwhile_never_hang(
    start: Start, clock: ManualClock
) -> None:
    port = free_port()
    environment = await start(client_of(port))
    ends: Counter[str] = Counter()
    goes_on = True

    async def call(number: int) -> None:
        need = Need(environment, ROOT)
        while goes_on:
            await asyncio.sleep(0)  # a call on what is lost fails at once
            await echoed(await need.ready(), number, ends)

    calling = [asyncio.ensure_future(call(each)) for each in range(100)]
    for _ in range(3):
        with server(port) as process:
            await until(answered(ends, ends["answered"] + 1_000), clock)
            process.kill()
    goes_on = False
    with server(port):
        # Who waits for it calls once more, before we do.
        need = Need(environment, ROOT)
        await until(lambda: need.dependency.is_ready, clock)
        await echoed(need.dependency.get_resource(), 1, ends)
    async with asyncio.timeout(LIMIT):
        await asyncio.gather(*calling)
    # Twenty of a hundred are never answered.
    assert ends["failed"] >= 20 * 3
    assert ends["wrong"] == 0
