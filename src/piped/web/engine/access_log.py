"""A line for each answer, made off the way of requests: many at a time."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from time import gmtime, strftime
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from piped.web.engine.request import Request

__all__ = ["AccessLog", "client_name", "to_file", "to_logger"]

logger = logging.getLogger(__name__)

Style = Literal["common", "combined", "json"]

# So many are kept before lines are made of them, and so many bytes before they are written.
_BATCH, _BLOCK = 128, 64 * 1024
# All that could end a line, leave a quoted text, or mean something to a terminal.
_UNSAFE = re.compile(rb"[^ !#-\[\]-~]")


# What was answered: the same again and again, mostly.
What = tuple[bytes, bytes, bytes, int, int, bytes, bytes]
# method, target, version, status, size, referer, agent
Entry = tuple[float, bytes, float, What]
# time, client, seconds it took, what


class AccessLog:
    """Gathers what was answered. `write` gets whole lines, many at once."""

    def __init__(self, write: Callable[[bytes], object], style: Style = "combined") -> None:
        self._write = write
        self._format = {"common": common, "combined": combined, "json": as_json}[style]
        # Whether the lines say how long an answer took: what nobody reads is not measured.
        self.has_durations = style == "json"
        self._entries: list[Entry] = []
        self._lines: list[bytes] = []
        self._size = 0
        self._fails = False

    def record(self, request: Request) -> None:
        """`request` is answered. What it has now is in the line."""
        entries = self._entries
        connection = request.connection
        server = connection.server
        entries.append(
            (
                server.wall,
                request.logged_client or connection.name,
                server.clock.monotonic() - request.began if self.has_durations else 0.0,
                (
                    request.method,
                    request.uri,
                    request.clientproto,
                    request.code,
                    request.sentLength,
                    request.referer,
                    request.agent,
                ),
            )
        )
        if len(entries) >= _BATCH:
            self._make_lines()

    def flush(self) -> None:
        """Write what there is."""
        if self._entries:
            self._make_lines()
        if self._lines:
            lines, self._lines = self._lines, []
            self._size = 0
            self._say(b"".join(lines))

    def _say(self, lines: bytes) -> None:
        """Requests are answered, whatever becomes of their lines."""
        try:
            self._write(lines)
        except Exception as failure:  # noqa: BLE001 - whatever a writer raises
            if not self._fails:
                logger.error("the access log cannot be written: %s", failure)  # noqa: TRY400
            self._fails = True
        else:
            self._fails = False

    def _make_lines(self) -> None:
        entries, self._entries = self._entries, []
        lines = self._format(entries)
        self._lines.append(lines)
        self._size += len(lines)
        if self._size > _BLOCK:
            self.flush()


def to_file(path: Path) -> Callable[[bytes], object]:
    """Append to the file at `path`, which may be moved away at any time."""

    def write(lines: bytes) -> None:
        with path.open("ab") as file:
            file.write(lines)

    return write


def to_logger(logger: logging.Logger) -> Callable[[bytes], object]:
    """One record for each line."""

    def write(lines: bytes) -> None:
        if logger.isEnabledFor(logging.INFO):
            for line in lines.splitlines():
                logger.info("%s", line.decode("ascii"))

    return write


def common(entries: list[Entry]) -> bytes:
    return _lines(entries, _of_common)


def combined(entries: list[Entry]) -> bytes:
    return _lines(entries, _of_combined)


def _lines(entries: list[Entry], end_of: Callable[[What], bytes]) -> bytes:
    at, stamp = 0.0, b""
    parts: list[bytes] = []
    for time, client, _, what in entries:
        if time != at:
            at, stamp = time, _clock_text(time)
        parts += (client, stamp, end_of(what))
    return b"".join(parts)


@lru_cache(maxsize=4096)
def _of_common(what: What) -> bytes:
    method, uri, version, status, size, *_ = what
    return b'%b %b %b" %d %d\n' % (method, _quoted(uri), version, status, size)


@lru_cache(maxsize=4096)
def _of_combined(what: What) -> bytes:
    method, uri, version, status, size, referer, agent = what
    line = b'%b %b %b" %d %d "%b" "%b"\n'
    asker = _safe(referer or b"-"), _safe(agent or b"-")
    return line % (method, _quoted(uri), version, status, size, *asker)


def _quoted(uri: bytes) -> bytes:
    # The parser lets nothing worse through.
    return _safe(uri) if b'"' in uri or b"\\" in uri else uri


def as_json(entries: list[Entry]) -> bytes:
    return b"".join(
        json.dumps(
            {
                "time": strftime("%Y-%m-%dT%H:%M:%SZ", gmtime(time)),
                "client": client.decode("ascii"),
                "method": method.decode("latin-1"),
                "uri": uri.decode("latin-1"),
                "version": version.decode("latin-1"),
                "status": status,
                "size": size,
                "seconds": round(seconds, 6),
                "referer": referer.decode("latin-1"),
                "agent": agent.decode("latin-1"),
            }
        ).encode("ascii")
        + b"\n"
        for time, client, seconds, what in entries
        for method, uri, version, status, size, referer, agent in (what,)
    )


@lru_cache(maxsize=4)
def _clock_text(time: float) -> bytes:
    """All between the client and the method."""
    return strftime(' - - [%d/%b/%Y:%H:%M:%S +0000] "', gmtime(time)).encode("ascii")


@lru_cache(maxsize=4096)
def _safe(value: bytes) -> bytes:
    r"""`value` with whatever does not belong in a quoted text written as `\\x0a`."""
    return _UNSAFE.sub(lambda found: b"\\x%02x" % found.group()[0], value)


def client_name(peer: Any) -> bytes:
    """A client by the name of its socket, as it stands at the beginning of a line."""
    name = peer[0] if isinstance(peer, tuple) else peer
    if isinstance(name, str):
        name = name.encode("utf-8", "backslashreplace")
    return _safe(bytes(name)).replace(b" ", b"\\x20") or b"-"
