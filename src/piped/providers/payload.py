"""What is in a message of any broker: bytes as they are, a text, or what has a form in JSON."""

from __future__ import annotations

import json
from typing import Any

from piped.exceptions import UnfitBaton

__all__ = ["JSON", "decoded", "encoded"]

JSON = "application/json"
BYTES = "application/octet-stream"


def encoded(value: Any) -> tuple[bytes, str]:
    """The bytes that go over the wire, and their content type."""
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value), BYTES
    if isinstance(value, str):
        return value.encode(), "text/plain; charset=utf-8"
    return as_json(value), JSON


def as_json(value: Any) -> bytes:
    try:
        return json.dumps(value, allow_nan=False, separators=(",", ":")).encode()
    except (TypeError, ValueError) as error:
        raise UnfitBaton(f"{value!r:.80} has no form in JSON: {error}") from error


def decoded(body: bytes, content_type: str | None) -> Any:
    """What was sent, if that is JSON; else its bytes."""
    kind = (content_type or "").partition(";")[0].strip().lower()
    if kind != JSON:
        return body
    try:
        return json.loads(body)
    except ValueError as error:
        raise UnfitBaton(f"{body!r:.80} is no JSON: {error}") from error
