"""Whether a client has what it asks for already (RFC 9110, 13)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from email.utils import parsedate_to_datetime

__all__ = ["code_for", "may_be_parts"]

# The value of a header of the request.
Headers = Callable[[str], str | None]


def code_for(header: Headers, etag: str, modified: int) -> int:
    """304 or 412, if the conditions of a GET or HEAD say so; else 200."""
    match, since = header("if-match"), header("if-unmodified-since")
    if match is not None:
        if not _has(match, etag, weakly=False):
            return 412
    elif since is not None and (time := _time(since)) is not None and modified > time:
        return 412
    none, newer = header("if-none-match"), header("if-modified-since")
    if none is not None:
        return 304 if _has(none, etag, weakly=True) else 200
    if newer is not None and (time := _time(newer)) is not None and modified <= time:
        return 304
    return 200


def may_be_parts(header: Headers, etag: str, modified: int) -> bool:
    """Whether ranges still fit what the client has: `If-Range`."""
    condition = header("if-range")
    if condition is None:
        return True
    if condition.lstrip().startswith(('"', "W/")):
        return condition.strip() == etag
    return _time(condition) == modified


def _has(header: str, etag: str, *, weakly: bool) -> bool:
    if header.strip() == "*":
        return True
    tags = [each.strip() for each in header.split(",")]
    return etag in ([each.removeprefix("W/") for each in tags] if weakly else tags)


def _time(text: str) -> int | None:
    try:
        time = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    try:
        return int((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        return None
