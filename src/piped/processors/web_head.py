"""Responses: their head, made once and said for each request."""

from __future__ import annotations

import codecs
from typing import Any

from piped.exceptions import UnfitBaton
from piped.processors.http_headers import header_value, with_charset
from piped.processors.http_statuses import HAVE_NO_BODY, status_of

__all__ = ["Head", "checked_request", "end_with", "no_request", "tell_length"]


class Head:
    """The code, the content type and the encoding of responses."""

    __slots__ = ("_charset", "_code", "_default_types", "_encoding", "_text_type", "_type")

    def __init__(self, code: Any, content_type: Any, encoding: Any) -> None:
        """Raises ValueError."""
        self._code = None if code is None else status_of(code)
        if code is not None and self._code is None:
            raise ValueError(f"{code!r} is no status code of a response")
        try:
            self._charset = codecs.lookup(encoding).name
        except (LookupError, TypeError) as error:
            raise ValueError(f"there is no encoding {encoding!r} for text") from error
        self._encoding = encoding
        self._type = None if content_type is None else header_value(content_type)
        self._text_type = self._type and with_charset(self._type, self._charset)
        self._default_types: dict[bytes, bytes] = {}

    def encoded(self, text: str) -> bytes:
        """`text` as it is sent."""
        try:
            return text.encode(self._encoding)
        except UnicodeEncodeError as error:
            raise UnfitBaton(f"the content cannot be sent as {self._encoding}: {error}") from error

    def begin(self, request: Any, *, is_text: bool) -> None:
        """Say what kind of response comes."""
        if self._code is not None:
            request.setResponseCode(self._code)
        if not is_text:
            if self._type is not None:
                request.setHeader(b"content-type", self._type)
        elif self._text_type is not None:
            request.setHeader(b"content-type", self._text_type)
        elif request.defaultContentType:
            # What is sent if nobody says what the text is. Somebody may have said it before us.
            default = request.defaultContentType
            found = self._default_types.get(default)
            if found is None:
                found = self._default_types[default] = with_charset(default, self._charset)
            request.defaultContentType = found


def checked_request(found: Any, path: str, baton: Any) -> Any:
    """What was found at `path`, if it is a request."""
    if hasattr(found, "setHeader"):
        return found
    raise no_request(found, path, baton)


def no_request(found: Any, path: str, baton: Any) -> UnfitBaton:
    """What to say where there should be a request."""
    if baton is None:
        detail, hint = "The baton is None.", "Let the step before it return the baton."
        return UnfitBaton(f"there is no request at {path!r}", detail, hint)
    but = "" if found is None else f", but {found!r}"
    return UnfitBaton(f"there is no request at {path!r}{but}")


def tell_length(request: Any, length: int) -> None:
    """Say that this is all that comes. Without it, it would be sent in chunks."""
    if getattr(request, "is_collecting", False):
        return  # What is finished at once is sent at once, by an engine that sees how much it is.
    if not request.startedWriting and request.code not in HAVE_NO_BODY:
        request.setHeader(b"content-length", b"%d" % length)


def end_with(request: Any, body: bytes) -> None:
    """Send `body`, which is all that comes."""
    try:
        end = request.end_with
    except AttributeError:  # of another engine
        tell_length(request, len(body))
        request.write(body)
        request.finish()
    else:
        end(body)
