"""Items that travel together."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat
from typing import Any

from piped.flows.receipt import CONFIRMED, Answer, Receipt, settle

__all__ = ["Batch", "batch_of", "concatenated"]


class Batch:
    """Some items, at least one, in order; with a receipt for each if somebody waits for answers.

    A batch belongs to whoever received it; its lists are not changed by anyone.
    """

    __slots__ = ("items", "receipts")

    def __init__(self, items: list[Any], receipts: list[Receipt] | None = None) -> None:
        self.items = items
        self.receipts = receipts

    def __len__(self) -> int:
        return len(self.items)

    def __repr__(self) -> str:
        return f"<Batch of {len(self.items)}{', with receipts' if self.receipts else ''}>"

    def pairs(self) -> Iterator[tuple[Any, Receipt | None]]:
        """Each item, and its receipt."""
        return zip(self.items, self.receipts or repeat(None), strict=False)

    def settle(self, answer: Answer = CONFIRMED) -> None:
        """Answer for all of them."""
        if self.receipts is not None:
            settle(self.receipts, answer)

    def give_up(self, answer: Answer) -> None:
        """Answer for whatever is left of them: nobody knows who has them."""
        for receipt in self.receipts or ():
            receipt.give_up(answer)

    def part(self, start: int, stop: int | None = None) -> Batch:
        """Some of them."""
        receipts = None if self.receipts is None else self.receipts[start:stop]
        return Batch(self.items[start:stop], receipts)


def batch_of(pairs: list[tuple[Any, Receipt | None]]) -> Batch:
    """A batch of items with their receipts, of which some may have none."""
    items = [item for item, _ in pairs]
    if all(receipt is None for _, receipt in pairs):
        return Batch(items)
    return Batch(items, [receipt or unheard(1)[0] for _, receipt in pairs])


def concatenated(batches: list[Batch]) -> Batch:
    """All items of several batches, in order. Those without a receipt get one that tells nobody."""
    if len(batches) == 1:
        return batches[0]
    items = [item for batch in batches for item in batch.items]
    if all(batch.receipts is None for batch in batches):
        return Batch(items)
    receipts: list[Receipt] = []
    for batch in batches:
        receipts += batch.receipts or unheard(len(batch))
    return Batch(items, receipts)


def unheard(number: int) -> list[Receipt]:
    """Receipts of items for which nobody waits."""
    return [Receipt(_tell_nobody, number)] * number


def _tell_nobody(answer: Answer) -> None:
    del answer
