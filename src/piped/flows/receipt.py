"""What its originator learns of an item.

1. A receipt is answered once: when all that became of its items is known. Of several answers, the
   worst wins; and nothing is worse than what nobody has come to, since its flow has ended.
2. Who makes several items of one, `hold`s its receipt for those that are more. Who makes one of
   several, gives it a `joint` receipt.
3. Whoever has an item last `settle`s its receipt: who stored it, let it go, or could not go on.
4. Of an item that a broken part had, nobody knows who is to answer. Its receipt is given up: it is
   answered at once, and what comes later does not count.
5. Whoever fails at being told harms nobody else: the log says so.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from piped.exceptions import AlreadyAnswered, BatonDropped, ItemDropped, brief
from piped.flows.reason import Reason

__all__ = [
    "CONFIRMED",
    "Answer",
    "Receipt",
    "answer_to",
    "dropped",
    "joint",
    "refused",
    "settle",
    "unfinished",
]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of an item: it was stored, dropped as declared, or refused."""

    badness: int
    said: str
    failure: BaseException | None = None
    is_unfinished: bool = False  # it was refused for the end of its flow, and not for what it is

    def __reduce__(self) -> str | tuple[Any, ...]:
        # What is pickled most of all is the one below: its name will do.
        if self is CONFIRMED:
            return "CONFIRMED"
        return Answer, (self.badness, self.said, self.failure, self.is_unfinished)

    @property
    def is_confirmed(self) -> bool:
        return self.badness == 0

    def is_worse(self, other: Answer) -> bool:
        """Whether this is what counts, of the two."""
        return (self.badness, self.is_unfinished) > (other.badness, other.is_unfinished)

    def check(self) -> None:
        """Raise what kept the item from being stored."""
        if self.failure is not None:
            raise self.failure


CONFIRMED = Answer(0, "confirmed")


def dropped(failure: BaseException) -> Answer:
    """It was given up, as the flow declares."""
    return Answer(1, f"dropped: {brief(failure)}", failure)


def refused(failure: BaseException) -> Answer:
    """It could not be processed."""
    return Answer(2, f"refused: {brief(failure)}", failure)


def unfinished(reason: Reason) -> Answer:
    """Its flow has ended before it could be processed: the next time it may be."""
    return replace(refused(reason.as_failure()), is_unfinished=True)


def answer_to(failure: BaseException, *, ends: bool = False) -> Answer:
    """What those hear whose item met that failure, which perhaps ends the flow."""
    if isinstance(failure, _DROPPED):
        return dropped(failure)
    return replace(refused(failure), is_unfinished=ends)


_DROPPED = (ItemDropped, BatonDropped)


class Receipt:
    """Tells `told` the one answer for a number of items."""

    __slots__ = ("_is_given_up", "_pending", "_told", "_worst")

    def __init__(self, told: Callable[[Answer], object], pending: int = 1) -> None:
        self._told = told
        self._pending = pending
        self._worst = CONFIRMED
        self._is_given_up = False

    @property
    def is_answered(self) -> bool:
        return self._pending == 0

    def hold(self, more: int = 1) -> None:
        """Wait for the answers of so many items more."""
        if self._pending == 0:
            if self._is_given_up:
                return
            raise AlreadyAnswered("a receipt that was answered cannot be held")
        self._pending += more

    def settle(self, answer: Answer = CONFIRMED, times: int = 1) -> None:
        """Take the answer of so many items."""
        if times > self._pending:
            if self._is_given_up:
                return
            raise AlreadyAnswered(f"an item was answered twice: {answer.said}")
        if answer.is_worse(self._worst):
            self._worst = answer
        self._pending -= times
        if self._pending == 0:
            self._tell()

    def give_up(self, answer: Answer) -> None:
        """Answer now for all that is left."""
        if self._pending:
            self._is_given_up = True
            self.settle(answer, self._pending)

    def _tell(self) -> None:
        # A failure leads to the frames that it came through, and these may have the receipt.
        answer, self._worst = self._worst, CONFIRMED
        try:
            self._told(answer)
        except AlreadyAnswered:  # one receipt that another stands for: a fault of a part
            raise
        except Exception:
            logger.exception("who was told that an item was %s failed at it", answer.said)


def settle(receipts: Sequence[Receipt] | None, answer: Answer = CONFIRMED) -> None:
    """Take one answer for many items, which may share their receipts."""
    if not receipts:
        return
    first = receipts[0]
    if first is receipts[-1] and receipts.count(first) == len(receipts):
        first.settle(answer, len(receipts))
        return
    for receipt, times in Counter(receipts).items():
        receipt.settle(answer, times)


def joint(receipts: Sequence[Receipt] | None) -> Receipt | None:
    """The receipt of one item that stands for many."""
    if not receipts:
        return None
    return Receipt(lambda answer: settle(receipts, answer))
