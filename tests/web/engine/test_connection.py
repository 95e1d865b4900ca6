"""Requests come in, and are answered in their order."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from twisted.internet.error import ConnectionLost

from piped.web.engine.limits import Limits
from tests.web.memory import Peer, answers, serve

GET = b"GET /%b HTTP/1.1\r\nHost: a\r\n\r\n"


def hello(request: Any) -> None:
    request.setHeader(b"Content-Type", b"text/plain")
    request.write(b"hello ")
    request.write(request.path)
    request.finish()


def echo(request: Any) -> None:
    request.write(request.content.read())
    request.finish()


class Late:
    """A handler that answers when it is told to."""

    def __init__(self) -> None:
        self.requests: list[Any] = []

    def __call__(self, request: Any) -> None:
        self.requests.append(request)

    def answer(self, number: int = 0) -> None:
        request = self.requests.pop(number)
        request.write(request.uri)
        request.finish()


async def test_an_answer_leaves_in_one_piece_with_its_length() -> None:
    peer = Peer(hello)
    (answer,) = answers(peer.send(GET % b"you"))
    assert (answer.status, answer.body) == (200, b"hello /you")
    assert answer.headers["content-length"] == "10"
    assert answer.headers["server"] == "piped"
    assert answer.headers["date"] == "Tue, 14 Nov 2023 22:13:20 GMT"
    assert peer.transport.writes == 1
    assert not peer.transport.is_closed


async def test_requests_that_come_together_are_answered_in_order() -> None:
    found, _ = serve(GET % b"1" + GET % b"2" + GET % b"3", hello)
    assert [answer.body for answer in found] == [b"hello /1", b"hello /2", b"hello /3"]


async def test_a_request_waits_until_the_one_before_it_is_answered() -> None:
    late = Late()
    peer = Peer(late)
    assert peer.send(GET % b"1" + GET % b"2", GET % b"3") == b""
    assert [request.uri for request in late.requests] == [b"/1"]
    for _ in range(3):
        late.answer()
    assert [answer.body for answer in answers(peer.transport.written)] == [b"/1", b"/2", b"/3"]


async def test_no_more_is_read_ahead_than_the_limit_says() -> None:
    late = Late()
    peer = Peer(late, limits=Limits(pipelined=100))
    peer.send(GET % b"1")
    peer.send(*[GET % b"2"] * 3)
    assert peer.transport.is_reading()
    peer.send(GET % b"2")
    assert not peer.transport.is_reading()
    for _ in range(5):
        late.answer()
    assert peer.transport.is_reading()
    assert len(answers(peer.transport.written)) == 5


async def test_a_body_is_there_when_the_handler_is_asked() -> None:
    found, _ = serve(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", echo)
    assert found[0].body == b"hello"


async def test_chunks_are_put_together() -> None:
    head = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    found, _ = serve(
        head + b"2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nX-Trailer: t\r\n\r\n" + GET % b"", echo
    )
    assert [answer.body for answer in found] == [b"hello", b""]


@pytest.mark.parametrize(
    ("request_head", "is_kept"),
    [
        (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", True),
        (b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", False),
        (b"GET / HTTP/1.0\r\n\r\n", False),
        (b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", True),
    ],
)
async def test_a_connection_is_kept_as_the_client_wants_it(
    request_head: bytes, is_kept: bool
) -> None:
    found, transport = serve(request_head, hello)
    assert found[0].body == b"hello /"
    assert transport.is_closed is not is_kept


async def test_a_failing_handler_is_logged_and_the_connection_lives(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(request: Any) -> None:
        raise ZeroDivisionError

    with caplog.at_level(logging.ERROR):
        found, transport = serve(GET % b"" + GET % b"", fail)
    assert [answer.status for answer in found] == [500, 500]
    assert "ZeroDivisionError" in caplog.text
    assert not transport.is_closed


async def test_a_client_that_goes_away_is_told_of() -> None:
    late = Late()
    peer = Peer(late)
    peer.send(GET % b"")
    lost: list[Any] = []
    late.requests[0].notifyFinish().addErrback(lost.append)
    late.requests[0].when_lost(lambda: lost.append("lost"))
    peer.leave()
    assert lost[0] == "lost"
    assert len(lost) == 2


async def test_a_fault_in_a_body_that_waits_for_its_turn_is_answered_then() -> None:
    late = Late()
    peer = Peer(late)
    head = b"POST /2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    peer.send(GET % b"1" + head + b"1\r\nab\r\n")
    late.answer()
    assert [answer.status for answer in answers(peer.transport.written)] == [200, 400]
    assert late.requests == []


async def test_a_writer_hears_that_the_client_is_gone() -> None:
    late = Late()
    peer = Peer(late)
    peer.send(GET % b"")
    peer.connection.pause_writing()
    waiting = asyncio.ensure_future(late.requests[0].drained())
    await peer.clock.settle()
    peer.leave()
    with pytest.raises(ConnectionLost):
        await waiting
