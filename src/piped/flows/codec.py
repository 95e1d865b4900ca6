"""How an item is written down, where it has to leave memory."""

from __future__ import annotations

import json
from typing import Any, Protocol

from piped.exceptions import FlowError

__all__ = ["Codec", "Plain"]


class Codec(Protocol):
    """Makes bytes of an item, and the item of the bytes."""

    def encode(self, item: Any) -> bytes: ...

    def decode(self, data: bytes) -> Any: ...


class Plain:
    """Bytes as they are, and what JSON knows."""

    def encode(self, item: Any) -> bytes:
        if isinstance(item, bytes):
            return b"b" + item
        hint = "Give a `codec` that has encode(item) and decode(data)."
        try:
            text = json.dumps(item, separators=(",", ":"))
        except (TypeError, ValueError) as failure:
            raise FlowError(f"an item cannot be written down: {failure}", hint=hint) from failure
        if not _is_same(item, json.loads(text)):
            raise FlowError(f"JSON would change {item!r:.100}", hint=hint)
        return b"j" + text.encode()

    def decode(self, data: bytes) -> Any:
        return data[1:] if data[:1] == b"b" else json.loads(data[1:])


def _is_same(item: Any, read: Any) -> bool:
    """Whether it is what it was: a tuple is no list, and a number no key."""
    if type(item) is not type(read):
        return False
    if isinstance(item, dict):
        # An equal key has the same place. One that is no text comes back as another one.
        return item.keys() == read.keys() and all(_is_same(item[key], read[key]) for key in item)
    if isinstance(item, list):
        return all(map(_is_same, item, read))
    return bool(item == read or item != item)  # noqa: PLR0124 - what is no number is not itself
