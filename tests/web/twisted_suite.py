"""Runs the tests that Twisted has for `twisted.web` on our connections and requests.

`python -m tests.web.twisted_suite MODULE …` prints a JSON object: the name of each test → how it
ended. What stands in for Twisted's classes is put there before the modules are imported.
"""

# It puts things where they do not belong, under names of Twisted's.
# mypy: ignore-errors
# ruff: noqa: N802, N815, T201

from __future__ import annotations

import asyncio
import importlib
import io
import json
import sys
import unittest
import warnings
from io import BytesIO
from typing import Any

from twisted.internet._producer_helpers import _PullToPush
from twisted.internet.error import ConnectionDone
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure
from twisted.web import http, server

from piped.web.engine import head, reading, request as request_module, response
from piped.web.engine.body import Body
from piped.web.engine.bridge import Reversed
from piped.web.engine.connection import Connection
from piped.web.engine.limits import Limits
from piped.web.engine.request import Request
from piped.web.engine.server import Server
from tests.web.memory import ManualClock


class Quiet(Server):
    """Leaves Server and Date to the requests."""

    preface = b""

    def connect(self, connection: Connection) -> asyncio.Protocol | None:
        self.connections.add(connection)
        return None


class Stream(Reversed):
    """A transport of Twisted's tests as one of asyncio's."""

    def close(self) -> None:
        self._is_closing = True
        self._transport.loseConnection()


class Process:
    """Does what `twisted.web` does with a request: calls its `process`."""

    def expect(self, request: Any) -> None:
        pass

    def handle(self, request: Any) -> None:
        request.process()


def make_server() -> Quiet:
    limits = Limits(head=16384, fields=500)
    return Quiet(Process(), limits, clock=ManualClock())


class AdaptedRequest(Request):
    """Is made as Twisted's tests make one."""

    defaultContentType = None
    # Twisted sends what is written at once, in chunks.
    is_collecting = property(lambda self: False, lambda self, value: None)

    def __init__(self, channel: Any, *args: Any, **options: Any) -> None:
        if isinstance(channel, Connection):
            super().__init__(channel, *args)
        else:
            line = Connection(make_server())
            line.transport = Stream(channel)
            line.current = self
            super().__init__(line, b"(no method yet)", b"(no uri yet)", [])
            self.clientproto = b"(no clientproto yet)"
            self.transport = channel.transport
            self.channel = channel
            self.site = getattr(channel, "site", None)
            self.line = line
            self.is_twisteds = True

    original = property(lambda self: self)
    is_twisteds = False

    def gotLength(self, length: int | None) -> None:
        self.body = Body(1 << 30, 100_000)
        self.content = BytesIO()

    def handleContentChunk(self, data: bytes) -> None:
        self.content.write(data)
        assert self.body is not None
        self.body.feed(data)

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        self.method, self.uri, self.clientproto = command, path, version
        if self.content is not None:
            self.content.seek(0)
        self.raw = []
        self.process()

    def finish(self) -> None:
        channel = self.channel
        super().finish()
        if self.is_twisteds:
            channel.requestDone(self)

    def process(self) -> None:
        pass

    def _end_head(self, head: list[bytes]) -> None:
        super()._end_head(head)
        if self.clientproto != b"HTTP/1.1":
            # Nothing is said there about the connection.
            head[-1] = b"\r\n"


class AdaptedServerRequest(AdaptedRequest):
    defaultContentType = b"text/html"
    process = server.Request.process


class AdaptedChannel(Protocol):
    """One of our connections, as Twisted's tests drive one."""

    requestFactory: Any = AdaptedRequest
    factory: Any = None
    site: Any = None
    timeOut = 60
    maxHeaders = 500
    totalHeadersSize = 16384
    callLater: Any = None

    def makeConnection(self, transport: Any) -> None:
        self.server = make_server()
        self.server.site = self.site
        factory = self.factory
        if factory is not None and hasattr(factory, "log"):
            self.server.record = factory.log
        self.line = Connection(self.server)
        self.transport = transport
        self.connected = 1
        make = self.requestFactory
        self.make = make
        if hasattr(transport, "registerProducer"):
            transport.registerProducer(self, True)
        self.line.connection_made(Stream(self))

    def dataReceived(self, data: bytes) -> None:
        # Some come with a wrapper that checks which methods a channel calls. Ours calls others.
        make = self.make
        reading.Request = lambda *args: _bare(make(*args))
        self.line.data_received(data)

    def connectionLost(self, reason: Any) -> None:
        failure = getattr(reason, "value", reason)
        self.line.connection_lost(None if isinstance(failure, ConnectionDone) else failure)

    def switch(self, protocol: asyncio.BaseProtocol) -> None:
        pass

    def pauseProducing(self) -> None:
        self.line.pause_writing()

    def resumeProducing(self) -> None:
        self.line.resume_writing()

    def stopProducing(self) -> None:
        pass

    @property
    def requests(self) -> list[Any]:
        return [self.line.current, *(self.line.queue or ())] if self.line.current else []

    @property
    def _channel(self) -> AdaptedChannel:
        return self

    def loseConnection(self) -> None:
        self.line.close()

    def requestDone(self, request: Any) -> None:
        pass

    def isSecure(self) -> bool:
        return self.line.is_secure


def facts_of_a_guest(
    method: bytes, target: bytes, version: str, keep_alive: bool, raw: list[tuple[bytes, bytes]]
) -> head.Facts:
    """The requests of Twisted's tests have no Host."""
    if not any(name.lower() == b"host" for name, _ in raw):
        raw = [*raw, (b"Host", b"a")]
    return head.facts(method, target, version, keep_alive, raw)


def substitute() -> None:
    reading.facts = facts_of_a_guest
    # No loop runs there.
    request_module.Pulling = _PullToPush
    # All faults are the same to Twisted.
    response.refusal = lambda status, preface: b"HTTP/1.1 400 Bad Request\r\n\r\n"
    AdaptedRequest.__name__ = AdaptedServerRequest.__name__ = "Request"
    http.Request = AdaptedRequest
    http.HTTPChannel = AdaptedChannel
    http._genericHTTPChannelProtocolFactory = lambda data: AdaptedChannel()
    http.HTTPFactory.protocol = AdaptedChannel
    server.Request = AdaptedServerRequest
    server.Site.requestFactory = AdaptedServerRequest


def _bare(request: Any) -> Any:
    return getattr(request, "original", request)


class Outcomes(unittest.TestResult):
    def __init__(self) -> None:
        super().__init__()
        self.outcomes: dict[str, str] = {}

    def _note(self, test: Any, outcome: str) -> None:
        name = ".".join(test.id().split(".")[-3:])
        if outcome != "ok" or name not in self.outcomes:
            self.outcomes[name] = outcome

    def addSuccess(self, test: Any) -> None:
        self._note(test, "ok")

    def addFailure(self, test: Any, err: Any) -> None:
        self._note(test, _said(err))

    def addError(self, test: Any, err: Any) -> None:
        self._note(test, _said(err))

    def addSkip(self, test: Any, reason: Any) -> None:
        self._note(test, "skipped")

    def addExpectedFailure(self, test: Any, err: Any, todo: Any = None) -> None:
        self._note(test, "ok")


def _said(err: Any) -> str:
    if isinstance(err, Failure):
        return f"{err.type.__name__}: {err.getErrorMessage()}"[:300] if err.type else "?"
    return f"{err[0].__name__}: {err[1]}"[:300]


def main(names: list[str]) -> None:
    warnings.simplefilter("ignore")
    if names[0] == "--stock":
        names = names[1:]
    else:
        substitute()
    outcomes = Outcomes()
    out, sys.stdout = sys.stdout, io.StringIO()
    for name in names:
        module = importlib.import_module(f"twisted.web.test.{name}")
        unittest.defaultTestLoader.loadTestsFromModule(module).run(outcomes)
    sys.stdout = out
    print(json.dumps(outcomes.outcomes))


if __name__ == "__main__":
    main(sys.argv[1:])
