"""What is in a message of ZeroMQ: one part, or a list of them."""

from __future__ import annotations

from typing import Any

from piped.exceptions import UnfitBaton
from piped.providers.payload import encoded

__all__ = ["OddMessage", "parts_of"]


class OddMessage(Exception):
    """A message came that has more parts than it may."""


def parts_of(message: Any, *, several: bool) -> list[bytes]:
    """The parts of a message, which is a list of them if there may be several."""
    if not several:
        return [encoded(message)[0]]
    if not isinstance(message, list | tuple) or not message:
        what = "a list of the parts of a message is needed"
        raise UnfitBaton(f"{what}, not {message!r:.80}")
    return [encoded(each)[0] for each in message]
