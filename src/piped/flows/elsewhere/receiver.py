"""The side where items arrive, from any number of senders.

1. Each sender has its numbers. What has come before is not taken again, also by another connection;
   the answers for which a sender still waits are told it again when it comes back.
2. A sender is given credit for what there is room for, as what came flows on. Who sends more is
   refused.
3. What is not of the types that it should be of is refused to its sender, alone.
4. `ends="alone"`: it does not end with its senders, nor they with it; what it leaves unanswered
   they keep. `ends="together"`: it ends with the last of them, and they are stopped when it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from piped.clock import Clock, LoopClock
from piped.exceptions import FlowStopped, Malformed, ResourceLost, UnfitItem
from piped.flows.batch import Batch
from piped.flows.elsewhere.messages import (
    MOST_AHEAD,
    Alive,
    Answered,
    Credit,
    Ended,
    Items,
    Message,
    Over,
    Stopped,
)
from piped.flows.fount import Fount
from piped.flows.reason import STOPPED, Reason, failed, worst
from piped.flows.receipt import Answer, Receipt, refused

if TYPE_CHECKING:
    from piped.clock import Wakeup
    from piped.flows.codec import BatchCodec

__all__ = ["Arriving", "Receiver"]

Soon = Callable[[Callable[[], None]], object]
Send = Callable[[Message], object]


class Arriving:
    """One sender: its numbers, and the answers that it may not have heard."""

    def __init__(self, into: Receiver, oldest: int) -> None:
        self.next = self.oldest = oldest
        self.credit = 0
        self.room = 0
        self.reason: Reason | None = None  # why it has ended
        self.unanswered = 0
        self.forgetting: Wakeup | None = None
        self._into = into
        self._answers: dict[int, Answer] = {}  # those that it may want to hear again
        self._due: dict[int, Answer] = {}
        self._send: Send | None = None
        self._soon: Soon = lambda function: function()

    @property
    def is_attached(self) -> bool:
        return self._send is not None

    def attach(self, send: Send, soon: Soon, oldest: int) -> None:
        self._send, self._soon = send, soon
        self.credit = self.room = 0
        self.heard_up_to(oldest)
        self._due = self._answers.copy()
        self.flush()

    def detach(self) -> None:
        self._send = None
        self._due = {}

    def say(self, message: Message) -> None:
        if self._send is not None:
            self._send(message)

    def heard_up_to(self, oldest: int) -> None:
        """The sender wants to hear no answer below that number again."""
        self.next = max(self.next, oldest)
        if oldest > self.oldest:
            self.oldest = oldest
            for number in [each for each in self._answers if each < oldest]:
                del self._answers[number]

    def answer(self, number: int, answer: Answer) -> None:
        """It is known what became of an item."""
        self.unanswered -= 1
        if answer.badness <= 1 or not self._into.keeps_quiet(answer):
            if number >= self.oldest:
                self._answers[number] = answer
            if self._send is not None:
                self._due[number] = answer
                if len(self._due) == 1:
                    self._soon(self.flush)
        if self._into.is_over:
            self._into.told()

    def flush(self) -> None:
        """Tell all answers that are due."""
        due, self._due = self._due, {}
        if due:
            self.say(Answered(list(_runs(due))))


class Receiver(Fount):
    """What senders send. Who listens, and to whom, is for others to say."""

    def __init__(
        self,
        types: BatchCodec,
        *,
        room: int = 1000,
        room_size: int = 16 << 20,
        ends: Literal["alone", "together"] = "alone",
        linger: float = 300.0,
        senders: int = 1000,
    ) -> None:
        super().__init__()
        self.clock: Clock = LoopClock()
        self.told: Callable[[], object] = lambda: None  # something was answered, or has ended
        self.forgot: Callable[[], object] = lambda: None  # a sender was
        self._types = types
        self._room = room
        self._room_size = room_size
        self._together = ends == "together"
        self._linger = linger
        self._most_senders = senders
        self._senders: dict[str, Arriving] = {}
        self._ended: list[Reason] = []  # of those that are known no more
        self._waiting_size = 0
        self._leaves = False

    @property
    def is_idle(self) -> bool:
        """Whether it has ended, and nobody waits for an answer."""
        return self.is_over and not any(map(self._is_open, self._senders.values()))

    # Senders.

    def admit(self, sender: str, oldest: int) -> Arriving:
        """A sender that has come, or has come back. Raises `Malformed` if there is no place."""
        found = self._senders.get(sender)
        if found is None:
            if self.reason is not None or self.is_stopped():
                raise Malformed("the flow has ended")
            if len(self._senders) >= self._most_senders and not self._forget_one():
                raise Malformed("there are too many senders")
            found = self._senders[sender] = Arriving(self, oldest)
        return found

    def attach(self, arriving: Arriving, send: Send, soon: Soon, oldest: int) -> None:
        """Go on with a sender, by a new connection."""
        if arriving.forgetting is not None:
            arriving.forgetting.cancel()
            arriving.forgetting = None
        arriving.attach(send, soon, oldest)
        if self.stopped_by is not None and not self._leaves:
            arriving.say(Stopped(self.stopped_by))
        self._give_credit(arriving)

    def detach(self, sender: str, arriving: Arriving) -> None:
        """The connection of a sender is lost."""
        arriving.detach()
        if self._senders.get(sender) is not arriving:
            return
        if arriving.reason is not None and not arriving.unanswered:
            self.forget(sender)
        else:
            arriving.forgetting = self.clock.call_later(self._linger, self.forget, sender)

    def knows(self, sender: str) -> bool:
        """Whether there is anything to remember of it."""
        return sender in self._senders

    def admit_anew(self, sender: str, oldest: int) -> Arriving:
        """The sender, whose numbers are those of another process now. It may hear of our end."""
        found = self._senders.get(sender)
        if found is not None and found.forgetting is not None:
            found.forgetting.cancel()
        made = self._senders[sender] = Arriving(self, oldest)
        return made

    def hear(self, arriving: Arriving, message: Message) -> None:
        """Take a message of a sender's. Raises `Malformed`."""
        match message:
            case Items():
                arriving.heard_up_to(message.oldest)
                self._take(arriving, message)
                self._give_credit(arriving)
            case Alive(oldest):
                arriving.heard_up_to(min(oldest, arriving.next))
            case Ended(reason):
                arriving.say(Over())
                arriving.reason = arriving.reason or reason
                self._check_end()
                if self.is_over:
                    self.told()

    # The flow.

    def on_flow(self) -> None:
        self._waiting_size = 0
        for each in list(self._senders.values()):
            if each.is_attached:
                self._give_credit(each)

    def stop(self, reason: Reason = STOPPED) -> None:
        self._leaves = self._leaves or not self._together
        super().stop(reason)

    def retire(self, reason: Reason = STOPPED) -> None:
        """Take nothing more; its senders keep what is not answered, for another one."""
        self._leaves = True
        super().stop(reason)

    def on_stop(self, reason: Reason) -> None:
        if not self._leaves:
            for each in self._senders.values():
                each.say(Stopped(reason))
        self.end(reason)

    def keeps_quiet(self, answer: Answer) -> bool:
        """Whether the sender is to keep an item, since we only leave."""
        return self._leaves and (answer.is_unfinished or isinstance(answer.failure, FlowStopped))

    def _tell_end(self, drain: Any, reason: Reason) -> None:
        super()._tell_end(drain, reason)
        self.told()

    # Inside.

    def _is_open(self, arriving: Arriving) -> bool:
        ends_later = self._together and arriving.is_attached and arriving.reason is None
        return arriving.unanswered > 0 or ends_later

    def _take(self, arriving: Arriving, message: Items) -> None:
        first, count, size = message.first, len(message.texts), message.size
        if count > arriving.credit or arriving.room <= 0:
            raise Malformed("it sends more than it was given credit for")
        if first + count - arriving.oldest > MOST_AHEAD:
            raise Malformed("it wants answers for too many items")
        if arriving.reason is not None:
            raise Malformed("it sends items after the end")
        arriving.credit -= count
        arriving.room -= size
        texts = self._types.read(message.texts)
        if self._leaves:
            return
        known = min(max(arriving.next - first, 0), count)
        arriving.next = max(arriving.next, first + count)
        self._flow_on(arriving, first + known, texts[known:], size)

    def _flow_on(self, arriving: Arriving, first: int, texts: list[Any], size: int) -> None:
        items, receipts = [], []
        decode, answer = self._types.decode, arriving.answer
        arriving.unanswered += len(texts)
        for number, read in enumerate(texts, first):
            try:
                items.append(decode(read))
            except UnfitItem as unfit:
                answer(number, refused(unfit))
            else:
                receipts.append(Receipt(partial(answer, number)))
        if items:
            self.emit(Batch(items, receipts))
        self._waiting_size = self._waiting_size + size if self._outbox else 0

    def _give_credit(self, arriving: Arriving) -> None:
        """Give credit for what there is room for, when it is worth a message."""
        if self.reason is not None or self.is_stopped() or self.drain is None:
            return
        items = self._room - arriving.credit - self.waiting
        size = self._room_size - arriving.room - self._waiting_size
        if 2 * items >= self._room or 2 * size >= self._room_size:
            items, size = max(items, 0), max(size, 0)
            arriving.credit += items
            arriving.room += size
            arriving.say(Credit(items, size))

    def forget(self, sender: str) -> None:
        """It will not come back."""
        arriving = self._senders.pop(sender, None)
        if arriving is None:
            return
        if arriving.forgetting is not None:
            arriving.forgetting.cancel()
        lost = failed(ResourceLost("a sender was lost, and has not come back"))
        if self._together:
            self._ended.append(arriving.reason or lost)
        self._check_end()
        self.forgot()

    def _forget_one(self) -> bool:
        for sender, each in self._senders.items():
            if not each.is_attached:
                self.forget(sender)
                return True
        return False

    def _check_end(self) -> None:
        reasons = [each.reason for each in self._senders.values()]
        if self._together and (reasons or self._ended) and None not in reasons:
            self.end(worst([*self._ended, *[each for each in reasons if each is not None]]))


def _runs(answers: dict[int, Answer]) -> Iterator[tuple[int, int, Answer]]:
    """Numbers that follow one another and have the same answer, together."""
    first = count = -1
    same: Answer | None = None
    for number in sorted(answers):
        answer = answers[number]
        if answer is not same or number != first + count:
            if same is not None:
                yield first, count, same
            first, count, same = number, 0, answer
        count += 1
    if same is not None:
        yield first, count, same
