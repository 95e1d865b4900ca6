"""The half of a request that speaks: status, header, body.

What a handler writes before it returns is held back until then. So an answer that is finished by
then leaves in one piece, with its length.
"""

from __future__ import annotations

import logging
import warnings
from typing import Any

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure
from twisted.web import server
from twisted.web.http import datetimeToString

from piped.web.engine import private
from piped.web.engine.body import Body
from piped.web.engine.compression import Compression, encoder_for
from piped.web.engine.contracts import Line
from piped.web.engine.response import NO_BODY, message_of, status_line

__all__ = ["UNMADE", "Answering"]

UNMADE: Any = object()

log = logging.getLogger(__name__)

# How the end of a body is known: there is none, a length was declared, not decided yet,
# in chunks, or the connection ends.
_NONE, _DECLARED, _OPEN, _CHUNKS, _CLOSE = range(5)
_HELD_BACK = 64 * 1024
_OURS = frozenset({b"Server", b"Date", b"Connection", b"Transfer-Encoding"})


_TOO_LATE = "Request.write called on a request after Request.finish was called."


def _as_bytes(data: object) -> bytes:
    if not data:
        # An empty text has always passed.
        return b""
    if isinstance(data, bytes | bytearray | memoryview):
        return bytes(data)
    raise TypeError(f"only bytes can be written, not {data!r}")


class Answering(server.Request):
    """Writes answers."""

    connection: Line
    _fields: dict[bytes, list[bytes]]
    _encoder: Any = None
    # For this answer, where the server has none.
    compression: Compression | None = None
    # The view of the connection, if somebody asked for it; None when all is over. To find that out
    # it need not be made, nor the dict of the request, which Python makes when it is looked at.
    kept_channel: Any = UNMADE
    keeps_alive = True
    is_collecting = False
    body: Body | None = None
    _cookies: list[bytes] | None = None
    _notifications: list[Deferred[None]] | None = None
    _framing = _OPEN
    _left = 0
    # The head and the beginning of the body, while they are held back.
    _head: list[bytes] | None = None
    _unsent: bytes = b""

    def setHeader(self, name: bytes | str, value: bytes | str) -> None:
        if value.__class__ is bytes and b"\n" not in value and b"\r" not in value:
            known = private.canonical_names.get(name)
            self._fields[known or private.header_name(name)] = [value]
        else:
            self.responseHeaders.setRawHeaders(name, [value])

    def write(self, data: bytes) -> None:
        if self.finished or self._disconnected or self._inFakeHead:
            if self.finished:
                raise RuntimeError(_TOO_LATE)
            return
        if data.__class__ is not bytes:
            data = _as_bytes(data)
        if not self.startedWriting:
            data = self._start(data)
            if self._framing == _OPEN and self.is_collecting:
                self._unsent = data
                self.sentLength = len(data)
                return
        elif self._encoder is not None:
            data = self._encoder.encode(data)
        if data:
            self._send(data)
        if self._head is not None and not self.is_collecting:
            self.release()

    def _start(self, data: bytes) -> bytes:
        """Decide on the head, and on how `data`, which comes first, is encoded."""
        compression = self.compression or self.connection.server.compression
        if compression is not None and self._encoder is None:
            self._encoder = encoder_for(self, data, compression)
        if self._encoder is not None:
            data = self._encoder.encode(data)
        self._begin()
        return data

    def _send(self, data: bytes) -> None:
        """Add `data` to the body."""
        framing = self._framing
        if framing == _NONE:
            # What HEAD would have got.
            self._left += len(data)
            return
        if framing == _DECLARED:
            self._left -= len(data)
            if self._left < 0:
                log.error("%r: more than Content-Length says", self.uri)
                data = data[: self._left]
                self._left = 0
        self.sentLength += len(data)
        if self._head is not None:
            self._unsent = self._unsent + data if self._unsent else data
            if not self.is_collecting or len(self._unsent) > _HELD_BACK:
                self.release()
        elif framing == _CHUNKS:
            self.connection.stream.write(b"%x\r\n%b\r\n" % (len(data), data))
        else:
            self.connection.stream.write(data)

    def release(self) -> None:
        """Send what was held back: more will follow."""
        head = self._head
        if head is None:
            return
        data = self._unsent
        self._head, self._unsent = None, b""
        if self._framing == _OPEN:
            if self.clientproto == b"HTTP/1.1":
                self._framing = _CHUNKS
                self.chunked = 1
                head.append(b"Transfer-Encoding: chunked\r\n")
                data = b"%x\r\n%b\r\n" % (len(data), data) if data else b""
            else:
                self._framing = _CLOSE
                self.keeps_alive = False
        self._end_head(head)
        head.append(data)
        self.connection.stream.write(b"".join(head))

    def finish(self) -> None:
        if self._disconnected:
            raise RuntimeError(
                "Request.finish called on a request after its connection was lost; "
                "use Request.notifyFinish to keep track of this."
            )
        if self.finished:
            warnings.warn("Warning! request.finish called twice.", stacklevel=2)
            return
        if self._encoder is not None:
            self._end_encoding(self._encoder)
        elif not self.startedWriting:
            self._begin()
        framing = self._framing
        if framing == _DECLARED and self._left:
            log.error("%r: less than Content-Length says", self.uri)
            self.keeps_alive = False
        if self._head is not None:
            self._send_whole(self._head)
        elif framing == _CHUNKS:
            self.connection.stream.write(b"0\r\n\r\n")
        self.finished = 1
        self._clean_up()

    def _end_encoding(self, encoder: Any) -> None:
        rest = encoder.finish()
        if not self.startedWriting:
            self._begin()
        if rest:
            self._send(rest)

    def end_with(self, data: bytes) -> None:
        """Write `data`, and finish. What is ordinary about that is done at once."""
        connection = self.connection
        server = connection.server
        fields = self._fields
        kind = self.defaultContentType
        if (
            not self.startedWriting
            and self.method != b"HEAD"
            and self.keeps_alive
            and self.clientproto == b"HTTP/1.1"
            and connection.incoming is not self
            and not self._disconnected
            and not self._inFakeHead
            and server.compression is self.compression is self._encoder is None
            and self._cookies is self.etag is self.lastModified is None
            and (head := server.heads.of(self.code, self.code_message, fields, kind)) is not None
            and not server.is_closing
        ):
            self.startedWriting = self.finished = 1
            if not fields and kind is not None:
                fields[b"Content-Type"] = [kind]
            self.sentLength = len(data)
            server.outgoing.add(connection, b"%b%d\r\n\r\n%b" % (head, len(data), data))
            self._clean_up()
        else:
            # What comes first is held back till the end, which says how long it is.
            self.is_collecting = self.is_collecting or not self.startedWriting
            self.write(data)
            self.finish()

    def _send_whole(self, head: list[bytes]) -> None:
        """Nothing is sent yet, and nothing will follow."""
        self._head = None
        data = self._unsent
        connection = self.connection
        if (
            self._framing == _OPEN
            and self.keeps_alive
            and self.clientproto == b"HTTP/1.1"
            and connection.incoming is not self
            and not connection.server.is_closing
        ):
            head.append(b"Content-Length: %d\r\n\r\n%b" % (len(data), data))
            connection.server.outgoing.add(connection, b"".join(head))
            return
        if self._framing == _OPEN:
            head.append(b"Content-Length: %d\r\n" % len(data))
        elif self._framing == _NONE and self._left > 0 and self.code not in NO_BODY:
            head.append(b"Content-Length: %d\r\n" % self._left)
        self._end_head(head)
        head.append(data)
        connection.stream.write(b"".join(head))

    def _clean_up(self) -> None:
        connection = self.connection
        record = connection.server.record
        if record is not None:
            record(self)
        if self.producer is not None:
            problem = RuntimeError(f"Producer was not unregistered for {self.uri!r}")
            self._log.failure("", Failure(problem))
            self.unregisterProducer()
        self.kept_channel = None
        if self.body is not None:
            self.body.close()
        connection.done(self)
        if self._notifications is not None:
            self.tell(None)

    def _begin(self) -> None:
        """Decide all that stands in the head, but for how long the body is."""
        self.startedWriting = 1
        fields = self._fields
        code = self.code
        if self.method == b"HEAD" or code in NO_BODY:
            self._begin_nothing(fields)
        elif b"Content-Length" in fields:
            self._framing = _DECLARED
            self._left = int(fields[b"Content-Length"][0])
        if (
            b"Content-Type" not in fields
            and self.defaultContentType is not None
            and code not in NO_BODY
            and fields.get(b"Content-Length") != [b"0"]
        ):
            fields[b"Content-Type"] = [self.defaultContentType]
        if self.etag is not None or self.lastModified is not None or self._cookies is not None:
            self._add_validators(fields)
        line = status_line(code, self.code_message)
        if self.clientproto != b"HTTP/1.1":
            line = line.replace(b"HTTP/1.1", b"HTTP/1.0", 1)
        head = [line, self.connection.server.preface]
        if not _OURS.isdisjoint(fields):
            self._take_ours(fields, head)
        for name, values in fields.items():
            for value in values:
                head += (name, b": ", value, b"\r\n")
        self._head = head

    def _begin_nothing(self, fields: dict[bytes, list[bytes]]) -> None:
        """There is no body, whatever is written."""
        self._framing = _NONE
        if self.code in NO_BODY:
            fields.pop(b"Content-Length", None)
        elif b"Content-Length" in fields:
            self._left = -1 << 60

    def _take_ours(self, fields: dict[bytes, list[bytes]], head: list[bytes]) -> None:
        """The handler has set what we usually set."""
        # How the body is sent is not for a handler.
        fields.pop(b"Transfer-Encoding", None)
        if fields.get(b"Connection", [b""])[0].lower() == b"close":
            del fields[b"Connection"]
            self.keeps_alive = False
        if b"Server" in fields or b"Date" in fields:
            server = self.connection.server
            fields.setdefault(b"Server", [server.name])
            fields.setdefault(b"Date", [datetimeToString(server.clock.time())])
            del head[1]

    def _add_validators(self, fields: dict[bytes, list[bytes]]) -> None:
        if self.lastModified is not None and b"Last-Modified" not in fields:
            fields[b"Last-Modified"] = [datetimeToString(self.lastModified)]
        if self.etag is not None:
            self.setHeader(b"ETag", self.etag)
        if self._cookies:
            self.responseHeaders.setRawHeaders(b"Set-Cookie", self._cookies)

    def _end_head(self, head: list[bytes]) -> None:
        connection = self.connection
        if connection.incoming is self and not connection.can_drop_body(self):
            self.keeps_alive = False
        if connection.server.is_closing:
            self.keeps_alive = False
        if not self.keeps_alive:
            head.append(b"Connection: close\r\n\r\n")
        elif self.clientproto != b"HTTP/1.1":
            head.append(b"Connection: keep-alive\r\n\r\n")
        else:
            head.append(b"\r\n")

    def answer_plainly(self, code: int) -> None:
        """Finish with a status and its name."""
        message = message_of(code)
        self._encoder = None
        self._fields.clear()
        self.setResponseCode(code, message)
        self.setHeader(b"Content-Type", b"text/plain")
        self.write(message + b"\n")
        self.finish()

    def tell(self, reason: Any) -> None:
        raise NotImplementedError
