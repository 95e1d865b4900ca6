"""What the parts of a flow know of one another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from piped.flows.batch import Batch
    from piped.flows.pause import Pause
    from piped.flows.reason import Reason

__all__ = ["Drain", "Upstream"]


class Upstream(Protocol):
    """A fount, as its drain sees it."""

    output: Any

    def pause(self) -> Pause:
        """Hold it back until what is returned is let go."""

    def stop(self, reason: Reason = ...) -> None:
        """Have it end: nobody wants more of it."""


class Drain(Protocol):
    """Where items go: a drain, as its fount sees it."""

    input: Any

    def flowing_from(self, fount: Any) -> Any:
        """Take from that fount. Returns what there is to go on with, or the drain itself."""

    def receive(self, batch: Batch) -> None:
        """Take a batch: it is the drain's, and is answered for by it."""

    def flow_ended(self, reason: Reason) -> None:
        """Nothing more comes."""
