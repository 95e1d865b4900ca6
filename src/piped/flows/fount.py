"""Where items come from.

1. A fount has one drain. It gives it nothing while a pause is held, and the first pause is that it
   has no drain yet. What it is given to hand on meanwhile waits in its outbox.
2. A batch that is on its way when a pause is taken is still the drain's.
3. A fount ends once, after all that it had to hand on: its drain is told the reason, paused or not.
   A drain that comes after the end is told, too.
4. Stopped from behind, it hands on nothing more: what waits is refused to its originators, and it
   ends when all before it has ended.
5. A drain is never called while a call to it is under way, nor is `on_flow`. Who goes on is the
   call that is; so nothing gets deeper, however often it is held back and let go.
6. A drain that fails at what it is given is one that stops, for that failure; what it was given is
   refused. A fount that fails in `on_flow` or `on_stop` ends with that failure.
"""

from __future__ import annotations

import logging
from collections import deque
from typing import TYPE_CHECKING, Any

from piped.exceptions import AlreadyFlowing
from piped.flows.edge import check_edge
from piped.flows.pause import Pause
from piped.flows.reason import STOPPED, Reason, failed, with_failure
from piped.flows.receipt import refused, unfinished

if TYPE_CHECKING:
    from piped.flows.batch import Batch
    from piped.flows.contracts import Drain

__all__ = ["Fount"]

logger = logging.getLogger(__name__)


class Fount:
    """Derive from it, and `emit` what there is in `on_flow`, while `is_flowing`."""

    name: str = ""
    within: str = ""  # what the name of its flow adds to it, where the log speaks of it
    output: Any = Any  # the type of its items

    def __init__(self) -> None:
        self.drain: Drain | None = None
        self.reason: Reason | None = None  # why it ends, or has ended
        self.passed = 0  # items that were handed on
        self._outbox: deque[Batch] = deque()
        self._pauses = 1
        self._is_busy = False  # a call to the drain is under way
        self._was_paused = True
        self._is_in_on_flow = False
        self._flows_again = False
        self.stopped_by: Reason | None = None  # what those behind gave as their reason
        self._is_over = False

    def __repr__(self) -> str:
        return self.within + (self.name or type(self).__name__)

    @property
    def is_flowing(self) -> bool:
        """Whether the next batch would be handed on at once."""
        return not self._pauses and not self._outbox and self.reason is None

    @property
    def is_paused(self) -> bool:
        return self._pauses > 0

    @property
    def is_over(self) -> bool:
        """Whether its drain was told of the end."""
        return self._is_over

    def is_stopped(self) -> bool:
        """Whether those behind want no more of it."""
        return self.stopped_by is not None

    @property
    def waiting(self) -> int:
        """How many items wait to be handed on."""
        return sum(map(len, self._outbox))

    # For those behind.

    def flow_to(self, drain: Any) -> Any:
        """Flow into a drain. Returns what there is to go on with: the fount that it is, too."""
        if self.drain is not None:
            raise AlreadyFlowing(f"{self!r} flows to {self.drain!r} already")
        check_edge(self, drain)
        self.drain = drain
        try:
            onwards = drain.flowing_from(self)
        except Exception:
            self.drain = None
            raise
        self._pauses -= 1
        self._go_on()
        return onwards

    def pause(self) -> Pause:
        """Hold it back until what is returned is let go."""
        self._pauses += 1
        self._was_paused = True
        if self._pauses == 1:
            self.on_pause()
        return Pause(self._resume)

    def stop(self, reason: Reason = STOPPED) -> None:
        """Have it end: nobody wants more of it."""
        if self.stopped_by is not None or self._is_over:
            return
        self.stopped_by = reason
        self._pauses += 1
        self._refuse_outbox(reason)
        try:
            self.on_stop(reason)
        except Exception as failure:
            logger.exception("%r failed at stopping", self)
            self.end(failed(failure))
        self._go_on()  # it may have been about to end

    # For the fount itself.

    def emit(self, batch: Batch) -> None:
        """Hand it on: now, or when the drain lets us."""
        if self._pauses or self._is_busy or self._outbox:
            self._keep(batch)
            return
        self.passed += len(batch.items)
        self._is_busy = True
        try:
            self.drain.receive(batch)  # type: ignore[union-attr]  # without one it is paused
        except Exception as failure:  # noqa: BLE001 - of any part
            self._drain_failed(batch, failure)
        finally:
            self._is_busy = False
        if self._was_paused or self._outbox or self.reason is not None:
            self._go_on()

    def end(self, reason: Reason) -> None:
        """There is no more: end when all that waits is handed on."""
        if self.reason is None:
            self.reason = reason
            self._go_on()

    def fail_with(self, failure: Exception) -> None:
        """End with a failure: nothing can go on from here."""
        if self.stopped_by is not None:  # for a reason of its own, which this one is not to replace
            logger.error("%r failed after it was stopped", self, exc_info=failure)
        self.stop(failed(failure))

    def on_flow(self) -> None:
        """It may flow (again): emit while `is_flowing`."""

    def on_pause(self) -> None:
        """It may not flow any more."""

    def on_stop(self, reason: Reason) -> None:
        """It is to end: leave what it takes from, and then `end`."""
        self.end(reason)

    def _resume(self) -> None:
        self._pauses -= 1
        if not self._pauses:
            self._go_on()

    def _keep(self, batch: Batch) -> None:
        if self.stopped_by is not None:
            batch.settle(unfinished(self.stopped_by))
        else:
            self._outbox.append(batch)

    def _refuse_outbox(self, reason: Reason) -> None:
        answer = unfinished(reason)
        while self._outbox:
            self._outbox.popleft().settle(answer)

    def _go_on(self) -> None:
        if self._is_busy or self.drain is None:
            return
        self._hand_on(self.drain)
        if self._outbox:
            return
        if self.reason is not None:
            self._tell_end(self.drain, self.reason)
        elif not self._pauses:
            self._was_paused = False
            self._flow()

    def _hand_on(self, drain: Drain) -> None:
        self._is_busy = True
        try:
            while self._outbox and not self._pauses:
                batch = self._outbox.popleft()
                self.passed += len(batch.items)
                try:
                    drain.receive(batch)
                except Exception as failure:  # noqa: BLE001 - of any part
                    self._drain_failed(batch, failure)
        finally:
            self._is_busy = False

    def _flow(self) -> None:
        """Call `on_flow`, and once more if that was called for within it."""
        self._flows_again = True
        if self._is_in_on_flow:
            return
        self._is_in_on_flow = True
        try:
            while self._flows_again and self.is_flowing:
                self._flows_again = False
                self.on_flow()
        except Exception as failure:  # noqa: BLE001 - of any part
            self.fail_with(failure)
        finally:
            self._is_in_on_flow = False

    def _drain_failed(self, batch: Batch, failure: Exception) -> None:
        batch.give_up(refused(failure))
        self.fail_with(failure)

    def _tell_end(self, drain: Drain, reason: Reason) -> None:
        if not self._is_over:
            self._is_over = True
            # What fails after the last item has come in is told, too.
            self.reason = (
                reason if self.stopped_by is None else with_failure(reason, self.stopped_by)
            )
            drain.flow_ended(self.reason)
