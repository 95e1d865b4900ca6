"""The side that items leave: it keeps each until the other side has answered for it.

1. Nothing is sent without credit, which is counted in items and in bytes. What cannot be sent holds
   the fount back; so does a `window` full of items that were not answered.
2. A number stands for one item, as long as this side runs. After a connection was lost, what the
   other side does not know is sent again, in the same order and with the same numbers; or, with
   `resend=False`, what was sent is refused.
3. The end is told when all was sent. It is done when all is answered and the end was heard.
4. Stopped by the other side, it refuses what was not sent. Stopped from here, it refuses all that
   was not answered.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from piped.exceptions import Malformed, UnfitItem
from piped.flows.complaints import Complaints
from piped.flows.drain import Drain
from piped.flows.elsewhere.boxes import LONGEST_VALUE
from piped.flows.elsewhere.messages import (
    MOST_AHEAD,
    Answered,
    Credit,
    Ended,
    Items,
    Message,
    Over,
    Stopped,
)
from piped.flows.reason import STOPPED, Reason, failed
from piped.flows.receipt import Answer, Receipt, refused

if TYPE_CHECKING:
    from piped.flows.batch import Batch
    from piped.flows.codec import BatchCodec
    from piped.flows.contracts import Upstream
    from piped.flows.pause import Pause

__all__ = ["ITEM_SIZE", "Sender"]

ITEM_SIZE = 1 << 20
_TOGETHER = 1000  # items of one message


class Sender(Drain):
    """Sends what flows in, while it is attached to a connection."""

    def __init__(
        self,
        types: BatchCodec,
        *,
        resend: bool = True,
        window: int = 10_000,
        window_size: int = 64 << 20,
        item_size: int = ITEM_SIZE,
    ) -> None:
        super().__init__()
        self._types = types
        self._resends = resend
        self.window = window
        self._window_size = window_size
        self._item_size = item_size
        self._send: Callable[[Message], object] | None = None
        self.refused = 0
        self.into: Any = None  # where what becomes of the items comes back, if it does
        self._complaints = Complaints()
        self._next = 0
        self._kept: dict[int, tuple[bytes, Receipt | None]] = {}
        self._kept_size = 0
        self._unsent: deque[int] = deque()
        self._credit = self._room = 0
        self._full: Pause | None = None
        self._stopped_by: Reason | None = None
        self._is_end_sent = False
        self._leaves = False  # its end is not told
        self._is_over = False  # the other side has heard of the end, or never will
        self.changed: Callable[[], object] = lambda: None  # it has ended, or is done

    @property
    def is_done(self) -> bool:
        is_over = self._is_over or self._leaves
        return self.reason is not None and not self._kept and is_over

    @property
    def waiting(self) -> int:
        """How many items were not answered yet."""
        return len(self._kept)

    @property
    def oldest(self) -> int:
        """The first number whose answer it may have to hear again."""
        return next(iter(self._kept if self._resends else self._unsent), self._next)

    @property
    def credit(self) -> int:
        """How many items could be sent at once."""
        return max(self._credit - len(self._unsent), 0) if self._room > 0 else 0

    # The flow.

    def flowing_from(self, fount: Upstream) -> Any:
        super().flowing_from(fount)
        self._hold_back()
        return self

    def receive(self, batch: Batch) -> None:
        self.received += len(batch.items)
        for item, receipt in batch.pairs():
            try:
                text = self._text(item)
            except UnfitItem as unfit:
                self._settle([receipt], refused(unfit))
                continue
            number, self._next = self._next, self._next + 1
            self._kept[number] = text, receipt
            self._kept_size += len(text)
            self._unsent.append(number)
        self._go_on()

    def flow_ended(self, reason: Reason) -> None:
        super().flow_ended(reason)
        self._go_on()
        self.changed()

    def stop(self, reason: Reason = STOPPED) -> None:
        self._stopped_by = reason
        super().stop(reason)
        self._refuse(list(self._kept), reason.as_failure())
        self._go_on()
        self.changed()

    # The connection.

    def attach(self, send: Callable[[Message], object], next: int) -> None:
        """There is a connection: the other side waits for the number `next`."""
        if next > self._next:
            raise Malformed("it waits for an item that there is not yet")
        self._send = send
        self._credit = self._room = 0
        self._is_end_sent = False
        self._unsent = deque(number for number in self._kept if number >= next)
        self._go_on()

    def detach(self, failure: BaseException) -> None:
        """The connection is lost."""
        self._send = None
        self._credit = self._room = 0
        if not self._resends:
            unsent = set(self._unsent)
            self._refuse([each for each in self._kept if each not in unsent], failure)
        self._hold_back()

    def retire(self) -> None:
        """The other side is not to hear of our end: another one will go on with it."""
        self._leaves = True

    def give_up(self, failure: BaseException) -> None:
        """There will be no connection any more."""
        self._is_over = True
        self.detach(failure)
        if self.reason is None or self._kept:
            self.stop(failed(failure))
        self._tell()

    def hear(self, message: Message) -> None:
        """Take a message of the other side's. Raises `Malformed`."""
        match message:
            case Answered(runs):
                for first, count, answer in runs:
                    if first + count > self._next:
                        raise Malformed("it answers for an item that there is not yet")
                    self._settle(self._taken(range(first, first + count)), answer)
            case Credit(items, size):
                self._credit += items
                self._room += size
            case Stopped(reason):
                self._stopped_by = reason
                super().stop(reason)
            case Over():
                if not self._is_end_sent:
                    raise Malformed("it has heard of an end that was not told")
                self._is_over = True
        self._go_on()
        self._tell()

    # Inside.

    def _go_on(self) -> None:
        if self._stopped_by is not None and self._unsent:  # there will be no credit for them
            self._refuse(list(self._unsent), self._stopped_by.as_failure())
        self._skip()
        send = self._send
        if send is not None:
            while (most := self._most()) > 0:
                send(self._due(most))
                self._skip()
            if self.reason is not None and self._is_end_due():
                self._is_end_sent = True
                send(Ended(self.reason))
        self._hold_back()

    def _is_end_due(self) -> bool:
        is_told = self._is_end_sent or self._leaves
        return not self._unsent and not is_told

    def _most(self) -> int:
        """How many items may go next."""
        if not self._unsent or self._room <= 0:
            return 0
        ahead = self._unsent[0] - self.oldest
        return min(self._credit, _TOGETHER, len(self._unsent), MOST_AHEAD - ahead)

    def _due(self, most: int) -> Items:
        """What goes next, in one message: numbers that follow one another."""
        unsent, kept = self._unsent, self._kept
        first, oldest, size = unsent[0], self.oldest, -1
        texts: list[bytes] = []
        for number in range(first, first + most):
            pair = kept.get(number) if number == unsent[0] else None
            if pair is None or size >= self._room:
                break
            longer = size + 1 + len(pair[0])
            if texts and longer > LONGEST_VALUE:
                break
            size = longer
            texts.append(pair[0])
            unsent.popleft()
        self._credit -= len(texts)
        self._room -= size
        return Items(first, oldest, texts)

    def _text(self, item: Any) -> bytes:
        text = self._types.encode(item)
        if len(text) > self._item_size:
            raise UnfitItem(f"an item is longer than {self._item_size} bytes")
        return text

    def _skip(self) -> None:
        """What was answered needs not be sent."""
        while self._unsent and self._unsent[0] not in self._kept:
            self._unsent.popleft()

    def _taken(self, numbers: range | list[int]) -> list[Receipt | None]:
        """The receipts of items, which are kept no more."""
        receipts = []
        if len(numbers) > len(self._kept):
            numbers = [each for each in self._kept if each in numbers]
        for number in numbers:
            pair = self._kept.pop(number, None)
            if pair is not None:
                self._kept_size -= len(pair[0])
                receipts.append(pair[1])
        return receipts

    def _tell(self) -> None:
        super()._tell()
        if self.is_done:
            self.changed()

    def _refuse(self, numbers: list[int], failure: BaseException) -> None:
        self._settle(self._taken(numbers), refused(failure))
        self._tell()

    def _settle(self, receipts: list[Receipt | None], answer: Answer) -> None:
        for receipt in receipts:
            if receipt is not None:
                receipt.settle(answer)
        if answer.badness > 1:
            self.refused += len(receipts)
            if None in receipts and answer.failure is not None:  # nobody else hears of it
                self._complaints.tell(self, self.refused, answer.failure)

    def _hold_back(self) -> None:
        if self.fount is None or self.reason is not None:
            return
        is_full = (
            bool(self._unsent)
            or self._credit <= 0
            or self._room <= 0
            or len(self._kept) >= self.window
            or self._kept_size >= self._window_size
        )
        if is_full and self._full is None:
            self._full = self.fount.pause()
        elif not is_full and self._full is not None:
            full, self._full = self._full, None
            full.resume()
