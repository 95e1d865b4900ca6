"""A flow that crosses over to another process: what the two sides say, and what they remember.

On the one side stands an `Outgoing` drain, on the other an `Incoming` fount. Each sends messages by
a function that it was given, and hears those of the other side, in order. How messages are encoded
and carried is the business of others.

1. Items are sent while there is credit, which is counted in items. Who takes them gives it, as what
   was taken flows on. A batch that is on its way goes beyond it.
2. Each item has a number, and is answered by it once, also if its originator does not listen: who
   has sent it must know what is still under way.
3. `Ended` follows the last item; answers may come after it. `Stopped` runs against the items, and
   is answered by `Ended`.
4. When the other side is lost, what was not answered is refused to its originators, or given back
   to be sent again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from piped.flows.batch import Batch
from piped.flows.complaints import Complaints
from piped.flows.drain import Drain
from piped.flows.fount import Fount
from piped.flows.reason import Reason, failed
from piped.flows.receipt import Answer, Receipt, refused

if TYPE_CHECKING:
    from piped.flows.contracts import Upstream
    from piped.flows.pause import Pause

__all__ = ["Answered", "Credit", "Ended", "Incoming", "Message", "Outgoing", "Sent", "Stopped"]

Pair = tuple[Any, Receipt | None]


@dataclass(frozen=True, slots=True)
class Sent:
    """Items, numbered from `first` on."""

    first: int
    items: list[Any]


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of items: the first number, how many, and their answer."""

    runs: list[tuple[int, int, Answer]]


@dataclass(frozen=True, slots=True)
class Credit:
    """So many items more may be sent."""

    items: int


@dataclass(frozen=True, slots=True)
class Ended:
    """No more items come."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Stopped:
    """No more items are wanted."""

    reason: Reason


Message = Sent | Answered | Credit | Ended | Stopped


class Outgoing(Drain):
    """Sends what flows in to the other side. It is done when all of it is answered."""

    def __init__(self, send: Callable[[Message], object]) -> None:
        super().__init__()
        self._send = send
        self.refused = 0  # items that the other side has refused, and nobody hears of
        self._complaints = Complaints()
        self._credit = 0
        self._next = 0
        self._unanswered: dict[int, Pair] = {}
        self._full: Pause | None = None
        self._lost: BaseException | None = None
        self.into: Incoming | None = None  # where it comes back to, if it does

    @property
    def is_done(self) -> bool:
        return self.reason is not None and not self._unanswered

    @property
    def under_way(self) -> int:
        """How many items were not answered yet."""
        return len(self._unanswered)

    @property
    def credit(self) -> int:
        """How many items the other side has room for."""
        return self._credit

    def flowing_from(self, fount: Upstream) -> Any:
        super().flowing_from(fount)
        self._hold_back()
        return self

    def receive(self, batch: Batch) -> None:
        self.received += len(batch)
        if self._lost is not None:
            batch.settle(refused(self._lost))
            return
        first, self._next = self._next, self._next + len(batch)
        self._unanswered.update(enumerate(batch.pairs(), first))
        self._credit -= len(batch)
        self._hold_back()
        self._send(Sent(first, batch.items))

    def flow_ended(self, reason: Reason) -> None:
        if self._lost is None:
            self._send(Ended(reason))
        super().flow_ended(reason)

    def hear(self, message: Message) -> None:
        """Take a message of the other side's."""
        match message:
            case Answered(runs):
                for first, count, answer in runs:
                    self._settle(range(first, first + count), answer)
                self._tell()
            case Credit(items):
                self._credit += items
                self._hold_back()
            case Stopped(reason):
                self.stop(reason)

    def lost(self, failure: BaseException) -> None:
        """The other side is gone: refuse what it has not answered, and want no more."""
        if self._lost is None:
            self._lost = failure
            self._settle(list(self._unanswered), refused(failure))
            self.stop(failed(failure))
            self._tell()

    def taken_back(self) -> list[Pair]:
        """All that was not answered, to be sent another way. It is not this drain's any more."""
        pairs = list(self._unanswered.values())
        self._unanswered.clear()
        return pairs

    def _settle(self, numbers: range | list[int], answer: Answer) -> None:
        for number in numbers:
            item_receipt = self._unanswered.pop(number, None)
            if item_receipt is None:
                continue
            receipt = item_receipt[1]
            if receipt is not None:
                receipt.settle(answer)
            elif answer.badness > 1 and answer.failure is not None:
                self.refused += 1
                self._complaints.tell(self, self.refused, answer.failure)

    def _hold_back(self) -> None:
        if self.fount is None or self.reason is not None:
            return
        if self._credit <= 0 and self._full is None:
            self._full = self.fount.pause()
        elif self._credit > 0 and self._full is not None:
            full, self._full = self._full, None
            full.resume()


class Incoming(Fount):
    """What the other side sends, which may begin when this fount has a drain.

    At most `items` wait here; `soon` puts answers off, so that more of them travel together.
    """

    def __init__(
        self,
        send: Callable[[Message], object],
        *,
        items: int = 1000,
        soon: Callable[[Callable[[], None]], object] = lambda function: function(),
    ) -> None:
        super().__init__()
        self._send = send
        self._room = items
        self._soon = soon
        self._credit = 0  # what the other side may still send
        self._answers: list[tuple[int, Answer]] = []
        self._is_due = False
        self._is_lost = False

    def on_flow(self) -> None:
        self._give_credit()

    def on_stop(self, reason: Reason) -> None:
        if not self._is_lost:
            self._send(Stopped(reason))

    def hear(self, message: Message) -> None:
        """Take a message of the other side's."""
        match message:
            case Sent(first, items):
                self._credit -= len(items)
                numbers = range(first, first + len(items))
                receipts = [Receipt(partial(self._answer, number)) for number in numbers]
                self.emit(Batch(items, receipts))
                self._give_credit()
            case Ended(reason):
                self.end(reason)

    def lost(self, failure: BaseException) -> None:
        """The other side is gone: what came flows on, and nobody hears what became of it."""
        self._is_lost = True
        self.end(failed(failure))

    def _give_credit(self) -> None:
        """Give credit for what there is room for, when it is worth a message."""
        free = self._room - self._credit - self.waiting
        if 2 * free >= self._room and self.reason is None and self.stopped_by is None:
            self._credit += free
            self._send(Credit(free))

    def _answer(self, number: int, answer: Answer) -> None:
        self._answers.append((number, answer))
        if not self._is_due:
            self._is_due = True
            self._soon(self._send_answers)

    def _send_answers(self) -> None:
        self._is_due = False
        answers, self._answers = self._answers, []
        if answers and not self._is_lost:
            self._send(Answered(list(runs(answers))))


def runs(answers: list[tuple[int, Answer]]) -> Iterator[tuple[int, int, Answer]]:
    """Numbers that follow one another and have the same answer, together."""
    first, count, same = answers[0][0], 0, answers[0][1]
    for number, answer in answers:
        if number != first + count or answer is not same:
            yield first, count, same
            first, count, same = number, 0, answer
        count += 1
    yield first, count, same
