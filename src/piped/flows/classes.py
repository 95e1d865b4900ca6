"""Tubes that are classes: what they yield before all, of each item, and after all.

A class that keeps something of an item for later has an attribute `holding`, which is true as long
as it does. The receipt of such an item waits for what is yielded next, which stands for it, too.

1. `started` is called once, before the first item; also when there is none.
2. `stopped` is called once, after all: of what was stopped from behind, too, but nobody gets what
   it yields then. It is the place to close what the object has opened.
3. If one of these two fails, the flow ends with that failure.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from piped.flows.batch import Batch
from piped.flows.reason import Reason, failed
from piped.flows.receipt import CONFIRMED, Receipt, joint, settle, unfinished
from piped.flows.working import Each, Failing

__all__ = ["ClassStage", "Kept"]

logger = logging.getLogger(__name__)


class Kept:
    """The receipts of items of which something is held for later."""

    def __init__(self) -> None:
        self._receipts: list[Receipt] = []

    def add(self, receipt: Receipt) -> None:
        receipt.hold()
        self._receipts.append(receipt)

    def taken(self) -> list[Receipt]:
        """All of them, which are somebody else's now."""
        receipts, self._receipts = self._receipts, []
        return receipts

    def with_output(self, receipt: Receipt | None) -> Receipt | None:
        """The receipt of something that was made of an item, and of all that was held."""
        if receipt is not None:
            receipt.hold()
        if not self._receipts:
            return receipt
        kept = self.taken()
        return joint(kept if receipt is None else [*kept, receipt])

    def after(self, receipt: Receipt | None, *, is_holding: bool) -> None:
        """All was made of an item: something of it is held, or nothing is held any more."""
        if not is_holding:
            settle(self.taken())
        elif receipt is not None:
            self.add(receipt)


class ClassStage(Each):
    """Runs an object with `received`, and perhaps `started` and `stopped`."""

    def __init__(self, tube: Any, failing: Failing) -> None:
        super().__init__(tube.received, failing)
        self.tube = tube
        self._kept = Kept()
        self._has_started = False
        self._is_ending = False

    def receive(self, batch: Batch) -> None:
        self._rest = self._heard(batch)  # of an item without receipt, too, others may have come
        self._work()

    def on_flow(self) -> None:
        failure = self._start()
        if failure is not None:
            self.fail_with(failure)
        super().on_flow()

    def on_stop(self, reason: Reason) -> None:
        settle(self._kept.taken(), unfinished(reason))
        super().on_stop(reason)

    def end(self, reason: Reason) -> None:
        if self._is_ending:
            return
        self._is_ending = True
        by = self.stopped_by
        failure = self._start() if by is None else None
        failure = self._say("stopped", reason) or failure
        if failure is not None and by is None:
            by = reason = failed(failure)
        by = by or self.stopped_by
        settle(self._kept.taken(), CONFIRMED if by is None else unfinished(by))
        super().end(reason)

    def _start(self) -> Exception | None:
        if self._has_started:
            return None
        self._has_started = True
        return self._say("started")

    def _of_one(self, item: Any, receipt: Receipt | None) -> Iterator[tuple[Any, Receipt | None]]:
        if self.is_stopped():
            return
        for made in self._function(item) or ():
            yield made, self._kept.with_output(receipt)
            if self.is_stopped():
                return
        self._kept.after(receipt, is_holding=getattr(self.tube, "holding", False))

    def _say(self, name: str, *args: Any) -> Exception | None:
        """Hand on what belongs to no item, or to those of which something is held."""
        function = getattr(self.tube, name, None)
        try:
            items = list(function(*args) or ()) if function is not None else []
        except Exception as failure:  # noqa: BLE001 - of the user's tube
            if self.stopped_by is not None:
                logger.error("%r failed at %s: %s", self, name, failure)  # noqa: TRY400 - a user's
            return failure
        if items:
            receipt = joint(self._kept.taken())
            if receipt is not None:
                receipt.hold(len(items) - 1)
            self.emit(Batch(items, None if receipt is None else [receipt] * len(items)))
        return None
