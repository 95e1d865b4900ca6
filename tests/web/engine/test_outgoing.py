"""Answers that leave together, and what may not overtake them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, strategies

from piped.web.engine.outgoing import Outgoing
from tests.web.memory import Memory, Peer, answers

GET = b"GET %b HTTP/1.1\r\nHost: a\r\n\r\n"


class Turn:
    """The end of a turn of the loop, when the test says so."""

    def __init__(self) -> None:
        self.calls: list[Callable[[], None]] = []

    def call_soon(self, call: Callable[[], None]) -> None:
        self.calls.append(call)

    def end(self) -> None:
        calls, self.calls = self.calls, []
        for call in calls:
            call()


def echo(request: Any) -> None:
    request.write(request.path)
    request.finish()


def peer_in(turn: Turn, handle: Callable[[Any], object] = echo) -> Peer:
    peer = Peer(handle)
    peer.server.outgoing.call_soon = turn.call_soon
    return peer


def test_answers_of_one_turn_are_written_at_its_end() -> None:
    turn = Turn()
    peer = peer_in(turn)
    other = peer.server()
    transport = Memory()
    transport.protocol = other
    other.connection_made(transport)
    assert peer.send(GET % b"/one") == b""
    other.data_received(GET % b"/two")
    assert (transport.written, len(turn.calls)) == (b"", 1)
    turn.end()
    assert peer.transport.written.endswith(b"/one")
    assert transport.written.endswith(b"/two")


def test_several_answers_of_a_connection_are_one_write() -> None:
    turn = Turn()
    peer = peer_in(turn)
    peer.send(GET % b"/one" + GET % b"/two", GET % b"/three")
    turn.end()
    assert [each.body for each in answers(peer.transport.written)] == [b"/one", b"/two", b"/three"]
    assert peer.transport.writes == 1


def test_the_next_turn_has_an_end_of_its_own() -> None:
    turn = Turn()
    peer = peer_in(turn)
    for path in (b"/one", b"/two"):
        peer.send(GET % path)
        turn.end()
        assert peer.transport.written.endswith(path)


def test_a_large_answer_does_not_wait() -> None:
    def much(request: Any) -> None:
        request.write(b"x" * 100_000)
        request.finish()

    turn = Turn()
    assert peer_in(turn, much).send(GET % b"/").endswith(b"x")
    assert not turn.calls


def test_what_waits_for_one_connection_has_a_limit() -> None:
    def some(request: Any) -> None:
        request.write(b"x" * 10_000)
        request.finish()

    turn = Turn()
    peer = peer_in(turn, some)
    written = [len(peer.send(GET % b"/")) // 10_000 for _ in range(4)]
    assert written == [0, 2, 2, 4]


def test_a_connection_is_closed_when_its_answer_has_gone() -> None:
    turn = Turn()
    peer = peer_in(turn)
    peer.send(GET % b"/one")
    peer.connection.close()
    assert peer.transport.is_closed
    assert peer.transport.written.endswith(b"/one")
    turn.end()
    assert len(answers(peer.transport.written)) == 1


def test_what_is_malformed_is_refused_after_the_answer_to_what_was_not() -> None:
    peer = peer_in(Turn())
    peer.send(GET % b"/one" + b"GET / HTTP/1.1\r\nHost : a\r\n\r\n")
    assert [each.status for each in answers(peer.transport.written)] == [200, 400]


def test_a_client_that_is_gone_gets_nothing() -> None:
    turn = Turn()
    peer = peer_in(turn)
    peer.send(GET % b"/one")
    peer.transport.protocol.connection_lost(None)
    turn.end()
    assert peer.transport.written == b""


class Sender:
    """A connection, as far as it sends."""

    def __init__(self) -> None:
        self.unwritten = b""
        self.transport = Memory()

    @property
    def stream(self) -> Memory:
        data, self.unwritten = self.unwritten, b""
        self.transport.write(data)
        return self.transport


@given(
    strategies.lists(
        strategies.tuples(
            strategies.sampled_from(["answer", "write", "end"]),
            strategies.integers(0, 1),
            strategies.one_of(strategies.binary(max_size=8), strategies.just(b"x" * 6000)),
        )
    )
)
def test_nothing_is_overtaken(deeds: list[tuple[str, int, bytes]]) -> None:
    turn, outgoing = Turn(), Outgoing()
    outgoing.call_soon = turn.call_soon
    senders, expected = [Sender(), Sender()], [b"", b""]
    for deed, which, data in deeds:
        if deed == "end":
            turn.end()
        else:
            expected[which] += data
            if deed == "answer":
                outgoing.add(senders[which], data)
            else:
                senders[which].stream.write(data)
    turn.end()
    assert [each.transport.written for each in senders] == expected
