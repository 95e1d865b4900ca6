"""Whether the other side of a connection is still there.

A network that has fallen silent tells nobody: no end comes, and what is sent waits for ever.

1. Who has said nothing for a whole beat is asked something. Any answer will do, also that nobody
   knows what is meant: so the other side need not know of this.
2. Who says nothing for one more beat is silent.
3. It is not while its system still takes what was sent to it: what it was asked waits behind that.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from piped.providers.arriving import is_arriving

if TYPE_CHECKING:
    from piped.clock import Clock, Wakeup

__all__ = ["Heartbeat", "Peer"]


class Peer(Protocol):
    """A protocol of Twisted's, with somebody at the other end."""

    transport: Any
    has_spoken: bool  # set when anything is received

    def ask(self) -> object:
        """Say something that is answered."""


class Heartbeat:
    """Looks after one connection until it is stopped; from the start, if there is a beat."""

    def __init__(
        self, peer: Peer, beat: float | None, clock: Clock, on_silent: Callable[[], object]
    ) -> None:
        self.is_silent = False
        self._peer = peer
        self._clock = clock
        self._on_silent = on_silent
        self._is_asked = False
        self._wakeup: Wakeup | None = None
        if beat is not None:
            self._wait(beat)

    def stop(self) -> None:
        if self._wakeup is not None:
            self._wakeup.cancel()

    def _wait(self, beat: float) -> None:
        self._wakeup = self._clock.call_later(beat, self._on_beat, beat)

    def _on_beat(self, beat: float) -> None:
        peer = self._peer
        is_there = peer.has_spoken or is_arriving(peer.transport, beat)
        peer.has_spoken = False
        if is_there:
            self._is_asked = False
        elif self._is_asked:
            self.is_silent = True
            self._on_silent()
            return
        else:
            self._is_asked = True
            peer.ask()
        self._wait(beat)
