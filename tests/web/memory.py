"""A client without a socket: bytes in, bytes out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

from piped.testing import ManualClock
from piped.web.engine.connection import Connection
from piped.web.engine.limits import Limits
from piped.web.engine.server import Server

__all__ = ["Answer", "Memory", "Peer", "answers", "serve"]


class Memory(asyncio.Transport):
    """A transport that keeps what is written, and never fills up unless it is told to."""

    def __init__(self) -> None:
        super().__init__({"peername": ("192.0.2.1", 4242), "sockname": ("192.0.2.2", 80)})
        self.written = b""
        self.writes = 0
        self._reads = True
        self.is_closed = False
        self.is_aborted = False
        self.has_ended = False
        self.unsent = 0
        self.protocol: Any = None

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not self.is_closed:
            self.written += bytes(data)
            self.writes += 1

    def close(self) -> None:
        if not self.is_closed:
            self.is_closed = True
            self.protocol.connection_lost(None)

    def abort(self) -> None:
        self.is_aborted = True
        self.close()

    def is_closing(self) -> bool:
        return self.is_closed

    def pause_reading(self) -> None:
        assert self._reads
        self._reads = False

    def resume_reading(self) -> None:
        assert not self._reads
        self._reads = True

    def is_reading(self) -> bool:
        return self._reads

    def get_write_buffer_size(self) -> int:
        return self.unsent

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.has_ended = True

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self.protocol = protocol


class Calls:
    """A handler made of two functions."""

    def __init__(
        self, handle: Callable[[Any], object], expect: Callable[[Any], object] | None = None
    ) -> None:
        self._handle = handle
        self._expect = expect

    def handle(self, request: Any) -> None:
        self._handle(request)

    def expect(self, request: Any) -> None:
        if self._expect is not None:
            self._expect(request)


class Peer:
    """A client of a server of its own."""

    def __init__(
        self,
        handle: Callable[[Any], object],
        expect: Callable[[Any], object] | None = None,
        limits: Limits | None = None,
        **options: Any,
    ) -> None:
        self.clock = options.pop("clock", None) or ManualClock()
        self.server = Server(Calls(handle, expect), limits, clock=self.clock, **options)
        self.connection: Connection = self.server()
        self.transport = Memory()
        self.transport.protocol = self.connection
        self.connection.connection_made(self.transport)

    def send(self, *pieces: bytes) -> bytes:
        """What has been answered so far when all of `pieces` came."""
        for piece in pieces:
            if not self.transport.is_closed:
                self.transport.protocol.data_received(piece)
        return self.transport.written

    def leave(self) -> None:
        """The client goes away."""
        if not self.transport.protocol.eof_received():
            self.transport.close()


class Answer:
    """One answer, read apart."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    def __repr__(self) -> str:
        return f"<{self.status} {self.headers} {self.body[:60]!r}>"


def answers(written: bytes, methods: Iterable[str] = ()) -> list[Answer]:
    """All answers in `written`. `methods`: of the requests, where one is not GET."""
    found = []
    wanted = iter(methods)
    while written:
        head, _, written = written.partition(b"\r\n\r\n")
        line, *fields = head.decode("latin-1").split("\r\n")
        status = int(line.split(" ", 2)[1])
        headers = {name.lower(): value for name, value in (f.split(": ", 1) for f in fields)}
        if status == 100:
            continue
        body = b""
        if next(wanted, "GET") == "HEAD" or status in {204, 304}:
            pass
        elif "content-length" in headers:
            length = int(headers["content-length"])
            body, written = written[:length], written[length:]
        elif headers.get("transfer-encoding") == "chunked":
            while size := int(written[: written.index(b"\r\n")], 16):
                start = written.index(b"\r\n") + 2
                body += written[start : start + size]
                assert written[start + size : start + size + 2] == b"\r\n"
                written = written[start + size + 2 :]
            written = written[5:]
        else:
            body, written = written, b""
        found.append(Answer(status, headers, body))
    return found


def serve(
    data: bytes, handle: Callable[[Any], object], **options: Any
) -> tuple[list[Answer], Memory]:
    """The answers to `data`, which comes at once."""
    peer = Peer(handle, **options)
    written = peer.send(data)
    return answers(written), peer.transport
