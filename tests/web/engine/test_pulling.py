"""Producers that are asked for each piece."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.memory import Peer, answers

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


class Pieces:
    """Gives a piece when it is asked."""

    def __init__(self, request: Any, pieces: list[bytes]) -> None:
        self.request = request
        self.pieces = pieces
        self.is_stopped = False
        request.registerProducer(self, False)

    def resumeProducing(self) -> None:  # noqa: N802
        self.request.write(self.pieces.pop(0))
        if not self.pieces:
            self.request.unregisterProducer()
            self.request.finish()

    def stopProducing(self) -> None:  # noqa: N802
        self.is_stopped = True


async def test_each_piece_is_asked_for_until_there_is_none() -> None:
    peer = Peer(lambda request: Pieces(request, [b"a", b"b", b"c"]))
    peer.send(GET)
    await peer.clock.settle()
    assert answers(peer.transport.written)[0].body == b"abc"


async def test_nothing_is_asked_for_while_the_client_takes_nothing() -> None:
    made: list[Pieces] = []
    peer = Peer(lambda request: made.append(Pieces(request, [b"x"] * 100)))
    peer.send(GET)
    peer.connection.pause_writing()
    await peer.clock.settle()
    assert len(made[0].pieces) == 100
    peer.connection.resume_writing()
    await peer.clock.settle(200)
    assert made[0].pieces == []


async def test_it_is_stopped_when_the_client_is_gone() -> None:
    made: list[Pieces] = []
    peer = Peer(lambda request: made.append(Pieces(request, [b"x"] * 100)))
    peer.send(GET)
    peer.leave()
    await peer.clock.settle()
    assert made[0].is_stopped
    assert len(made[0].pieces) == 100


async def test_one_that_fails_is_stopped(caplog: pytest.LogCaptureFixture) -> None:
    made: list[Pieces] = []
    peer = Peer(lambda request: made.append(Pieces(request, [])))
    peer.send(GET)
    await peer.clock.settle()
    assert made[0].is_stopped
    assert "IndexError" in caplog.text
