"""Many clients at once, on real sockets."""

from __future__ import annotations

import asyncio
import hashlib
import socket
import time
import tracemalloc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from piped.web.engine.limits import Limits
from piped.web.engine.listening import listen
from piped.web.engine.server import Server
from tests.web.memory import Calls, answers

GET = b"GET /%b HTTP/1.1\r\nHost: a\r\n\r\n"
MIB = 1 << 20


@asynccontextmanager
async def serving(
    handle: Callable[[Any], object],
    expect: Callable[[Any], object] | None = None,
    limits: Limits | None = None,
) -> AsyncIterator[tuple[str, int]]:
    server = Server(Calls(handle, expect), limits)
    listening = await listen("tcp:0:interface=127.0.0.1", server)
    try:
        yield listening.names[0]
    finally:
        await listening.close()
        await server.stop()


def hello(request: Any) -> None:
    request.write(b"hello")
    request.finish()


async def ask(at: tuple[str, int], request: bytes = GET % b"") -> bytes:
    reader, writer = await asyncio.open_connection(*at)
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    body = await reader.readexactly(length)
    writer.close()
    await writer.wait_closed()
    return body


async def test_slow_clients_do_not_slow_others() -> None:
    def handle(request: Any) -> None:
        request.write(b"x" * (8 * MIB if request.path == b"/big" else 5))
        request.finish()

    async with serving(handle) as at:
        slow = []
        for kind in (
            GET % b"big",
            b"GET / HT",
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n",
        ):
            for _ in range(50):
                client = socket.create_connection(at)
                client.sendall(kind)
                slow.append(client)
        start = time.monotonic()
        for _ in range(20):
            assert await asyncio.wait_for(ask(at), 5) == b"xxxxx"
        assert time.monotonic() - start < 5
        for client in slow:
            client.close()


async def test_a_large_upload_takes_no_memory() -> None:
    size = 64 * MIB
    found: list[str] = []

    def handle(request: Any) -> None:
        digest = hashlib.sha256()
        while piece := request.content.read(MIB):
            digest.update(piece)
        found.append(digest.hexdigest())
        hello(request)

    async with serving(handle, limits=Limits(body=size)) as at:
        tracemalloc.start()
        try:
            reader, writer = await asyncio.open_connection(*at)
            head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
            writer.write(head % size)
            piece = bytes(range(256)) * 4096
            for _ in range(64):
                writer.write(piece)
                await writer.drain()
            assert answers(await reader.read())[0].body == b"hello"
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        writer.close()
    assert found == [hashlib.sha256(piece * 64).hexdigest()]
    assert peak < 12 * MIB


async def test_a_long_stream_to_a_slow_reader_takes_no_memory() -> None:
    size = 64

    async def stream(request: Any) -> None:
        for _ in range(size):
            request.write(b"x" * MIB)
            await request.drained()
        request.finish()

    tasks: list[asyncio.Task[None]] = []
    async with serving(lambda request: tasks.append(asyncio.create_task(stream(request)))) as at:
        tracemalloc.start()
        try:
            reader, writer = await asyncio.open_connection(*at, limit=MIB)
            writer.write(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n") % b"")
            count = 0
            while data := await reader.read(MIB):
                count += len(data)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        writer.close()
    assert count > size * MIB
    assert peak < 16 * MIB


async def test_a_pipelined_flood_whose_answers_nobody_takes_is_stopped() -> None:
    handled = 0

    def handle(request: Any) -> None:
        nonlocal handled
        handled += 1
        request.write(b"x" * 10_000)
        request.finish()

    async with serving(handle) as at:
        reader, writer = await asyncio.open_connection(*at, limit=1000)
        assert isinstance(writer.transport, asyncio.Transport)
        writer.transport.pause_reading()
        writer.write(GET % b"" * 100_000)
        last = -1
        while handled != last or not handled:
            last = handled
            await asyncio.sleep(0.2)
        assert handled < 20_000
        writer.transport.abort()
        del reader


@pytest.mark.parametrize("count", [300])
async def test_many_clients_are_answered(count: int) -> None:
    async with serving(hello) as at:
        assert await asyncio.gather(*[ask(at) for _ in range(count)]) == [b"hello"] * count


async def test_a_client_that_leaves_stops_what_is_done_for_it() -> None:
    running: list[asyncio.Task[None]] = []
    arrived = asyncio.Event()

    def handle(request: Any) -> None:
        task = asyncio.create_task(asyncio.sleep(3600))
        request.when_lost(task.cancel)
        running.append(task)
        arrived.set()

    async with serving(handle) as at:
        _, writer = await asyncio.open_connection(*at)
        writer.write(GET % b"")
        await asyncio.wait_for(arrived.wait(), 10)
        writer.close()
        with pytest.raises(asyncio.CancelledError):
            await running[0]
