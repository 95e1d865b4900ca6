"""One client: requests come in, and are answered in their order.

1. What comes is parsed as long as nothing waits for its answer. While something does, it is kept
   unread, up to a limit; then the client has to wait.
2. Requests that were parsed together wait in a queue. A handler hears of one when it is its turn.
3. Who does not take what we send is not read from.
4. A fault in what a client sends is answered behind all that came before it, and is the end.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import Any

from twisted.internet.error import ConnectionDone, ConnectionLost

from piped.exceptions import UnfitRequest
from piped.web.engine import response
from piped.web.engine.body import Body
from piped.web.engine.contracts import Service
from piped.web.engine.head import Facts, Refusal
from piped.web.engine.reading import BODY, CLOSING, HEAD, IDLE, LINGERING, Reading
from piped.web.engine.request import Request

__all__ = ["Connection"]

log = logging.getLogger(__name__)

# Why a connection is not read from.
AHEAD, STREAM, CLOGGED = 1, 2, 4
# So much of a body nobody asked for is read and dropped, to keep the connection.
_DROPPED = 64 * 1024


class Connection(Reading):
    """What is between a transport of the loop and a handler."""

    __slots__ = (
        "_advancing",
        "_drained",
        "_quiet",
        "_taken",
        "fault",
        "name",
        "producer",
        "queue",
        "upgraded",
    )

    def __init__(self, server: Service) -> None:
        super().__init__(server)
        self.queue: deque[Request] | None = None
        self.fault: Refusal | None = None
        self.producer: Any = None
        # What the access log calls the client.
        self.name = b"-"
        self.upgraded: asyncio.Protocol | None = None
        self._advancing = False
        self._drained: asyncio.Future[None] | None = None
        self._quiet = 0
        self._taken = 0

    # The life of the transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        other = self.server.connect(self)
        if other is not None:
            self.switch(other)

    def connection_lost(self, exc: Exception | None) -> None:
        self.server.disconnect(self)
        self.phase, self.deaf = CLOSING, True
        self.parser = None
        self.held = self.unwritten = b""
        reason = ConnectionLost(str(exc)) if exc is not None else ConnectionDone()
        waiting = [*([self.current] if self.current else ()), *(self.queue or ())]
        self.current = self.queue = None
        producer, self.producer = self.producer, None
        if producer is not None:
            producer.stopProducing()
        if self._drained is not None and not self._drained.done():
            self._drained.set_result(None)
        for request in waiting:
            request.lose(reason)

    def eof_received(self) -> bool:
        return False

    # What Reading tells

    def may_read(self) -> bool:
        current = self.current
        return (
            (current is None or current is self.incoming)
            and not self.deaf
            and (not self.is_clogged or self.incoming is not None)
        )

    def hold(self, data: bytes) -> None:
        """Keep for later what may not be looked at now."""
        if self.upgraded is not None:
            self.upgraded.data_received(data)
            return
        if self.deaf:
            return
        self.held += data
        self.is_behind = True
        if len(self.held) >= self.limits.pipelined:
            self.pause(AHEAD, True)

    def head_came(self, request: Request, facts: Facts) -> None:
        """A head that is out of the ordinary."""
        request.heed(facts)
        if facts.length != 0:
            self.body_comes(request)

    def body_comes(self, request: Request) -> None:
        """The head of `request` has come, and a body is to follow."""
        self.phase, self.since = BODY, self.server.now
        request.body = Body(self.limits.body, self.limits.memory)
        if self.is_free():
            self.start(request)
        else:
            self.enqueue(request)

    def request_came(self, request: Request) -> None:
        body = request.body
        if body is not None:
            body.end()
            if request is self.current and not body.is_streamed:
                self.handle(request)
        elif self.is_free():
            self.current = request
            self.handle(request)
        else:
            self.enqueue(request)

    def refuse(self, refusal: Refusal) -> None:
        """Nothing that comes now can be understood."""
        self.deaf = True
        self.held = b""
        self.fault = refusal
        self.is_behind = True
        request, self.incoming = self.incoming, None
        if request is not None and request is self.current:
            if request.startedWriting:
                self.abort()
                return
            self.current = None
            request.lose(refusal)
        elif request is not None and self.queue and request in self.queue:
            # Its end will never come.
            self.queue.remove(request)
            request.lose(refusal)
        self.advance()

    # The order of answers

    def is_free(self) -> bool:
        return self.current is None and not self.queue and not self.is_clogged

    def enqueue(self, request: Request) -> None:
        if self.queue is None:
            self.queue = deque()
        self.queue.append(request)
        self.is_behind = True

    def start(self, request: Request) -> None:
        """It is the turn of `request`."""
        self.current = request
        body = request.body
        if body is None:
            self.handle(request)
            return
        self.expect(request, body)
        if request is self.current and (body.is_streamed or body.is_complete):
            self.handle(request)

    def expect(self, request: Request, body: Body) -> None:
        try:
            self.server.handler.expect(request)
        except Exception as failure:  # noqa: BLE001 - the handler's failure is answered
            self.fail(request, failure)
        if request.finished or request is not self.current:
            return
        if body.size > body.limit or (request.length or 0) > body.limit:
            self.refuse(Refusal(413, "a body that is too large"))
        elif request.continues and body.size == 0:
            self.stream.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def handle(self, request: Request) -> None:
        request.is_collecting = True
        try:
            self.server.handler.handle(request)
        except Exception as failure:  # noqa: BLE001 - the handler's failure is answered
            self.fail(request, failure)
        if not request.finished:
            request.is_collecting = False
            request.release()

    def fail(self, request: Request, failure: Exception) -> None:
        """The handler failed: say so, if that can be said."""
        status = 500
        if isinstance(failure, UnfitRequest):
            status = failure.status
        else:
            log.error("%r of %r failed", request.method, request.uri, exc_info=failure)
        if request.finished or request is not self.current:
            return
        if request.startedWriting:
            self.abort()
        else:
            request.answer_plainly(status)

    def done(self, request: Request) -> None:
        """All of the answer to `request` is written."""
        self.current = None
        self.since = self.server.now
        if not request.keeps_alive:
            self.close()
        elif self.is_behind and not self.feeding:
            self.advance()

    def advance(self) -> None:
        """Go on with what waits, as far as possible."""
        if self.feeding or self._advancing:
            return
        self._advancing = True
        try:
            while self.phase < LINGERING and self._take_turn():
                pass
        finally:
            self._advancing = False
        self.is_behind = bool(self.queue or self.held or self.fault)
        if not self.held and self._quiet:
            self.pause(AHEAD, False)

    def _take_turn(self) -> bool:
        current = self.current
        if current is None and not self.is_clogged:
            if self.queue:
                self.start(self.queue.popleft())
                return True
            if self.fault is not None:
                self._answer_fault(self.fault)
                return False
        if self.held and self.may_read():
            data, self.held = self.held, b""
            self.parse(data)
            return True
        return False

    def can_drop_body(self, request: Request) -> bool:
        """Is what is still to come of a body little enough to be read and forgotten?"""
        assert request.body is not None
        return (
            request.length is not None
            and request.length - request.body.size <= _DROPPED
            and not (request.continues and request.body.size == 0)
        )

    # Ends

    def _answer_fault(self, fault: Refusal) -> None:
        log.info("refused a request: %s", fault.msg)
        self.stream.write(response.refusal(fault.status, self.server.preface))
        self.close(is_heard_out=True)

    def close(self, *, is_heard_out: bool = False) -> None:
        """Close when all is sent. `is_heard_out`: the client may not have said all."""
        if self.upgraded is not None:
            self.stream.close()
        if self.phase == CLOSING:
            return
        self.deaf, self.held = True, b""
        self.since = self.server.now
        if (is_heard_out or self.incoming is not None) and self.stream.can_write_eof():
            self.phase = LINGERING
            self.pause(AHEAD | STREAM | CLOGGED, False)
            self.stream.write_eof()
        else:
            self.phase = CLOSING
            self.stream.close()

    def abort(self) -> None:
        self.phase, self.deaf = CLOSING, True
        self.stream.abort()

    # The flow

    def pause(self, why: int, is_on: bool) -> None:
        """Read from the client only while there is no reason against it."""
        before = self._quiet
        after = self._quiet = before | why if is_on else before & ~why
        if self.upgraded is not None or self.stream.is_closing() or bool(before) == bool(after):
            return
        if after:
            self.stream.pause_reading()
        else:
            self.stream.resume_reading()

    def pause_writing(self) -> None:
        self.is_clogged = True
        self.since = self.server.now
        self._taken = self.stream.get_write_buffer_size()
        self.pause(CLOGGED, True)
        if self.producer is not None:
            self.producer.pauseProducing()

    def resume_writing(self) -> None:
        self.is_clogged = False
        self.since = self.server.now
        self.pause(CLOGGED, False)
        if self._drained is not None and not self._drained.done():
            self._drained.set_result(None)
        if self.producer is not None:
            self.producer.resumeProducing()
        self.advance()

    def pause_stream(self, is_on: bool) -> None:
        """The reader of a body is far behind, or near again."""
        self.pause(STREAM, is_on)

    async def drained(self) -> None:
        """Wait until the client has taken most of what was written."""
        if self.is_clogged and self.phase != CLOSING:
            if self._drained is None or self._drained.done():
                self._drained = asyncio.get_running_loop().create_future()
            await asyncio.shield(self._drained)

    def stop(self) -> None:
        """Take no more requests: close when those that are running are answered."""
        if self.phase in {IDLE, HEAD} and self.current is None and not self.queue:
            self.close()

    def check(self, now: float) -> None:
        """Has the client taken too long?"""
        if self.phase == IDLE and self.current is None and not self.is_clogged:
            if now - self.since > self.limits.idle_time:
                self.close()
            return
        if self.upgraded is not None:
            return
        elapsed = now - self.since
        if self.phase == LINGERING:
            if elapsed > self.limits.linger:
                self.phase, self.since = CLOSING, now
                self.stream.close()
        elif self.is_clogged or self.phase == CLOSING:
            left = self.stream.get_write_buffer_size()
            if left < self._taken:
                self.since = now
            elif elapsed > self.limits.write_time:
                self.abort()
            self._taken = left
        else:
            self._check_reading(elapsed, now)

    def _check_reading(self, elapsed: float, now: float) -> None:
        if self.phase == HEAD and self.current is None:
            if elapsed > self.limits.head_time:
                self.refuse(Refusal(408, "a head that takes too long"))
        elif self.phase == BODY and self.incoming is self.current:
            if self._quiet:
                self.since = self.began = now
                self.received = 0
            elif elapsed > self.limits.body_time or self._is_slow(now - self.began):
                self.refuse(Refusal(408, "a body that takes too long"))

    def _is_slow(self, elapsed: float) -> bool:
        return elapsed > self.limits.body_time and self.received < elapsed * self.limits.body_rate

    # The door for other protocols

    def switch(self, protocol: asyncio.Protocol) -> None:
        """Hand the transport to `protocol`, with what came for it already."""
        self.upgraded = protocol
        self.deaf = True
        self.phase = CLOSING
        held, self.held = self.held, b""
        self.server.hand_over(self)
        self.current = None
        self.stream.set_protocol(protocol)
        protocol.connection_made(self.stream)
        if self._quiet:
            self._quiet = 0
            self.stream.resume_reading()
        if held:
            protocol.data_received(held)

    @property
    def is_secure(self) -> bool:
        return self.stream.get_extra_info("sslcontext") is not None
