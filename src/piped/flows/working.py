"""Stages that run a user's function on each item, at once.

An item whose function fails is refused to its originator, and the flow goes on; `failing: stop`
has it end with the failure instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Literal

from piped.flows.batch import Batch, batch_of
from piped.flows.complaints import Complaints
from piped.flows.reason import Reason, failed
from piped.flows.receipt import CONFIRMED, Receipt, answer_to, unfinished
from piped.flows.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Each", "Failing", "Fallible", "Mapping", "Only", "Working"]

Failing = Literal["refuse", "stop"]
_MOST = 1000  # items of one batch that a stage makes


class Fallible(Stage):
    """A stage in which an item may fail."""

    def __init__(self, failing: Failing = "refuse") -> None:
        super().__init__()
        self._failing = failing
        self.refused = 0  # items that failed
        self._complaints = Complaints()

    def fail(self, failure: Exception, receipt: Receipt | None) -> None:
        """An item has failed."""
        answer = answer_to(failure, ends=self._failing == "stop")
        self.refused += 1
        if receipt is not None:
            receipt.settle(answer)
        elif self._failing == "refuse" and answer.badness > 1:
            self._complaints.tell(self, self.refused, failure)
        if self._failing == "stop" and answer.badness > 1:
            self.stop(failed(failure))


class Working(Fallible):
    """A stage with a function that may fail."""

    def __init__(self, function: Callable[[Any], Any], failing: Failing = "refuse") -> None:
        super().__init__(failing)
        self._function = function


class Mapping(Working):
    """One item becomes one item."""

    def receive(self, batch: Batch) -> None:
        while True:
            made: list[Any] = []
            try:
                if len(batch.items) == 1:
                    made = [self._function(batch.items[0])]
                else:
                    # What is made before a failure is in the list already.
                    made.extend(map(self._function, batch.items))
                    _check_all(made, batch)
            except Exception as failure:  # noqa: BLE001 - of the user's function
                batch = self._behind(batch, made, failure)
                if not batch.items:
                    return
                if self.stopped_by is None:
                    continue
                made = batch.items
            self.emit(Batch(made, batch.receipts))
            return

    def _behind(self, batch: Batch, made: list[Any], failure: Exception) -> Batch:
        """What comes behind the item that has failed."""
        at, receipts = len(made), batch.receipts
        if made:
            self.emit(Batch(made, receipts and receipts[:at]))
        self.fail(failure, receipts[at] if receipts else None)
        return batch.part(at + 1)


def _check_all(made: list[Any], batch: Batch) -> None:
    """What ends an iteration has ended ours."""
    if len(made) < len(batch.items):
        raise RuntimeError("the function raised StopIteration")


class Only(Working):
    """Hands on those items for which the function holds; of the others nothing is left to do."""

    def receive(self, batch: Batch) -> None:
        pairs = []
        for item, receipt in batch.pairs():
            try:
                holds = self._function(item)
            except Exception as failure:  # noqa: BLE001 - of the user's function
                self.fail(failure, receipt)
                continue
            if holds:
                pairs.append((item, receipt))
            elif receipt is not None:
                receipt.settle(CONFIRMED)
        if pairs:
            self.emit(batch_of(pairs))


class Each(Working):
    """One item becomes any number of items, a thousand of which are handed on at a time."""

    def __init__(
        self, function: Callable[[Any], Iterable[Any]], failing: Failing = "refuse"
    ) -> None:
        super().__init__(function, failing)
        self._rest: Iterator[Batch] | None = None
        self._ending: Reason | None = None
        self._is_working = False

    def receive(self, batch: Batch) -> None:
        self._rest = self._plain(batch.items) if batch.receipts is None else self._heard(batch)
        self._work()

    def finish(self, reason: Reason) -> None:
        if self._rest is None:
            self.end(reason)
        else:
            self._ending = reason

    def on_flow(self) -> None:
        self._work()
        if not self.is_paused:
            super().on_flow()

    def on_stop(self, reason: Reason) -> None:
        self._work()  # it refuses what is left
        super().on_stop(reason)

    def _work(self) -> None:
        if self._is_working:  # who works goes on
            return
        self._is_working = True
        try:
            self._hand_on_rest()
        finally:
            self._is_working = False
        if self._rest is None and self._ending is not None:
            self.end(self._ending)

    def _hand_on_rest(self) -> None:
        """Hand on what there is, until the next pause. What was stopped refuses it."""
        while self._rest is not None and (self.is_flowing or self.is_stopped()):
            batch = next(self._rest, None)
            if batch is None:
                self._rest = None
            else:
                self.emit(batch)

    # Both say that there is no rest before they give the last of it.

    def _plain(self, items: list[Any]) -> Iterator[Batch]:
        """What comes of items for whose answers nobody waits."""
        todo = iter(items)
        rest = chain.from_iterable(map(self._function, todo))
        while not self.is_stopped():
            made: list[Any] = []
            failed_with: Exception | None = None
            try:
                made.extend(islice(rest, _MOST))
            except Exception as failure:  # noqa: BLE001 - of the user's function
                failed_with = failure
                rest = chain.from_iterable(map(self._function, todo))
            else:
                self._rest = self._rest if len(made) == _MOST else None
            if made:
                yield Batch(made)
            if failed_with is not None:
                self.fail(failed_with, None)
            elif len(made) < _MOST:
                return

    def _heard(self, batch: Batch) -> Iterator[Batch]:
        """What comes of items with receipts."""
        pairs: list[tuple[Any, Receipt | None]] = []
        for pair in self._made(batch):
            pairs.append(pair)
            if len(pairs) == _MOST:
                yield batch_of(pairs)
                pairs = []
        self._rest = None
        if pairs:
            yield batch_of(pairs)

    def _made(self, batch: Batch) -> Iterator[tuple[Any, Receipt | None]]:
        for item, receipt in batch.pairs():
            try:
                yield from self._of_one(item, receipt)
            except Exception as failure:  # noqa: BLE001 - of the user's function
                self.fail(failure, receipt)
            else:
                self._settle(receipt)

    def _of_one(self, item: Any, receipt: Receipt | None) -> Iterator[tuple[Any, Receipt | None]]:
        if self.is_stopped():
            return
        for made in self._function(item):
            if receipt is not None:
                receipt.hold()
            yield made, receipt
            if self.is_stopped():
                return

    def _settle(self, receipt: Receipt | None) -> None:
        if receipt is not None:
            by = self.stopped_by
            receipt.settle(CONFIRMED if by is None else unfinished(by))
