"""What stands between: a drain that is a fount.

1. While it is paused it holds back what flows into it, so that nothing piles up in between.
2. Stopped, it stops what flows into it, and ends when that has ended.
3. It ends for the reason for which that has ended, after all that it holds. If it fails at
   handing that on, it ends with that failure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from piped.exceptions import AlreadyFlowing
from piped.flows.fount import Fount
from piped.flows.reason import Reason, failed

if TYPE_CHECKING:
    from piped.flows.batch import Batch
    from piped.flows.contracts import Upstream
    from piped.flows.pause import Pause

__all__ = ["Stage"]


class Stage(Fount):
    """Derive from it: `receive` a batch, `emit` what comes of it; `finish` emits what is held."""

    input: Any = Any

    def __init__(self) -> None:
        super().__init__()
        self.fount: Upstream | None = None
        self._hold: Pause | None = None

    def flowing_from(self, fount: Upstream) -> Any:
        if self.fount is not None:
            raise AlreadyFlowing(f"{self!r} has a fount already")
        self.fount = fount
        if self.stopped_by is not None:
            fount.stop(self.stopped_by)
        elif self.is_paused:
            self.on_pause()
        return self

    def receive(self, batch: Batch) -> None:
        """Take a batch, and `emit` what comes of it."""
        raise NotImplementedError

    def flow_ended(self, reason: Reason) -> None:
        try:
            self.finish(reason)
        except Exception as failure:  # noqa: BLE001 - of any part
            self.fail_with(failure)
            self.end(failed(failure))

    def finish(self, reason: Reason) -> None:
        """All has been received: emit what is held, and `end`."""
        self.end(reason)

    def on_pause(self) -> None:
        if self._hold is None and self.fount is not None:
            self._hold = self.fount.pause()

    def on_flow(self) -> None:
        hold, self._hold = self._hold, None
        if hold is not None:
            hold.resume()

    def on_stop(self, reason: Reason) -> None:
        if self.fount is not None:
            self.fount.stop(reason)
        else:
            self.end(reason)
