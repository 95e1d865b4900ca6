"""Tubes that are classes: what they yield before all, of each item, and after all.

A class that keeps something of an item for later has an attribute `holding`, which is true as long
as it does. The receipt of such an item waits for what is yielded next, which stands for it, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from piped.flows.batch import Batch
from piped.flows.reason import Reason, failed
from piped.flows.receipt import Receipt, joint, refused, settle
from piped.flows.working import Each, Failing

__all__ = ["ClassStage", "Kept"]


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

    def with_output(self, receipt: Receipt) -> Receipt:
        """The receipt of something that was made of an item, and of all that was held."""
        receipt.hold()
        kept = self.taken()
        return Receipt(lambda answer: settle([*kept, receipt], answer)) if kept else receipt


class ClassStage(Each):
    """Runs an object with `received`, and perhaps `started` and `stopped`."""

    def __init__(self, tube: Any, failing: Failing) -> None:
        super().__init__(tube.received, failing)
        self.tube = tube
        self._holds = hasattr(tube, "holding")
        self._kept = Kept()
        self._has_started = False

    def on_flow(self) -> None:
        if not self._has_started:
            self._has_started = True
            self._say(getattr(self.tube, "started", None))
        super().on_flow()

    def on_stop(self, reason: Reason) -> None:
        settle(self._kept.taken(), refused(reason.as_failure()))
        super().on_stop(reason)

    def end(self, reason: Reason) -> None:
        if self.stopped_by is None and self.reason is None:
            self._say(getattr(self.tube, "stopped", None), reason)
        by = self.stopped_by
        kept = self._kept.taken()
        settle(kept, refused(by.as_failure())) if by is not None else settle(kept)
        super().end(reason)

    def _of_one(self, item: Any, receipt: Receipt | None) -> Iterator[tuple[Any, Receipt | None]]:
        if receipt is None or not self._holds or self.is_stopped():
            yield from super()._of_one(item, receipt)
            return
        for made in self._function(item):
            yield made, self._kept.with_output(receipt)
            if self.is_stopped():
                return
        if self.tube.holding:
            self._kept.add(receipt)
        else:
            settle(self._kept.taken())

    def _say(self, function: Any, *args: Any) -> None:
        """Hand on what belongs to no item, or to those of which something is held."""
        if function is None:
            return
        try:
            items = list(function(*args) or ())
        except Exception as failure:  # noqa: BLE001 - of the user's tube
            self.stop(failed(failure))
            return
        if items:
            receipt = joint(self._kept.taken())
            if receipt is not None:
                receipt.hold(len(items) - 1)
            self.emit(Batch(items, None if receipt is None else [receipt] * len(items)))
