"""Parts that tests drive by hand."""

from __future__ import annotations

from typing import Any

from piped.flows import CONFIRMED, END, Answer, Batch, Drain, Fount, Pause, Reason, Receipt

__all__ = ["Hand", "Source", "said"]


class Violation(BaseException):
    """A part has broken a rule. No exception that parts may take for a failure of the drain."""


def must(holds: bool, rule: str) -> None:
    if not holds:
        raise Violation(rule)


class Source(Fount):
    """A fount of which the test says what flows, and when. It keeps all answers."""

    def __init__(self, *, receipts: bool = True) -> None:
        super().__init__()
        self.answers: dict[Any, list[Answer]] = {}
        self._has_receipts = receipts

    def push(self, *items: Any) -> None:
        """Have them flow, together."""
        receipts = [self.receipt(item) for item in items] if self._has_receipts else None
        self.emit(Batch(list(items), receipts))

    def receipt(self, item: Any) -> Receipt:
        answers = self.answers.setdefault(item, [])
        return Receipt(answers.append)

    @property
    def confirmed(self) -> list[Any]:
        return [item for item, answers in self.answers.items() if answers == [CONFIRMED]]


class Hand(Drain):
    """A drain that takes items into its hand, where the test settles them."""

    def __init__(self) -> None:
        super().__init__()
        self.batches: list[Batch] = []
        self.items: list[Any] = []
        self.pauses: list[Pause] = []
        self.takes_a_pause = False
        self.is_receiving = False

    def receive(self, batch: Batch) -> None:
        must(not self.pauses, "it receives nothing while it holds a pause")
        must(not self.is_receiving, "it receives nothing while it receives something")
        must(self.reason is None, "it receives nothing after the end")
        must(bool(batch.items), "a batch has at least one item")
        must(batch.receipts is None or len(batch.receipts) == len(batch.items), "one for each")
        self.is_receiving = True
        self.take(batch)
        self.is_receiving = False

    def take(self, batch: Batch) -> None:
        """Take what was received; tests do other things then, too."""
        self.batches.append(batch)
        self.items += batch.items
        if self.takes_a_pause:
            self.pause()

    def flow_ended(self, reason: Reason) -> None:
        must(self.reason is None, "it is told of the end once")
        super().flow_ended(reason)

    def pause(self) -> None:
        assert self.fount is not None
        self.pauses.append(self.fount.pause())

    def resume(self) -> None:
        self.pauses.pop().resume()

    def settle(self, answer: Answer = CONFIRMED) -> None:
        """Answer for the batch that has been there longest."""
        self.batches.pop(0).settle(answer)

    def settle_all(self, answer: Answer = CONFIRMED) -> None:
        while self.batches:
            self.settle(answer)


def said(reason: Reason | None) -> str | None:
    return None if reason is None else reason.said


def ended(source: Source) -> None:
    source.end(END)
