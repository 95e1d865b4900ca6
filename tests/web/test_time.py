"""Nobody may take as long as he likes."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from piped.web.engine.limits import Limits
from tests.web.engine.test_connection import GET, Late, hello
from tests.web.memory import Peer, answers

HEAD = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n"


async def test_an_idle_connection_is_closed_without_a_word() -> None:
    peer = Peer(hello, limits=Limits(idle_time=10))
    await peer.clock.advance(9)
    written = peer.send(GET % b"")
    await peer.clock.advance(9)
    assert not peer.transport.is_closing()
    await peer.clock.advance(3)
    assert peer.transport.is_closing()
    assert peer.transport.written == written


async def test_a_head_that_drips_in_is_refused() -> None:
    peer = Peer(hello, limits=Limits(head_time=5))
    for byte in GET:
        peer.send(bytes([byte]))
        await peer.clock.advance(1)
    assert [answer.status for answer in answers(peer.transport.written)] == [408]
    await peer.clock.advance(5)
    assert peer.transport.is_closed


async def test_a_body_that_drips_in_is_refused() -> None:
    peer = Peer(hello, limits=Limits(body_time=10, body_rate=100))
    peer.send(HEAD % 1000)
    for _ in range(30):
        peer.send(b"x")
        await peer.clock.advance(1)
    assert [answer.status for answer in answers(peer.transport.written)] == [408]


async def test_a_body_that_comes_steadily_has_its_time() -> None:
    peer = Peer(hello, limits=Limits(body_time=5, body_rate=5))
    peer.send(HEAD % 1000)
    for _ in range(100):
        peer.send(b"x" * 10)
        await peer.clock.advance(1)
    assert [answer.status for answer in answers(peer.transport.written)] == [200]


async def test_a_handler_may_take_its_time() -> None:
    late = Late()
    peer = Peer(late)
    peer.send(GET % b"")
    await peer.clock.advance(10_000)
    late.answer()
    assert answers(peer.transport.written)[0].status == 200
    await peer.clock.advance(50)
    assert not peer.transport.is_closed


async def test_a_client_that_takes_nothing_is_let_go() -> None:
    late = Late()
    peer = Peer(late, limits=Limits(write_time=10))
    peer.send(GET % b"")
    peer.transport.unsent = 100_000
    peer.connection.pause_writing()
    assert not peer.transport.is_reading()
    for _ in range(10):
        peer.transport.unsent -= 10
        await peer.clock.advance(5)
    assert not peer.transport.is_closed
    await peer.clock.advance(11)
    assert peer.transport.is_aborted
    assert late.requests[0]._disconnected


async def test_nothing_more_is_answered_while_the_client_takes_nothing() -> None:
    peer = Peer(hello)
    peer.connection.pause_writing()
    peer.send(GET % b"1" + GET % b"2")
    assert peer.transport.written == b""
    peer.connection.resume_writing()
    assert len(answers(peer.transport.written)) == 2


async def test_a_writer_may_wait_until_the_client_has_taken_enough() -> None:
    late = Late()
    peer = Peer(late)
    peer.send(GET % b"")
    request = late.requests[0]
    await request.drained()
    request.write(b"x" * 100_000)
    peer.connection.pause_writing()
    waiting = asyncio.ensure_future(request.drained())
    await peer.clock.settle()
    assert not waiting.done()
    peer.connection.resume_writing()
    await waiting


async def test_more_clients_than_allowed_are_turned_away() -> None:
    peer = Peer(hello, limits=Limits(connections=1))
    other = peer.server()
    second = type(peer.transport)()
    second.protocol = other
    other.connection_made(second)
    assert answers(second.written)[0].status == 503
    assert second.is_closed
    assert answers(peer.send(GET % b""))[0].status == 200


async def test_stopping_lets_what_runs_end() -> None:
    late = Late()
    peer = Peer(late)
    peer.send(GET % b"1")
    idle = type(peer.transport)()
    idle.protocol = peer.server()
    idle.protocol.connection_made(idle)
    stopping = asyncio.ensure_future(peer.server.stop())
    await peer.clock.settle()
    assert idle.is_closed
    assert not stopping.done()
    late.answer()
    await stopping
    (answer,) = answers(peer.transport.written)
    assert (answer.body, answer.headers["connection"]) == (b"/1", "close")
    assert peer.transport.is_closed


async def test_stopping_waits_no_longer_than_it_may() -> None:
    late = Late()
    peer = Peer(late, limits=Limits(close_time=10))
    peer.send(GET % b"1")
    await peer.clock.passing(peer.server.stop())
    assert peer.transport.is_aborted
    assert late.requests[0]._disconnected


@pytest.mark.parametrize("kind", ["push", "pull"])
async def test_a_producer_stops_while_the_client_takes_nothing(kind: str) -> None:
    calls: list[str] = []

    class Producer:
        def pauseProducing(self) -> None:  # noqa: N802
            calls.append("pause")

        def resumeProducing(self) -> None:  # noqa: N802
            calls.append("resume")

        def stopProducing(self) -> None:  # noqa: N802
            calls.append("stop")

    def handle(request: Any) -> None:
        request.registerProducer(Producer(), kind == "push")

    peer = Peer(handle)
    peer.send(GET % b"")
    if kind == "push":
        peer.connection.pause_writing()
        peer.connection.resume_writing()
        peer.leave()
        assert calls == ["pause", "resume", "stop"]
