"""Short answers that piped gives by itself: a page with a code, a redirection, nothing at all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from html import escape
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

__all__ = ["empty", "forget_headers", "is_over", "page", "redirect", "send"]

STYLE = """\
:root{color-scheme:light dark;\
--ink:#1d2129;--dim:#667080;--paper:#fff;--line:#e4e7ec;--link:#0b57d0}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ee;--dim:#98a2b3;--paper:#14171c;--line:#2b3038;\
--link:#8ab4f8}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);\
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
"""
_PAGE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
{style}main{{max-width:38rem;margin:18vh auto 0;padding:0 1.5rem}}
h1{{font-size:1.4rem;font-weight:600;margin:0 0 .25rem}}
p{{margin:0;color:var(--dim);overflow-wrap:anywhere}}
</style>
<main>
<h1>{title}</h1>
<p>{text}</p>
</main>
"""
# What an answer says of its content, and for how long it may be kept: not true of another one.
_OF_THE_CONTENT = (
    b"accept-ranges",
    b"cache-control",
    b"content-disposition",
    b"content-encoding",
    b"content-length",
    b"content-type",
    b"etag",
    b"expires",
    b"last-modified",
)

_NO_MORE: Mapping[str, Any] = MappingProxyType({})


def is_over(request: Any) -> bool:
    """Whether there is nothing more to say: it was said, or nobody listens."""
    if request.finished:
        return True
    try:
        return request.kept_channel is None  # ours: see `answering`
    except AttributeError:
        return request.channel is None


def send(request: Any, code: int, content: bytes, content_type: bytes) -> None:
    """Answer with all of `content` at once."""
    request.setResponseCode(code)
    request.setHeader(b"content-type", content_type)
    request.setHeader(b"content-length", b"%d" % len(content))
    request.write(content)
    request.finish()


def page(
    request: Any, code: int, text: str = "", title: str = "", more: Mapping[str, Any] = _NO_MORE
) -> None:
    """Answer with a short page; its title is what the code means.

    Programs that want JSON get the same as such, and `more` (RFC 9457).
    """
    title = title or HTTPStatus(code).phrase
    accept = request.getHeader(b"accept") or b""
    request.responseHeaders.addRawHeader(b"vary", b"Accept")
    if b"json" in accept and b"text/html" not in accept:
        told = {"status": code, "title": title} | ({"detail": text} if text else {}) | {**more}
        send(request, code, json.dumps(told).encode(), b"application/problem+json")
    else:
        send(request, code, _page(title, text), b"text/html; charset=utf-8")


@lru_cache(maxsize=64)
def _page(title: str, text: str) -> bytes:
    return _PAGE.format(style=STYLE, title=escape(title), text=escape(text)).encode()


def empty(request: Any, code: int = 204) -> None:
    """Answer without content."""
    request.setResponseCode(code)
    if code not in {204, 304}:
        request.setHeader(b"content-length", b"0")
    request.finish()


def redirect(request: Any, location: bytes, code: int = 302) -> None:
    """Send the client elsewhere."""
    request.setResponseCode(code)
    request.setHeader(b"location", location)
    request.setHeader(b"content-length", b"0")
    request.finish()


def forget_headers(request: Any) -> None:
    """Take back what was said of a content that will not come."""
    request.etag = request.lastModified = None
    for name in _OF_THE_CONTENT:
        request.responseHeaders.removeHeader(name)
