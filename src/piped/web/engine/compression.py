"""Answers made smaller on their way, for clients that say they can read them."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from piped.web.engine.response import NO_BODY

__all__ = ["Compressing", "Compression", "Gzip", "encoder_for", "is_text", "takes_gzip"]

_NOTHING = re.compile(rb"\s*q\s*=\s*0(\.0{0,3})?\s*")
_TEXTS = re.compile(
    rb"text/|application/(.*[+/])?(json|xml|javascript|yaml|toml|wasm)|image/svg|font/(ttf|otf)",
    re.IGNORECASE,
)
_PARTIAL = 206


@dataclass(frozen=True, slots=True)
class Compression:
    """What is compressed: text and the like, from so many bytes on.

    Do not use it for answers that have a secret beside what a client sent: their size tells.
    """

    minimum: int = 1024
    level: int = 5


class Gzip:
    """Encodes one answer. What is sent at once can be read at once."""

    def __init__(self, request: Any, level: int) -> None:
        self._request = request
        self._compressor = zlib.compressobj(level, zlib.DEFLATED, 16 + zlib.MAX_WBITS)

    def encode(self, data: bytes) -> bytes:
        encoded = self._compressor.compress(data)
        if self._request.is_collecting or not data:
            return encoded
        return encoded + self._compressor.flush(zlib.Z_SYNC_FLUSH)

    def finish(self) -> bytes:
        return self._compressor.flush()


def encoder_for(request: Any, first: bytes, compression: Compression) -> Gzip | None:
    """What the answer to `request`, of which `first` comes first, is to be encoded with."""
    headers = request.responseHeaders
    if request.code in NO_BODY or request.code == _PARTIAL or headers.hasHeader("Content-Encoding"):
        return None
    kind = headers.getRawHeaders(b"Content-Type", [request.defaultContentType or b""])[0]
    if not is_text(kind):
        return None
    varies = headers.getRawHeaders(b"Vary", [])
    if not any(b"accept-encoding" in each.lower() for each in varies):
        headers.addRawHeader(b"Vary", b"Accept-Encoding")
    length = headers.getRawHeaders(b"Content-Length")
    size = int(length[0]) if length else len(first) if request.is_collecting else None
    if (size is not None and size < compression.minimum) or not takes_gzip(_accepted(request)):
        return None
    headers.removeHeader(b"Content-Length")
    headers.setRawHeaders(b"Content-Encoding", [b"gzip"])
    # What is sent is not the same byte by byte.
    tag = request.etag or headers.getRawHeaders(b"ETag", [b"W/"])[0]
    if not tag.startswith(b"W/"):
        request.etag = b"W/" + tag
    return Gzip(request, compression.level)


def _accepted(request: Any) -> bytes:
    return b",".join(request.requestHeaders.getRawHeaders(b"Accept-Encoding", []))


def is_text(content_type: bytes) -> bool:
    """Whether that is as good as a text: it gets much smaller."""
    return _TEXTS.match(content_type) is not None


def takes_gzip(header: bytes) -> bool:
    """Whether `Accept-Encoding` has gzip in it, and not for nothing."""
    items = (each.partition(b";")[::2] for each in header.lower().split(b","))
    qualities = {coding.strip(): quality for coding, quality in items}
    quality = qualities.get(b"gzip", qualities.get(b"*"))
    return quality is not None and not _NOTHING.fullmatch(quality)


class Compressing:
    """A layer: asks the engine to compress. Twisted's does not."""

    def __init__(self, compression: Compression, inner: Callable[[Any, Any], None]) -> None:
        self._compression = compression
        self._inner = inner

    def __call__(self, request: Any, told: Any) -> None:
        request.compression = self._compression
        self._inner(request, told)
