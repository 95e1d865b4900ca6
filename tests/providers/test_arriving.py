"""Whether what was sent over a connection still arrives, by sockets of this machine."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.testing import StringTransport
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory

from piped.providers.arriving import is_arriving

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")

LONG = 600.0


class Transport:
    """What there is of a transport here."""

    def __init__(self, handle: object) -> None:
        self._handle = handle

    def getHandle(self) -> object:  # noqa: N802 - Twisted's name
        return self._handle


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Both ends of a connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        here = socket.create_connection(server.getsockname())
        there, _ = server.accept()
    with here, there:
        yield here, there


def fill(here: socket.socket) -> None:
    """Send until nothing more fits in."""
    here.setblocking(False)
    with suppress(BlockingIOError):
        while here.send(bytes(65536)):
            pass


def test_what_waits_arrives_as_long_as_some_was_taken_lately(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    here, _ = ends
    fill(here)
    assert is_arriving(Transport(here), LONG)
    assert not is_arriving(Transport(here), 0.0)


def test_where_nothing_waits_nothing_arrives(ends: tuple[socket.socket, socket.socket]) -> None:
    here, _ = ends
    assert not is_arriving(Transport(here), LONG)


def test_below_tls_it_is_the_same(ends: tuple[socket.socket, socket.socket]) -> None:
    here, _ = ends
    wrapper: Any = ProtocolWrapper(WrappingFactory(Factory.forProtocol(Protocol)), Protocol())
    wrapper.transport = Transport(here)
    fill(here)
    assert is_arriving(wrapper, LONG)


def test_what_is_no_tcp_tells_nothing() -> None:
    here, there = socket.socketpair()
    with here, there:
        fill(here)
        assert not is_arriving(Transport(here), LONG)
    assert not is_arriving(Transport(here), LONG)  # it is closed
    assert not is_arriving(StringTransport(), LONG)
    assert not is_arriving(None, LONG)
