"""The arguments of a request: of its target, and of the form it brings."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import IO, Any
from urllib.parse import unquote_to_bytes

from piped.web.engine.body import Body
from piped.web.engine.head import Refusal
from piped.web.engine.limits import Limits

__all__ = ["Form", "Upload", "fields_of", "form_of", "media_type"]

_BLOCK = 64 * 1024
# The head of a part.
_PART_HEAD = 8 * 1024
_PARAMETER = re.compile(rb';\s*([\w!#$%&\'*+.^`|~-]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;\s]*)')
_QUOTED = re.compile(rb"\\([\"\\])")


@dataclass(slots=True)
class Upload:
    """A file that came with a form."""

    filename: bytes
    content_type: bytes
    size: int
    file: IO[bytes]


@dataclass(slots=True)
class Form:
    """What a form says. A file is in `args`, too, unless it is large."""

    args: dict[bytes, list[bytes]]
    files: dict[bytes, list[Upload]]


def form_of(request: Any) -> Form:
    """All arguments of `request`, those of its form in place of those of its target.

    Raises a `Refusal` for a form that cannot be read, or is too large.
    """
    limits = request.connection.limits
    uri = request.uri
    form = Form(fields_of(uri.split(b"?", 1)[1], limits.parts) if b"?" in uri else {}, {})
    body = request.body
    if body is None or body.is_streamed or not body.size or request.method != b"POST":
        return form
    header = request.requestHeaders.getRawHeaders(b"Content-Type")
    if not header:
        return form
    kind, parameters = media_type(header[0])
    content = request.content
    if kind == b"application/x-www-form-urlencoded":
        if body.size > limits.memory:
            raise Refusal(413, "a form that is too large")
        form.args.update(fields_of(content.read(), limits.parts))
    elif kind == b"multipart/form-data":
        boundary = parameters.get(b"boundary", b"")
        own: dict[bytes, list[bytes]] = {}
        _read_parts(body, _Parts(content, boundary), Form(own, form.files), limits)
        form.args.update(own)
    else:
        return form
    content.seek(0)
    return form


def fields_of(text: bytes, most: int = 1000) -> dict[bytes, list[bytes]]:
    """What `a=b&c=d` says. Something without `=` is left out, as Twisted does."""
    items = text.replace(b";", b"&").replace(b"+", b" ").split(b"&")
    if len(items) > most:
        raise Refusal(400, "too many arguments")
    found: dict[bytes, list[bytes]] = {}
    for item in items:
        name, is_field, value = item.partition(b"=")
        if is_field:
            if b"%" in item:
                name, value = unquote_to_bytes(name), unquote_to_bytes(value)
            found.setdefault(name, []).append(value)
    return found


@lru_cache(maxsize=256)
def media_type(header: bytes) -> tuple[bytes, dict[bytes, bytes]]:
    """`text/html; charset="utf-8"` → the type, and what else is said."""
    kind = header.split(b";", 1)[0].strip().lower()
    return kind, {
        name.lower(): _QUOTED.sub(rb"\1", value[1:-1]) if value[:1] == b'"' else value
        for name, value in _PARAMETER.findall(header)
    }


def _read_parts(body: Body, parts: _Parts, form: Form, limits: Limits) -> None:
    memory, held = limits.memory, 0
    for number, head in enumerate(parts):
        if number >= limits.parts:
            raise Refusal(400, "too many parts")
        disposition = media_type(head.get(b"content-disposition", b""))[1]
        name = disposition.get(b"name")
        filename = disposition.get(b"filename")
        if filename is None:
            value = b"".join(parts.pieces())
            held += len(value)
            if held > memory:
                raise Refusal(413, "a form that is too large")
        else:
            # What is in memory is counted once: in the arguments.
            file = tempfile.SpooledTemporaryFile(memory)  # noqa: SIM115 - the body closes it
            body.close_too(file)
            size = sum(map(file.write, parts.pieces()))
            file.seek(0)
            upload = Upload(filename, head.get(b"content-type", b""), size, file)
            if name:
                form.files.setdefault(name, []).append(upload)
            if upload.size > memory - held:
                continue
            held += upload.size
            value = upload.file.read()
            upload.file.seek(0)
        if name:
            form.args.setdefault(name, []).append(value)


class _Parts:
    """Walks through a multipart body, a block at a time."""

    def __init__(self, content: IO[bytes], boundary: bytes) -> None:
        if not boundary or len(boundary) > 70:  # RFC 2046 has it
            raise Refusal(400, "a form without a boundary")
        self._content = content
        self._delimiter = b"\r\n--" + boundary
        # The first delimiter stands at the very beginning, mostly.
        self._buffer = b"\r\n"

    def __iter__(self) -> Iterator[dict[bytes, bytes]]:
        for _ in self.pieces():
            pass
        while True:
            line = self._line(may_end=True)
            if line is None:
                return
            if line.strip(b" \t"):
                raise Refusal(400, "a boundary with something behind it")
            yield self._head()

    def pieces(self) -> Iterator[bytes]:
        """What comes before the next delimiter."""
        keep = len(self._delimiter) - 1
        while True:
            end = self._buffer.find(self._delimiter)
            if end >= 0:
                piece, self._buffer = (
                    self._buffer[:end],
                    self._buffer[end + len(self._delimiter) :],
                )
                yield piece
                return
            if len(self._buffer) > keep:
                yield self._buffer[:-keep]
                self._buffer = self._buffer[-keep:]
            if not self._more():
                raise Refusal(400, "a form that breaks off")

    def _head(self) -> dict[bytes, bytes]:
        head: dict[bytes, bytes] = {}
        size = 0
        while line := self._line():
            size += len(line)
            name, is_field, value = line.partition(b":")
            if not is_field or size > _PART_HEAD:
                raise Refusal(400, "a part whose head cannot be read")
            head[name.strip().lower()] = value.strip()
        return head

    def _line(self, *, may_end: bool = False) -> bytes | None:
        """The next line; None if the body ends here."""
        while True:
            if may_end and self._buffer.startswith(b"--"):
                return None
            end = self._buffer.find(b"\r\n")
            if end >= 0:
                line, self._buffer = self._buffer[:end], self._buffer[end + 2 :]
                return line
            if len(self._buffer) > _PART_HEAD or not self._more():
                raise Refusal(400, "a form that breaks off")

    def _more(self) -> bool:
        block = self._content.read(_BLOCK)
        self._buffer += block
        return bool(block)
