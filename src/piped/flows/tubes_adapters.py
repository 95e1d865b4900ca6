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
from piped.flows.receipt import Receipt, refused, unfinished
from piped.flows.series import Joined
from piped.flows.tube import as_part

if TYPE_CHECKING:
    from piped.flows.contracts import Upstream
    from piped.flows.pause import Pause

__all__ = ["as_idrain", "as_ifount", "from_idrain", "from_ifount"]

logger = logging.getLogger(__name__)


class _Outwards(Drain):
    """Our drain, of which `theirs` is their fount."""

    def __init__(self) -> None:
        super().__init__()
        self.theirs: Any = _AsIFount(self)
        self.into: Any = None  # what comes out of theirs, if that is ours again
        self._pending: deque[tuple[Any, Receipt | None]] = deque()
        self._ending: Reason | None = None
        self._is_busy = False
        self._is_paused = False
        self._hold: Pause | None = None
        self._pauser = Pauser(self._held_back, self._let_flow)
        self._without_drain: Any = self._pauser.pause()

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

    def flow_to_theirs(self, drain: Any) -> Any:
        """Flow into a drain of theirs, or for a while into none."""
        if drain is not None and self.reason is not None:
            return None
        if drain is None and self._without_drain is None:
            self._without_drain = self._pauser.pause()
        onwards = beginFlowingTo(self.theirs, drain)
        if drain is not None:
            before, self._without_drain = self._without_drain, None
            if before is not None:
                before.unpause()
            self._deliver()
        return onwards

    def pause_by_theirs(self) -> Any:
        return self._pauser.pause()

    def stop_by_theirs(self) -> None:
        answer = unfinished(STOPPED)
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
        ending, drain = self._ending, self.theirs.drain
        if ending is not None and drain is not None and not self._pending:
            self._ending = None
            drain.flowStopped(failure_of(ending))
            super().flow_ended(ending)

    def _hand_over(self, item: Any, receipt: Receipt | None) -> None:
        try:
            self.theirs.drain.receive(item)
        except Exception as failure:
            if receipt is None:
                logger.exception("%r refuses an item", self.theirs.drain)
            else:
                receipt.settle(refused(failure))
            self.stop(failed(failure))
        else:
            if receipt is not None:
                receipt.settle()


@implementer(IFount)
class _AsIFount:
    """What they see of our drain."""

    outputType = None

    def __init__(self, ours: _Outwards) -> None:
        self.drain: Any = None
        self._ours = ours

    def flowTo(self, drain: Any) -> Any:
        return self._ours.flow_to_theirs(drain)

    def pauseFlow(self) -> Any:
        return self._ours.pause_by_theirs()

    def stopFlow(self) -> None:
        self._ours.stop_by_theirs()


class _Inwards(Fount):
    """Our fount, of which `theirs` is their drain."""

    def __init__(self) -> None:
        super().__init__()
        self.theirs: Any = _AsIDrain(self)
        self._hold: Any = None

    def on_pause(self) -> None:
        fount = self.theirs.fount
        if self._hold is None and fount is not None:
            self._hold = fount.pauseFlow()

    def on_flow(self) -> None:
        hold, self._hold = self._hold, None
        if hold is not None:
            hold.unpause()

    def on_stop(self, reason: Reason) -> None:
        if self.theirs.fount is None:
            self.end(reason)
            return
        self.theirs.fount.stopFlow()
        self.on_flow()  # some tell of their end only when they may flow

    def flowing_from_theirs(self, fount: Any) -> None:
        self.on_flow()
        beginFlowingFrom(self.theirs, fount)
        if fount is not None and self.stopped_by is not None:
            fount.stopFlow()
        elif self.is_paused:
            self.on_pause()

    def ended_by_theirs(self, reason: Failure) -> None:
        self._hold = None  # nothing of theirs is to be called any more
        self.end(self.stopped_by or reason_of(reason))


class _Between(_Inwards):
    """What comes out of theirs, where what flows in is ours, too."""

    def __init__(self, fount: _Outwards) -> None:
        super().__init__()
        self.fount = fount
        fount.into = self


@implementer(IDrain)
class _AsIDrain:
    """What they see of our fount."""

    inputType = None

    def __init__(self, ours: _Inwards) -> None:
        self.fount: Any = None
        self.onwards: Any = None  # what there is to go on with, as they see it
        self._ours = ours

    def flowingFrom(self, fount: Any) -> Any:
        self._ours.flowing_from_theirs(fount)
        return None if fount is None else self.onwards

    def receive(self, item: Any) -> None:
        self._ours.emit(Batch([item]))

    def flowStopped(self, reason: Failure) -> None:
        self.fount = None
        self._ours.ended_by_theirs(reason)


def as_ifount(fount: Any) -> Any:
    """Our fount, as their `IFount`."""
    made = _Outwards()
    fount.flow_to(made)
    return made.theirs


def as_idrain(part: Any) -> Any:
    """Our drain, tube or series, as their `IDrain`."""
    made = _Inwards()
    onwards = made.flow_to(as_part(part))
    if hasattr(onwards, "flow_to"):
        made.theirs.onwards = as_ifount(onwards)
    return made.theirs


def from_ifount(fount: Any) -> Fount:
    """Their `IFount`, as our fount."""
    return _joined_to(_Inwards(), fount)


def from_idrain(drain: Any) -> Any:
    """Their `IDrain`, which may be a series, as a part of our flows."""
    made = _Outwards()
    onwards = made.flow_to_theirs(drain)
    return made if onwards is None else Joined(made, _joined_to(_Between(made), onwards))


def _joined_to(made: _Inwards, fount: Any) -> Fount:
    fount.flowTo(made.theirs)
    if made.theirs.fount is None and made.reason is None:
        made.end(END)  # they tell nobody who comes too late
    return made


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
