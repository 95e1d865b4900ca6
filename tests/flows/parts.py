"""Parts that tests drive by hand."""

from __future__ import annotations

from typing import Any

from piped.flows import CONFIRMED, END, Answer, Batch, Drain, Fount, Pause, Reason, Receipt

__all__ = ["Hand", "Source", "said"]


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

    def receive(self, batch: Batch) -> None:
        assert not self.pauses, "it receives nothing while it holds a pause"
        assert self.reason is None, "it receives nothing after the end"
        assert batch.items, "a batch has at least one item"
        assert batch.receipts is None or len(batch.receipts) == len(batch.items)
        self.batches.append(batch)
        self.items += batch.items
        if self.takes_a_pause:
            self.pause()

    def flow_ended(self, reason: Reason) -> None:
        assert self.reason is None, "it is told of the end once"
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
