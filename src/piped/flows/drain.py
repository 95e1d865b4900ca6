"""Where a flow ends: a drain that hands on nothing.

It is done when it was told of the end, and all that it took is stored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from piped import interop
from piped.exceptions import AlreadyFlowing
from piped.flows.reason import STOPPED, Reason, with_failure

if TYPE_CHECKING:
    from piped.flows.batch import Batch
    from piped.flows.contracts import Upstream

__all__ = ["Collector", "Discard", "Drain", "Finishing"]


class Finishing:
    """What somebody may wait for: it is done when it was told of the end, and nothing is left."""

    reason: Reason | None
    _waiting: list[Any]

    @property
    def is_done(self) -> bool:
        """Whether nothing is left."""
        raise NotImplementedError

    def done(self) -> interop.Outcome[Reason]:
        """Wait until all is stored. Gives the reason of its end, or raises it if it failed."""
        outcome = self.finished()
        outcome.addCallback(Reason.check)
        return outcome

    def finished(self) -> interop.Outcome[Reason]:
        """Wait until all is stored. Gives the reason why it ended."""
        outcome: interop.Outcome[Reason] = interop.Outcome(self._forget)
        self._waiting.append(outcome)
        self._tell()
        return outcome

    def _forget(self, outcome: Any) -> None:
        if outcome in self._waiting:
            self._waiting.remove(outcome)

    def _tell(self) -> None:
        if not self.is_done or self.reason is None:
            return
        waiting, self._waiting = self._waiting, []
        for outcome in waiting:
            outcome.callback(self.reason)


class Drain(Finishing):
    """Derive from it: `receive` a batch, and settle it; `begun` and `ended` for what takes time."""

    name: str = ""
    within: str = ""  # what the name of its flow adds to it, where the log speaks of it
    input: Any = Any

    def __init__(self) -> None:
        self.fount: Upstream | None = None
        self.reason: Reason | None = None
        self.received = 0
        self._under_way = 0
        self._waiting: list[Any] = []

    def __repr__(self) -> str:
        return self.within + (self.name or type(self).__name__)

    def flowing_from(self, fount: Upstream) -> Any:
        if self.fount is not None:
            raise AlreadyFlowing(f"{self!r} has a fount already")
        self.fount = fount
        return self

    def receive(self, batch: Batch) -> None:
        """Take a batch, and settle it when all of it is stored."""
        raise NotImplementedError

    def flow_ended(self, reason: Reason) -> None:
        self.reason = reason
        self._tell()

    def stop(self, reason: Reason = STOPPED) -> None:
        """Want no more."""
        if self.reason is not None:  # too late to stop anything, and not to tell of a failure
            self.reason = with_failure(self.reason, reason)
        elif self.fount is not None:
            self.fount.stop(reason)

    def abort(self, reason: Reason = STOPPED) -> None:
        """Want no more, and give up what is under way."""
        self.stop(reason)

    @property
    def is_done(self) -> bool:
        return self.reason is not None and not self._under_way

    def begun(self) -> None:
        """Something is under way that must end before it is done."""
        self._under_way += 1

    def ended(self) -> None:
        """It has ended."""
        self._under_way -= 1
        self._tell()


class Collector(Drain):
    """Keeps all items in a list."""

    def __init__(self) -> None:
        super().__init__()
        self.items: list[Any] = []

    def receive(self, batch: Batch) -> None:
        self.received += len(batch.items)
        self.items += batch.items
        batch.settle()


class Discard(Drain):
    """Keeps nothing: what comes here was stored on the way."""

    def receive(self, batch: Batch) -> None:
        self.received += len(batch.items)
        batch.settle()
