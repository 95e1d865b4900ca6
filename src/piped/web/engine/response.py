"""The bytes of answers that are the same for many."""

from __future__ import annotations

from http import HTTPStatus

from twisted.web.http import RESPONSES

__all__ = ["NO_BODY", "message_of", "refusal", "status_line"]

# What never has a body.
NO_BODY = frozenset({*range(100, 200), 204, 304})
_KEPT = 1000
# What Twisted calls a code that it does not know.
_UNKNOWN = b"Unknown Status"
_lines: dict[tuple[int, bytes], bytes] = {}


def status_line(code: int, message: bytes) -> bytes:
    line = _lines.get((code, message))
    if line is None:
        # What the message says cannot end the line it stands in.
        safe = b" ".join(message.split()).replace(b"\0", b"")
        if message == _UNKNOWN:
            safe = message_of(code) or safe
        line = b"HTTP/1.1 %d %b\r\n" % (code, safe)
        if len(_lines) < _KEPT:
            _lines[code, message] = line
    return line


def message_of(status: int) -> bytes:
    """What a status means. Twisted does not know all of them."""
    known: bytes | None = RESPONSES.get(status)
    if known is not None:
        return known
    try:
        return HTTPStatus(status).phrase.encode()
    except ValueError:
        return b""


def refusal(status: int, preface: bytes) -> bytes:
    """The whole answer to what cannot be handled. `preface`: the Server and Date lines."""
    message = message_of(status)
    body = message + b"\n"
    return b"%b%bContent-Type: text/plain\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%b" % (
        status_line(status, message),
        preface,
        len(body),
        body,
    )
