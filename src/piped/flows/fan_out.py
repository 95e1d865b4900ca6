"""One fount into many.

*Together*: each item goes to each branch, and all wait for the slowest; an item is answered when
all have answered it. A branch for which the others are not to wait begins with a part that sees to
that: see `branches`. *Split*: each item goes to one branch.

A branch that is stopped gets no more. When none is left, what flows in is stopped, too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from piped.exceptions import AlreadyFlowing
from piped.flows.batch import batch_of
from piped.flows.complaints import Complaints
from piped.flows.fount import Fount
from piped.flows.reason import STOPPED
from piped.flows.receipt import Receipt, answer_to

if TYPE_CHECKING:
    from piped.flows.batch import Batch
    from piped.flows.contracts import Upstream
    from piped.flows.pause import Pause
    from piped.flows.reason import Reason

__all__ = ["Branch", "FanOut", "Split", "Together"]


class Branch(Fount):
    """One of the founts of a fan-out."""

    def __init__(self, out: FanOut) -> None:
        super().__init__()
        self.out = out

    def on_pause(self) -> None:
        self.out.branch_paused()

    def on_flow(self) -> None:
        self.out.branch_flows()

    def on_stop(self, reason: Reason) -> None:
        self.out.branch_stopped(self, reason)


class FanOut:
    """The drain that others flow out of."""

    name = ""
    within = ""

    def __init__(self) -> None:
        self.input: Any = Any
        self.fount: Upstream | None = None
        self.branches: list[Branch] = []
        self._reason: Reason | None = None
        self._hold: Pause | None = None

    def __repr__(self) -> str:
        return self.within + (self.name or type(self).__name__)

    def branch(self) -> Branch:
        """A fount more."""
        made = Branch(self)
        made.output = self.input
        self.branches.append(made)
        if self._reason is not None:
            made.end(self._reason)
        else:
            self.branch_paused()  # it has no drain yet
        return made

    def flowing_from(self, fount: Upstream) -> Any:
        if self.fount is not None:
            raise AlreadyFlowing(f"{self!r} has a fount already")
        self.fount = fount
        if self.branches and not self.open():
            fount.stop(self.branches[-1].stopped_by or STOPPED)
        elif not self._may_flow():
            self.branch_paused()
        return self

    def receive(self, batch: Batch) -> None:
        """Take a batch, and hand it to the branches that are to have it."""
        raise NotImplementedError

    def flow_ended(self, reason: Reason) -> None:
        self._reason = reason
        for each in list(self.branches):
            each.end(reason)

    def branch_paused(self) -> None:
        if self._hold is None and self.fount is not None and self._reason is None:
            self._hold = self.fount.pause()

    def branch_flows(self) -> None:
        hold = self._hold
        if hold is not None and self._may_flow():
            self._hold = None
            hold.resume()

    def branch_stopped(self, branch: Branch, reason: Reason) -> None:
        """It gets no more. Of the last one, it ends when what flows in has ended."""
        if self.fount is not None and all(each.stopped_by for each in self.branches):
            self.fount.stop(reason)
        else:
            branch.end(reason)
        self.branch_flows()

    def open(self) -> list[Branch]:
        """Those that still take something."""
        return [each for each in self.branches if each.stopped_by is None]

    def _may_flow(self) -> bool:
        return not any(each.is_paused for each in self.open())


class Together(FanOut):
    """Each item goes to each branch."""

    name = "together"

    def receive(self, batch: Batch) -> None:
        branches = self.open()
        if batch.receipts is not None:
            _share(batch.receipts, len(branches))
        for each in branches:
            each.emit(batch)


class Split(FanOut):
    """Each item goes to one branch: to the one whose number `choose` gives."""

    name = "split"

    def __init__(self, choose: Callable[[Any], int]) -> None:
        super().__init__()
        self._choose = choose
        self.refused = 0  # items for which no branch was chosen
        self._complaints = Complaints()

    def receive(self, batch: Batch) -> None:
        chosen: dict[int, list[tuple[Any, Receipt | None]]] = {}
        for item, receipt in batch.pairs():
            try:
                branch = self._choose(item)
                self.branches[branch]
            except Exception as failure:  # noqa: BLE001 - of the user's function
                self._refuse(failure, receipt)
                continue
            chosen.setdefault(branch, []).append((item, receipt))
        for number, pairs in chosen.items():
            self.branches[number].emit(batch_of(pairs))

    def _refuse(self, failure: Exception, receipt: Receipt | None) -> None:
        self.refused += 1
        if receipt is not None:
            receipt.settle(answer_to(failure))
        else:
            self._complaints.tell(self, self.refused, failure)


def _share(receipts: list[Receipt], branches: int) -> None:
    """Have each receipt wait for the answers of so many branches."""
    for receipt in receipts:
        receipt.hold(branches - 1) if branches else receipt.settle()
