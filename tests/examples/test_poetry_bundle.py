"""What the programs of the example `poetry` are made of, piece by piece, without a net."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from hypothesis import given, strategies as st
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from tests.examples.poetry import EXAMPLE

BUNDLE = "poetry_bundle"


@pytest.fixture(scope="module", autouse=True)
def _on_the_path() -> Iterator[None]:
    sys.path.insert(0, str(EXAMPLE))
    yield
    sys.path.remove(str(EXAMPLE))
    for name in [name for name in sys.modules if name.partition(".")[0] == BUNDLE]:
        del sys.modules[name]


def of(module: str, name: str) -> Any:
    return getattr(import_module(f"{BUNDLE}.{module}"), name)


def connected(factory: Any) -> tuple[Any, StringTransport]:
    protocol, transport = factory.buildProtocol(None), StringTransport()
    protocol.makeConnection(transport)
    return protocol, transport


# A slow poet


def test_a_slow_poet_writes_a_few_bytes_and_waits_before_the_next() -> None:
    clock = Clock()
    _, transport = connected(of("slow", "SlowPoetryFactory")(b"a poem.", 3, 0.5, clock))
    written = [transport.value()]
    while not transport.disconnecting:
        clock.advance(0.5)
        written.append(transport.value())
    assert written == [b"a p", b"a poem", b"a poem."]
    assert clock.getDelayedCalls() == []


def test_each_reader_of_a_slow_poet_is_at_a_place_of_his_own() -> None:
    clock = Clock()
    factory = of("slow", "SlowPoetryFactory")(b"a poem", 2, 1, clock)
    _, first = connected(factory)
    clock.advance(1)
    _, second = connected(factory)
    assert (first.value(), second.value()) == (b"a po", b"a ")


def test_to_a_reader_who_has_gone_nothing_is_written() -> None:
    clock = Clock()
    protocol, transport = connected(of("slow", "SlowPoetryFactory")(b"a poem", 2, 1, clock))
    protocol.connectionLost(Failure(ConnectionDone()))
    clock.advance(5)
    assert transport.value() == b"a "
    assert clock.getDelayedCalls() == []


@given(st.binary(), st.integers(1, 20))
def test_a_poem_comes_whole_however_it_is_cut(poem: bytes, size: int) -> None:
    clock = Clock()
    _, transport = connected(of("slow", "SlowPoetryFactory")(poem, size, 1, clock))
    clock.pump([1] * len(poem))
    assert transport.value() == poem
    assert transport.disconnecting


# The transformation


def asked(request: bytes) -> tuple[bytes, bool]:
    """What is answered, and whether that is all."""
    service = of("transform", "TransformService")()
    protocol, transport = connected(of("transform", "TransformFactory")(service))
    protocol.dataReceived(b"%d:%b," % (len(request), request))
    return transport.value(), transport.disconnecting


def test_a_poem_loses_its_capitals() -> None:
    answer = "22:ö captain. my captain,".encode()
    assert asked("cummingsify.Ö Captain. MY Captain".encode()) == (answer, True)


@given(st.binary())
def test_whatever_a_poem_is_made_of_it_has_no_capitals_of_ours_afterwards(poem: bytes) -> None:
    cummingsify = of("transform", "TransformService")().cummingsify
    assert not any(65 <= each <= 90 for each in cummingsify(poem))
    assert cummingsify(cummingsify(poem)) == cummingsify(poem)


@pytest.mark.parametrize(
    "request_",
    [b"shout.A Poem", b"transform.A Poem", b"__class__.A Poem", b"A Poem", b"\xff.x", b""],
)
def test_for_what_there_is_not_there_is_no_answer(request_: bytes) -> None:
    assert asked(request_) == (b"", True)


def test_what_is_too_long_ends_the_connection_before_it_has_come() -> None:
    service = of("transform", "TransformService")()
    protocol, transport = connected(of("transform", "TransformFactory")(service))
    protocol.dataReceived(b"9999999:")
    assert transport.disconnecting or transport.disconnected


# The client


def test_a_poem_is_whole_when_the_server_has_closed_the_connection() -> None:
    client = of("client", "PoetryClientProtocol")()
    client.makeConnection(StringTransport())
    for part in (b"a ", b"poem"):
        client.dataReceived(part)
    assert not client.poem.called
    client.connectionLost(Failure(ConnectionDone()))
    assert client.poem.result == b"a poem"


def test_half_a_poem_is_none() -> None:
    client = of("client", "PoetryClientProtocol")()
    client.makeConnection(StringTransport())
    client.dataReceived(b"a ")
    client.connectionLost(Failure(ConnectionLost()))
    failures: list[Failure] = []
    client.poem.addErrback(failures.append)
    assert [each.type for each in failures] == [ConnectionLost]


# The command line


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("10000", ("127.0.0.1", 10000)),
        ("poet:1", ("poet", 1)),
        ("[::1]:65535", ("::1", 65535)),
    ],
)
def test_an_address_is_a_port_or_a_host_and_a_port(text: str, address: tuple[str, int]) -> None:
    assert of("command_line", "address")(text) == address


@pytest.mark.parametrize(
    ("reader", "text"),
    [
        ("address", "poet"),
        ("address", ""),
        ("address", "poet:"),
        ("port", "65536"),
        ("port", "-1"),
        ("number_of_bytes", "0"),
        ("number_of_bytes", "many"),
        ("seconds", "-1"),
        ("seconds", "nan"),
        ("seconds", "inf"),
        ("seconds", "long"),
        ("poetry_file", "/no/such/poem"),
    ],
)
def test_what_makes_no_sense_is_told_to_whoever_typed_it(reader: str, text: str) -> None:
    with pytest.raises(of("command_line", "NotUnderstood")) as caught:
        of("command_line", reader)(text)
    assert isinstance(caught.value, ValueError)  # as which twistd hears of it
    assert str(caught.value)
