"""The interfaces of the package `Tubes`, both ways: `pip install Tubes`.

Pauses, stopping and reasons cross. Receipts end here: an item is confirmed when their drain has
taken it, and theirs bring none.

A tube of Tubes 0.2.1 whose `stopped` returns None, as it does when there is none, keeps the end of
the flow to itself, and nobody behind it can know. Have it return `()`.
"""

from __future__ import annotations

import logging
from collections import deque
from typing import TYPE_CHECKING, Any

from tubes.itube import IDrain, IFount, StopFlowCalled
from tubes.kit import Pauser, beginFlowingFrom, beginFlowingTo
from twisted.internet.error import ConnectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from piped.flows.batch import Batch
from piped.flows.drain import Drain
from piped.flows.fount import Fount
from piped.flows.reason import END, STOPPED, Reason, failed
from piped.flows.receipt import Receipt, refused
from piped.flows.series import Joined
from piped.flows.tube import as_part

if TYPE_CHECKING:
    from piped.flows.contracts import Upstream
    from piped.flows.pause import Pause

__all__ = ["as_idrain", "as_ifount", "from_idrain", "from_ifount"]

logger = logging.getLogger(__name__)


@implementer(IFount)
class _Outwards(Drain):
    """Our drain, their fount."""

    inputType = outputType = None

    def __init__(self) -> None:
        super().__init__()
        self.drain: Any = None
        self._pending: deque[tuple[Any, Receipt | None]] = deque()
        self._ending: Reason | None = None
        self._is_busy = False
        self._is_paused = False
        self._hold: Pause | None = None
        self._pauser = Pauser(self._held_back, self._let_flow)
        self._without_drain: Any = self._pauser.pause()

    # Ours.

    def flowing_from(self, fount: Upstream) -> Any:
        super().flowing_from(fount)
        if self._is_paused:
            self._hold = fount.pause()
        return self

    def receive(self, batch: Batch) -> None:
        self.received += len(batch)
        self._pending.extend(batch.pairs())
        self._deliver()

    def flow_ended(self, reason: Reason) -> None:
        self._ending = reason
        self._deliver()

    # Theirs.

    def flowTo(self, drain: Any) -> Any:
        if drain is not None and self.reason is not None:
            return None
        if drain is None and self._without_drain is None:
            self._without_drain = self._pauser.pause()
        onwards = beginFlowingTo(self, drain)
        if drain is not None:
            before, self._without_drain = self._without_drain, None
            if before is not None:
                before.unpause()
            self._deliver()
        return onwards

    def pauseFlow(self) -> Any:
        return self._pauser.pause()

    def stopFlow(self) -> None:
        answer = refused(STOPPED.as_failure())
        while self._pending:
            _, receipt = self._pending.popleft()
            if receipt is not None:
                receipt.settle(answer)
        self.stop(STOPPED)

    def _held_back(self) -> None:
        self._is_paused = True
        if self._hold is None and self.fount is not None and self._ending is None:
            self._hold = self.fount.pause()

    def _let_flow(self) -> None:
        self._is_paused = False
        self._deliver()
        hold = self._hold
        if hold is not None and not self._is_paused:
            self._hold = None
            hold.resume()

    def _deliver(self) -> None:
        if self._is_busy:  # who delivers goes on
            return
        self._is_busy = True
        try:
            while self._pending and not self._is_paused:
                self._hand_over(*self._pending.popleft())
        finally:
            self._is_busy = False
        ending = self._ending
        if ending is not None and self.drain is not None and not self._pending:
            self._ending = None
            self.drain.flowStopped(failure_of(ending))
            super().flow_ended(ending)

    def _hand_over(self, item: Any, receipt: Receipt | None) -> None:
        try:
            self.drain.receive(item)
        except Exception as failure:
            if receipt is None:
                logger.exception("%r refuses an item", self.drain)
            else:
                receipt.settle(refused(failure))
            self.stop(failed(failure))
        else:
            if receipt is not None:
                receipt.settle()


@implementer(IDrain)
class _Inwards(Fount):
    """Their drain, our fount."""

    inputType = outputType = None

    def __init__(self) -> None:
        super().__init__()
        self.fount: Any = None
        self.onwards: Any = None  # their view of what there is to go on with
        self._hold: Any = None

    # Theirs.

    def flowingFrom(self, fount: Any) -> Any:
        self._let_go()
        beginFlowingFrom(self, fount)
        if fount is None:
            return None
        if self.stopped_by is not None:
            fount.stopFlow()
        elif self.is_paused:
            self._hold = fount.pauseFlow()
        return self.onwards

    def receive(self, item: Any) -> None:
        self.emit(Batch([item]))

    def flowStopped(self, reason: Any) -> None:
        self.fount = self._hold = None  # nothing of it is to be called any more
        self.end(self.stopped_by or reason_of(reason))

    # Ours.

    def on_pause(self) -> None:
        if self._hold is None and self.fount is not None:
            self._hold = self.fount.pauseFlow()

    def on_flow(self) -> None:
        self._let_go()

    def on_stop(self, reason: Reason) -> None:
        if self.fount is None:
            self.end(reason)
            return
        self.fount.stopFlow()
        self._let_go()  # some tell of their end only when they may flow

    def _let_go(self) -> None:
        hold, self._hold = self._hold, None
        if hold is not None:
            hold.unpause()


def as_ifount(fount: Any) -> Any:
    """Our fount, as their `IFount`."""
    made = _Outwards()
    fount.flow_to(made)
    return made


def as_idrain(part: Any) -> Any:
    """Our drain, tube or series, as their `IDrain`."""
    made = _Inwards()
    onwards = made.flow_to(as_part(part))
    if hasattr(onwards, "flow_to"):
        made.onwards = as_ifount(onwards)
    return made


def from_ifount(fount: Any) -> Fount:
    """Their `IFount`, as our fount."""
    made = _Inwards()
    fount.flowTo(made)
    if made.fount is None and made.reason is None:
        made.end(END)  # they tell nobody who comes too late
    return made


def from_idrain(drain: Any) -> Any:
    """Their `IDrain`, which may be a series, as a part of our flows."""
    made = _Outwards()
    onwards = made.flowTo(drain)
    return made if onwards is None else Joined(made, from_ifount(onwards))


def failure_of(reason: Reason) -> Failure:
    """Our reason, as theirs."""
    if reason.failure is not None:
        return Failure(reason.failure)
    kind = StopFlowCalled if reason is STOPPED else StopIteration
    return Failure(_with_reason(kind(reason.said), reason))


def _with_reason(failure: Exception, reason: Reason) -> Exception:
    failure.piped_reason = reason  # type: ignore[attr-defined]  # for when it comes back
    return failure


def reason_of(failure: Failure) -> Reason:
    """Their reason, as ours."""
    value = failure.value
    assert value is not None
    reason = getattr(value, "piped_reason", None)
    if isinstance(reason, Reason):
        return reason
    if isinstance(value, StopIteration | ConnectionDone):
        return END
    return STOPPED if isinstance(value, StopFlowCalled) else failed(value)
