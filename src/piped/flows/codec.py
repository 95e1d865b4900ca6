"""How an item is written down, where it has to leave memory."""

from __future__ import annotations

import json
import pickle
from typing import Any, Protocol

from piped.exceptions import FlowError, UnfitItem

__all__ = ["BatchCodec", "Codec", "Pickled", "Plain"]


class Codec(Protocol):
    """Makes bytes of an item, and the item of the bytes."""

    def encode(self, item: Any) -> bytes: ...

    def decode(self, data: bytes) -> Any: ...


class BatchCodec(Codec, Protocol):
    """One whose texts may be read together. Raises `UnfitItem` for one item."""

    def read(self, texts: list[bytes]) -> list[Any]:
        """What `decode` takes. Raises `Malformed`."""


class Pickled:
    """Whatever can be pickled, between processes of which one has started the other."""

    def encode(self, item: Any) -> bytes:
        try:
            return pickle.dumps(item, pickle.HIGHEST_PROTOCOL)
        except Exception as failure:  # of the class of an item
            raise UnfitItem(f"{type(item).__name__} cannot be pickled: {failure}") from failure

    def read(self, texts: list[bytes]) -> list[bytes]:
        return texts

    def decode(self, data: bytes) -> Any:
        try:
            return pickle.loads(data)  # noqa: S301 - of our own child or parent
        except Exception as failure:  # of the class of an item
            raise UnfitItem(f"an item could be pickled, and not be read: {failure}") from failure


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
