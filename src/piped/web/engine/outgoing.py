"""Answers that leave together.

A client that sleeps is woken by what it is sent, and that costs the sender more than the sending.
What is answered in one turn of the loop is therefore written at the end of that turn: a client of
many connections is woken once. Whoever asks for the `stream` of a connection in the meantime, to
write, to close, or to hand it over, has what waits for it written first: nothing is overtaken.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

__all__ = ["Outgoing"]

# What may wait for one connection. More is written at once, and its transport says when to stop.
_MOST = 16 * 1024


class _Sender(Protocol):
    unwritten: bytes
    transport: Any

    @property
    def stream(self) -> Any: ...


class Outgoing:
    """What waits to be written.

    Attributes:
        call_soon: The loop's. Without it, everything is written at once.
    """

    def __init__(self) -> None:
        self.call_soon: Callable[[Callable[[], None]], object] | None = None
        self._senders: list[_Sender] = []

    def add(self, sender: _Sender, data: bytes) -> None:
        if self.call_soon is None or len(data) + len(sender.unwritten) > _MOST:
            sender.stream.write(data)
        elif sender.unwritten:
            sender.unwritten += data
        else:
            sender.unwritten = data
            self._senders.append(sender)
            if len(self._senders) == 1:
                self.call_soon(self.flush)

    def flush(self) -> None:
        """Write all that waits."""
        senders, self._senders = self._senders, []
        for sender in senders:
            data, sender.unwritten = sender.unwritten, b""
            if data:
                sender.transport.write(data)
