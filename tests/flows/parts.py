"""Parts that tests drive by hand."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count
from typing import Any

from piped.flows import CONFIRMED, END, Answer, Batch, Drain, Fount, Pause, Reason, Receipt, tube
from piped.flows.flow import parts_of

__all__ = ["Hand", "Source", "Time", "joined", "must", "said"]


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
        try:
            self.take(batch)
        finally:
            self.is_receiving = False

    def take(self, batch: Batch) -> None:
        """Take what was received; tests do other things then, too."""
        self.batches.append(batch)
        self.items += batch.items
        if self.takes_a_pause:
            self.pause()

    def flow_ended(self, reason: Reason) -> None:
        must(self.reason is None, "it is told of the end once")
        must(not self.is_receiving, "it is told of the end when it has received all")
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


class _Call:
    def __init__(self, function: Callable[..., object], args: tuple[Any, ...]) -> None:
        self.function, self.args = function, args
        self.is_cancelled = False

    def cancel(self) -> None:
        self.is_cancelled = True


class Time:
    """A clock that the test moves on, without a loop."""

    def __init__(self) -> None:
        self.now = 0.0
        self._calls: list[tuple[float, int, _Call]] = []
        self._turns = count()

    def time(self) -> float:
        return self.now + 1_000_000

    def monotonic(self) -> float:
        return self.now

    def call_later(self, delay: float, function: Callable[..., object], *args: Any) -> _Call:
        call = _Call(function, args)
        heapq.heappush(self._calls, (self.now + delay, next(self._turns), call))
        return call

    async def sleep(self, delay: float) -> None:
        raise NotImplementedError

    @property
    def waiting(self) -> int:
        """How many calls are still to come."""
        return sum(not call.is_cancelled for _, _, call in self._calls)

    def advance(self, seconds: float) -> None:
        end = self.now + seconds
        while self._calls and self._calls[0][0] <= end:
            at, _, call = heapq.heappop(self._calls)
            self.now = max(self.now, at)
            if not call.is_cancelled:
                call.function(*call.args)
        self.now = end


def joined(source: Any, *parts: Any, time: Any = None) -> Any:
    """Have a fount flow through what is made of recipes. Returns the last part."""
    last = source
    for part in parts:
        if hasattr(part, "make"):
            made = part.make()
        else:
            made = part if hasattr(part, "flowing_from") else tube(part).make()
        for each in parts_of(made):
            if hasattr(each, "clock"):
                each.clock = time or Time()
        last = last.flow_to(made)
    return last


def said(reason: Reason | None) -> str | None:
    return None if reason is None else reason.said


def ended(source: Source) -> None:
    source.end(END)
