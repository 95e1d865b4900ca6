"""Fields of HTTP as they go over the wire: nothing in them may pass for another one."""

from __future__ import annotations

import re

__all__ = ["header_name", "header_value", "with_charset"]

_is_token = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+").fullmatch
_is_value = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*").fullmatch


def header_name(name: object) -> bytes:
    """The name of a header. Raises ValueError."""
    if isinstance(name, str) and _is_token(name):
        return name.encode()
    raise ValueError(f"{name!r} is no name of a header")


def header_value(value: object) -> bytes:
    """What stands behind the name. Raises ValueError."""
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    is_one = isinstance(value, str | int | float) and not isinstance(value, bool)
    text = str(value).strip(" \t")
    if not is_one or not _is_value(text):
        why = "it has control characters" if is_one else f"it is a {type(value).__name__}"
        raise ValueError(f"{value!r} cannot be the value of a header: {why}")
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        # Nobody has agreed on anything; UTF-8 is what most expect.
        return text.encode()


def with_charset(content_type: bytes, charset: str) -> bytes:
    """A content type of text with its charset, if it lacks it; any other as it is."""
    lower = content_type.lower()
    if lower.startswith(b"text/") and b"charset=" not in lower:
        return b"%s; charset=%s" % (content_type.rstrip(b"; "), charset.encode())
    return content_type
