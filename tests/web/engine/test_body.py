"""Bodies: in memory, in a file, or as they come."""

from __future__ import annotations

import asyncio
from typing import Any

from twisted.internet.error import ConnectionDone

from piped.web.engine.head import Refusal
from piped.web.engine.limits import Limits
from tests.web.memory import Peer, answers

HEAD = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n"
CHUNKED = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"


def echo(request: Any) -> None:
    request.write(request.content.read())
    request.finish()


async def test_a_large_body_goes_to_a_file() -> None:
    kinds: list[bool] = []

    def handle(request: Any) -> None:
        kinds.append(hasattr(request.content, "name"))
        echo(request)

    peer = Peer(handle, limits=Limits(memory=1000))
    for size in (1000, 1001, 200_000):
        peer.send(HEAD % size, b"x" * size)
    assert kinds == [False, True, True]
    assert [len(answer.body) for answer in answers(peer.transport.written)] == [1000, 1001, 200_000]


async def test_a_handler_may_lift_the_limit() -> None:
    def expect(request: Any) -> None:
        request.body.limit = 100

    peer = Peer(echo, expect, limits=Limits(body=10))
    assert answers(peer.send(HEAD % 50 + b"x" * 50))[0].body == b"x" * 50


async def test_a_client_that_asks_is_told_to_go_on() -> None:
    peer = Peer(echo)
    head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
    assert peer.send(head) == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert answers(peer.send(b"hi"))[0].body == b"hi"


async def test_a_handler_may_answer_before_the_body() -> None:
    def refuse(request: Any) -> None:
        request.setResponseCode(403)
        request.finish()

    peer = Peer(echo, refuse)
    head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
    (answer,) = answers(peer.send(head))
    assert (answer.status, answer.headers["connection"]) == (403, "close")
    # A short one is read and dropped, and the connection lives on.
    peer = Peer(echo, refuse)
    found = answers(peer.send(HEAD % 2, b"h", b"i" + HEAD % 2 + b"ho"))
    assert [answer.status for answer in found] == [403, 403]
    assert "connection" not in found[0].headers


async def test_what_is_too_much_is_heard_out_for_a_while() -> None:
    peer = Peer(echo, limits=Limits(body=10))
    (answer,) = answers(peer.send(HEAD % 1000 + b"x" * 10))
    assert answer.status == 413
    assert peer.transport.has_ended
    assert not peer.transport.is_closed
    peer.send(b"x" * 500)
    await peer.clock.advance(5)
    assert peer.transport.is_closed


async def test_a_streamed_body_is_handed_on_as_it_comes() -> None:
    got: list[bytes] = []

    async def read(request: Any) -> None:
        async for piece in request.pieces():
            got.append(piece)  # noqa: PERF401 - one at a time
        request.write(b"done")
        request.finish()

    tasks = []
    peer = Peer(
        lambda request: tasks.append(asyncio.ensure_future(read(request))),
        lambda request: request.stream_body(),
    )
    peer.send(CHUNKED, b"2\r\nab\r\n")
    await peer.clock.settle()
    assert got == [b"ab"]
    peer.send(b"1\r\nc\r\n0\r\n\r\n")
    await tasks[0]
    assert got == [b"ab", b"c"]
    assert answers(peer.transport.written)[0].body == b"done"


async def test_a_slow_reader_makes_the_client_wait() -> None:
    requests: list[Any] = []
    peer = Peer(requests.append, lambda request: request.stream_body(), Limits(body=10**9))
    peer.send(HEAD % 10**8)
    sent = 0
    while peer.transport.is_reading():
        peer.send(b"x" * 10_000)
        sent += 10_000
    assert sent < 100_000
    got = 0
    async for piece in requests[0].pieces():
        got += len(piece)
        if peer.transport.is_reading():
            break
    assert got > 10_000
    # The client's time does not run while it waits for us.
    peer.send(*[b"x" * 10_000] * 10)
    assert not peer.transport.is_reading()
    await peer.clock.advance(1000)
    assert not peer.transport.is_closed


async def test_a_reader_hears_that_the_client_is_gone() -> None:
    failures: list[Exception] = []

    async def read(request: Any) -> None:
        try:
            async for _ in request.pieces():
                pass
        except ConnectionDone as failure:
            failures.append(failure)

    tasks = []
    peer = Peer(
        lambda request: tasks.append(asyncio.ensure_future(read(request))),
        lambda request: request.stream_body(),
    )
    peer.send(HEAD % 10, b"x")
    await peer.clock.settle()
    peer.leave()
    await tasks[0]
    assert len(failures) == 1


async def test_a_body_of_an_offered_upgrade_is_a_body() -> None:
    peer = Peer(echo)
    head = (
        b"POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n"
        b"Content-Length: 40\r\n\r\n"
    )
    body = b"GET / HTTP/1.1\r\nHost: smuggled\r\n\r\n".ljust(40)
    found = answers(peer.send(head + body + HEAD % 2 + b"hi"))
    assert [answer.body for answer in found] == [body, b"hi"]


async def test_a_refusal_of_a_handler_is_answered_with_its_status() -> None:
    def refuse(request: Any) -> None:
        raise Refusal(413, "too much")

    assert answers(Peer(refuse).send(HEAD % 2 + b"hi"))[0].status == 413
