"""The stage that has a decoder find the items in the bytes.

A decoder knows nothing of receipts: it is fed, and gives what is complete. Where that is not an
item alone, an `Odd` stands in its place, and `has_odd` is true.
"""

from __future__ import annotations

import logging
from itertools import repeat
from typing import Any, Protocol

from piped.exceptions import MalformedFrame
from piped.flows.batch import Batch, unheard
from piped.flows.reason import Reason, failed
from piped.flows.receipt import CONFIRMED, Answer, Receipt, refused, settle, unfinished
from piped.flows.stage import Stage
from piped.flows.working import Failing

__all__ = ["LONGEST", "Decoder", "Framing", "Odd"]

logger = logging.getLogger(__name__)

LONGEST = 1 << 20  # bytes of one frame, where nothing else is declared
_MOST = 1000  # items of one batch


class Odd:
    """What stands for no item: a frame with nothing in it, or one that is malformed.

    Of a frame that is too long the parts are told as they come, and the first has `is_news`.
    """

    __slots__ = ("failure", "is_final", "is_news")

    def __init__(
        self,
        failure: MalformedFrame | None = None,
        *,
        is_news: bool = True,
        is_final: bool = False,  # nobody knows how the bytes go on
    ) -> None:
        self.failure = failure
        self.is_news = is_news
        self.is_final = is_final


class Decoder(Protocol):
    """Finds frames in bytes."""

    has_odd: bool  # whether what was given last has something odd

    @property
    def is_holding(self) -> bool:
        """Whether there is a part of a frame."""

    def feed(self, data: bytes) -> list[Any]:
        """Take bytes, at least one, and give what is complete by now."""

    def end(self, *, is_whole: bool) -> list[Any]:
        """Give what is left, of a stream that came to its end or that was cut."""


class Framing(Stage):
    """Bytes in, items out. Items before a frame that ends the flow are handed on."""

    def __init__(self, decoder: Decoder, failing: Failing = "refuse") -> None:
        super().__init__()
        self.refused = 0  # frames that were malformed
        self._decoder = decoder
        self._failing = failing
        self._kept: list[Receipt] = []  # of chunks of which a part is held
        self._broken: Reason | None = None

    def receive(self, batch: Batch) -> None:
        by = self.stopped_by or self._broken
        if by is not None:
            batch.settle(unfinished(by))
        elif batch.receipts is not None or self._kept:
            self._take_each(batch.items, batch.receipts or unheard(len(batch)))
        elif data := b"".join(batch.items):
            found = self._decoder.feed(data)
            if self._decoder.has_odd:
                found, _ = self._items_of(found, None)
            self._give(found, None)
            self._check()

    def finish(self, reason: Reason) -> None:
        kept, self._kept = self._kept, []
        if self.stopped_by is None and self._broken is None:
            found = self._decoder.end(is_whole=reason.failure is None)
            receipts = None
            if kept:
                whole = Receipt(lambda answer: settle(kept, answer), len(found) or 1)
                receipts = [whole] * len(found)
                if not found:
                    whole.settle()
            self._give(*self._items_of(found, receipts))
        self.end(self._broken or reason)

    def on_stop(self, reason: Reason) -> None:
        self._refuse_kept(reason)
        super().on_stop(reason)

    def _take_each(self, chunks: list[Any], receipts: list[Receipt]) -> None:
        """Take chunks whose receipts are to learn what becomes of each."""
        items: list[Any] = []
        answerable: list[Receipt] = []
        for chunk, receipt in zip(chunks, receipts, strict=True):
            if self._broken is not None:
                receipt.settle(unfinished(self._broken))
                continue
            found = self._decoder.feed(bytes(chunk)) if chunk else []
            those: list[Receipt] | None = self._receipts_of(len(found), chunk, receipt)
            if self._decoder.has_odd:
                found, those = self._items_of(found, those)
            items += found
            answerable += those or ()
        self._give(items, answerable)
        self._check()

    def _receipts_of(self, found: int, chunk: bytes, receipt: Receipt) -> list[Receipt]:
        """The receipts of what is complete with a chunk."""
        is_holding = bool(chunk) and self._decoder.is_holding
        parts = found + is_holding
        receipt.hold(parts - 1) if parts else receipt.settle()
        receipts = [receipt] * found
        if found and self._kept:
            kept, self._kept = [*self._kept, receipt], []
            receipts[0] = Receipt(lambda answer: settle(kept, answer))
        if is_holding:
            self._kept.append(receipt)
        return receipts

    def _items_of(
        self, found: list[Any], receipts: list[Receipt] | None
    ) -> tuple[list[Any], list[Receipt] | None]:
        """Only the items, with their receipts; what is odd is answered for."""
        pairs: list[tuple[Any, Receipt | None]] = []
        for each, receipt in zip(found, receipts or repeat(None), strict=False):
            if self._broken is None and type(each) is not Odd:
                pairs.append((each, receipt))
                continue
            if self._broken is None and each.failure is not None:
                self._fail(each, is_heard=receipt is not None)
            if receipt is not None:
                receipt.settle(self._answer(each))
        items = [item for item, _ in pairs]
        return items, receipts and [receipt for _, receipt in pairs if receipt is not None]

    def _answer(self, each: Any) -> Answer:
        """What is said of what does not go on."""
        if self._broken is not None:
            return unfinished(self._broken)
        return CONFIRMED if each.failure is None else refused(each.failure)

    def _fail(self, odd: Odd, *, is_heard: bool) -> None:
        assert odd.failure is not None
        self.refused += odd.is_news
        if odd.is_final or self._failing == "stop":
            self._broken = failed(odd.failure)
        elif odd.is_news and not is_heard and str(self.refused).strip("0") == "1":
            # Nobody else hears of it; but not for each frame of millions.
            logger.error("%r has refused %d so far: %s", self, self.refused, odd.failure.msg)

    def _check(self) -> None:
        """Where it cannot go on, nothing more is to come."""
        if self._broken is not None:
            self._refuse_kept(self._broken)
            if self.fount is not None:
                self.fount.stop(self._broken)

    def _refuse_kept(self, reason: Reason) -> None:
        kept, self._kept = self._kept, []
        settle(kept, unfinished(reason))

    def _give(self, items: list[Any], receipts: list[Receipt] | None) -> None:
        if 0 < len(items) <= _MOST:
            self.emit(Batch(items, receipts or None))
            return
        for at in range(0, len(items), _MOST):
            some = slice(at, at + _MOST)
            self.emit(Batch(items[some], receipts[some] if receipts else None))
