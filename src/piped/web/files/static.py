"""Files over HTTP: conditions, ranges, compressed twins, folders."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from piped.web.engine.compression import is_text, takes_gzip
from piped.web.files import conditions
from piped.web.files.folder import Entry, Folder
from piped.web.files.listing import listing_page
from piped.web.files.ranges import Unsatisfiable, ranges_of
from piped.web.files.sending import Sending, pieces
from piped.web.site import answers
from piped.web.site.failures import Failures
from piped.web.site.routing import Found
from piped.web.site.site import Answer

__all__ = ["Files", "send_entry"]

_READING = {b"GET", b"HEAD"}
_WANTS = {
    b"if-match",
    b"if-none-match",
    b"if-modified-since",
    b"if-unmodified-since",
    b"if-range",
    b"range",
}


class Files:
    """Answers with what is in a folder; what is not there is left to others."""

    def __init__(
        self,
        folder: Folder,
        failures: Failures,
        *,
        index: Sequence[str] = ("index.html",),
        fallback: str | None = None,
        listing: bool = True,
        cache_control: str = "",
        compressed: bool = True,
        preprocessors: Sequence[Callable[[Any], object]] = (),
        layered: Callable[[Answer], Answer] = lambda inner: inner,
    ) -> None:
        self._folder = folder
        self._failures = failures
        self._index = [name.encode() for name in index]
        self._fallback = tuple(fallback.encode().split(b"/")) if fallback else ()
        self._listing = listing
        self._cache_control = cache_control.encode()
        self._compressed = compressed
        self._preprocessors = preprocessors
        self._answer = layered(self._send)

    def __call__(self, request: Any, found: Found[Any]) -> None:
        names = found.postpath
        entry = self._folder.look_up(names)
        if entry is not None and entry.is_folder and names and not names[-1]:
            names, entry = self._index_of(names, entry)
        if entry is None and found.otherwise is not None:
            found.otherwise.place.answer(request, found.otherwise)
        elif entry is None and self._fallback and not (names and b"." in names[-1]):
            self._answer(request, (self._fallback, self._folder.look_up(self._fallback)))
        else:
            self._answer(request, (names, entry))

    def _index_of(
        self, names: tuple[bytes, ...], folder: Entry
    ) -> tuple[tuple[bytes, ...], Entry | None]:
        for each in self._index:
            inside = (*names[:-1], each)
            entry = self._folder.look_up(inside)
            if entry is not None and not entry.is_folder:
                return inside, entry
        return names, folder if self._listing else None

    def _send(self, request: Any, told: tuple[tuple[bytes, ...], Entry | None]) -> None:
        names, entry = told
        if entry is None:
            answers.page(request, 404)
        elif request.method not in _READING:
            request.setHeader(b"allow", b"GET, HEAD, OPTIONS")
            if request.method == b"OPTIONS":
                answers.empty(request)
            else:
                answers.page(request, 405)
        elif not entry.is_folder:
            self._send_file(request, names, entry)
        elif names and not names[-1]:
            self._send_listing(request, names, entry)
        else:
            answers.redirect(request, _with_slash(request))

    def _send_listing(self, request: Any, names: tuple[bytes, ...], entry: Entry) -> None:
        is_root = len(names) == 1
        html = listing_page(entry.path, request.path, request.args, self._folder.shows, is_root)
        request.setHeader(b"cache-control", b"no-cache")
        answers.send(request, 200, html.encode(), b"text/html; charset=utf-8")

    def _send_file(self, request: Any, names: tuple[bytes, ...], entry: Entry) -> None:
        if self._cache_control:
            request.setHeader(b"cache-control", self._cache_control)
        try:
            for each in self._preprocessors:
                each(request)
        except Exception as failure:  # noqa: BLE001 - code of the configuration's author
            self._failures.answer(request, failure, "a preprocessor")
            return
        content_type = entry.content_type
        may_have_twin = self._compressed and is_text(content_type)
        if may_have_twin and (twin := self._folder.beside(names, entry, ".gz")) is not None:
            request.responseHeaders.addRawHeader(b"vary", b"Accept-Encoding")
            if takes_gzip(request.getHeader(b"accept-encoding") or b""):
                request.setHeader(b"content-encoding", b"gzip")
                entry = twin
        send_entry(request, entry, content_type)


def send_entry(request: Any, entry: Entry, content_type: bytes) -> None:
    """Answer a GET or HEAD with a file, or with what the client wants of it."""
    request.etag = entry.etag.encode()
    request.setHeader(b"last-modified", entry.last_modified)
    request.setHeader(b"accept-ranges", b"bytes")
    if _wants_all(request):
        _send_ranges(request, entry, content_type, [])
    else:
        _send_wanted(request, entry, content_type)


def _wants_all(request: Any) -> bool:
    """Whether there is neither a condition nor a range."""
    headers = request.requestHeaders.getAllRawHeaders()
    return all(name.lower() not in _WANTS for name, _ in headers)


def _send_wanted(request: Any, entry: Entry, content_type: bytes) -> None:
    def header(name: str) -> str | None:
        value = request.getHeader(name.encode())
        return None if value is None else value.decode("latin-1")

    code = conditions.code_for(header, entry.etag, entry.modified)
    if code == 304:
        answers.empty(request, 304)
        return
    if code == 412:
        answers.forget_headers(request)
        answers.page(request, 412)
        return
    asked = header("range")
    ranges: list[range] = []
    if asked is not None and conditions.may_be_parts(header, entry.etag, entry.modified):
        try:
            ranges = ranges_of(asked, entry.size)
        except Unsatisfiable:
            answers.forget_headers(request)
            request.setHeader(b"content-range", b"bytes */%d" % entry.size)
            answers.page(request, 416)
            return
    _send_ranges(request, entry, content_type, ranges)


def _send_ranges(request: Any, entry: Entry, content_type: bytes, ranges: list[range]) -> None:
    before: list[bytes] = []
    if len(ranges) > 1:
        boundary = uuid4().hex.encode()
        before = [_part_head(boundary, content_type, each, entry.size) for each in ranges]
        before.append(b"\r\n--%b--\r\n" % boundary)
        content_type = b"multipart/byteranges; boundary=" + boundary
    elif ranges:
        request.setHeader(b"content-range", _content_range(ranges[0], entry.size))
    request.setResponseCode(206 if ranges else 200)
    request.setHeader(b"content-type", content_type)
    wanted = ranges or [range(entry.size)]
    length = sum(map(len, wanted)) + sum(map(len, before))
    request.setHeader(b"content-length", b"%d" % length)
    if request.method == b"HEAD":
        request.finish()
    elif entry.content is not None:
        request.write(_joined(entry.content, wanted, before) if ranges else entry.content)
        request.finish()
    else:
        Sending(request, _parts(entry.path, wanted, before)).begin()


def _part_head(boundary: bytes, content_type: bytes, wanted: range, size: int) -> bytes:
    return b"\r\n--%b\r\ncontent-type: %b\r\ncontent-range: %b\r\n\r\n" % (
        boundary,
        content_type,
        _content_range(wanted, size),
    )


def _content_range(wanted: range, size: int) -> bytes:
    return b"bytes %d-%d/%d" % (wanted.start, wanted.stop - 1, size)


def _joined(content: bytes, wanted: list[range], before: list[bytes]) -> bytes:
    parts = [content[each.start : each.stop] for each in wanted]
    if not before:
        return parts[0]
    *heads, end = before
    return b"".join([*(piece for pair in zip(heads, parts, strict=True) for piece in pair), end])


def _parts(path: str, wanted: list[range], before: list[bytes]) -> Generator[bytes, None, None]:
    """The content as it is sent. The file is open from the first piece to the last."""
    with open(path, "rb") as file:  # noqa: PTH123 - the path is a text
        for at, each in enumerate(wanted):
            if before:
                yield before[at]
            yield from pieces(file, each)
    if before:
        yield before[-1]


def _with_slash(request: Any) -> bytes:
    """The path with a slash behind it, quoted anew: nothing in it may lead to another host."""
    _, mark, query = request.uri.partition(b"?")
    path = quote(request.path.lstrip(b"/"), safe="/%:@!$&'()*+,;=~").encode()
    location: bytes = b"/" + path + b"/" + mark + query
    return location
