"""Heads that many answers have in common, up to the length of the body."""

from __future__ import annotations

from piped.web.engine.response import NO_BODY, status_line

__all__ = ["Heads"]

_KEPT = 256
_TYPE = b"Content-Type"


class Heads:
    """What has been made since the date was last written: by code, message, and type."""

    def __init__(self, preface: bytes) -> None:
        self._preface = preface
        self._made: dict[tuple[int, bytes, bytes], bytes] = {}

    def of(
        self, code: int, message: bytes, fields: dict[bytes, list[bytes]], kind: bytes | None
    ) -> bytes | None:
        """The head of an answer that says nothing but what its content is; of others None.

        `kind` is what it is if the fields do not say it.
        """
        if fields:
            values = fields.get(_TYPE)
            if values is None or len(fields) != 1 or len(values) != 1:
                return None
            kind = values[0]
        elif kind is None:
            return None
        return self._made.get((code, message, kind)) or self._make(code, message, kind)

    def _make(self, code: int, message: bytes, kind: bytes) -> bytes | None:
        if code in NO_BODY:
            return None
        head = b"%b%bContent-Type: %b\r\nContent-Length: " % (
            status_line(code, message),
            self._preface,
            kind,
        )
        if len(self._made) < _KEPT:
            self._made[code, message, kind] = head
        return head
