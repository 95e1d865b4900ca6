"""What goes to another process is answered once, whenever messages arrive."""

from __future__ import annotations

import pickle
from collections import deque
from collections.abc import Callable

import pytest
from hypothesis import settings, strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from piped.flows import CONFIRMED, END, Reason
from piped.flows.codec import Pickled
from piped.flows.elsewhere.messages import Answered, Credit, Items, Message
from piped.flows.elsewhere.receiver import Receiver
from piped.flows.elsewhere.sender import Sender
from piped.flows.reason import failed
from piped.flows.receipt import refused
from tests.flows.machines import Broken, Machine
from tests.flows.parts import Hand, Source

ROOM = 10


class Wires:
    """The way there and back, on which messages wait until they are delivered."""

    def __init__(self, source: Source, hand: Hand, room: int, *, resend: bool) -> None:
        self.there: deque[Message] = deque()
        self.back: deque[Message] = deque()
        self.source, self.hand = source, hand
        self.sender = Sender(Pickled(), resend=resend)
        self.receiver = Receiver(Pickled(), room=room, ends="together")
        self.arriving = self.receiver.admit("a sender", 0)
        self.source.flow_to(self.sender)
        self.receiver.flow_to(self.hand)
        self.receiver.attach(self.arriving, self.back.append, lambda function: function(), 0)
        self.sender.attach(self.there.append, 0)

    def deliver_there(self) -> None:
        self.receiver.hear(self.arriving, self.there.popleft())

    def deliver_back(self) -> None:
        self.sender.hear(self.back.popleft())

    def deliver_all(self) -> None:
        while self.there or self.back:
            self.deliver_there() if self.there else self.deliver_back()


def joined(room: int = ROOM, *, resend: bool = False) -> Wires:
    return Wires(Source(), Hand(), room, resend=resend)


def opened(room: int = ROOM, *, resend: bool = False) -> Wires:
    wires = joined(room, resend=resend)
    wires.deliver_all()
    return wires


def test_nothing_flows_before_the_other_side_has_room() -> None:
    wires = joined()
    assert wires.source.is_paused
    wires.deliver_back()
    assert wires.source.is_flowing


def test_items_go_there_and_their_answers_come_back() -> None:
    wires = opened()
    wires.source.push("a", "b")
    wires.deliver_all()
    assert wires.hand.items == ["a", "b"]
    assert wires.source.confirmed == []
    wires.hand.settle()
    wires.deliver_all()
    assert wires.source.confirmed == ["a", "b"]


def test_a_refusal_comes_back_with_its_failure() -> None:
    wires = opened()
    wires.source.push("a")
    wires.deliver_all()
    failure = Broken()
    wires.hand.settle(refused(failure))
    wires.deliver_all()
    assert [each.failure for each in wires.source.answers["a"]] == [failure]


def test_who_pauses_over_there_holds_the_source_back_when_the_room_is_full() -> None:
    wires = opened(room=4)
    wires.hand.pause()
    wires.source.push(1, 2)
    wires.source.push(3, 4)
    wires.deliver_all()
    assert wires.source.is_paused
    assert wires.receiver.waiting == 4
    wires.hand.resume()
    wires.deliver_all()
    assert wires.source.is_flowing
    assert wires.hand.items == [1, 2, 3, 4]


def test_answers_of_one_batch_travel_in_one_message() -> None:
    sent: list[Message] = []
    later: list[Callable[[], None]] = []
    receiver, hand = Receiver(Pickled(), room=1000, room_size=2000), Hand()
    receiver.flow_to(hand)
    arriving = receiver.admit("a sender", 7)
    receiver.attach(arriving, sent.append, later.append, 7)
    receiver.hear(arriving, Items(7, 7, list(map(pickle.dumps, "abc"))))
    hand.settle()
    later.pop()()
    assert later == []
    assert sent == [Credit(1000, 2000), Answered([(7, 3, CONFIRMED)])]


def test_the_end_follows_the_last_item_and_it_is_done_with_the_last_answer() -> None:
    wires = opened()
    wires.source.push("a")
    wires.source.end(END)
    wires.deliver_all()
    assert wires.hand.reason is END
    assert not wires.sender.is_done
    wires.hand.settle()
    wires.deliver_all()
    assert wires.sender.is_done


def test_who_stops_over_there_stops_the_source() -> None:
    wires = opened()
    reason = Reason("enough")
    wires.hand.stop(reason)
    wires.deliver_all()
    assert wires.source.stopped_by == reason
    assert wires.hand.reason == reason


def test_when_the_other_side_is_lost_what_was_not_answered_is_refused() -> None:
    wires = opened()
    wires.source.push("a", "b")
    failure = Broken()
    wires.sender.give_up(failure)
    assert [answers[0].failure for answers in wires.source.answers.values()] == [failure] * 2
    assert wires.source.reason is not None
    assert wires.source.reason.failure is failure


@pytest.mark.parametrize("resend", [True, False])
def test_one_item_without_an_answer_does_not_cut_the_others_off(
    resend: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for side in ("sender", "receiver"):
        monkeypatch.setattr(f"piped.flows.elsewhere.{side}.MOST_AHEAD", 30)
    wires = opened(resend=resend)
    wires.source.push("held", "b")
    wires.deliver_all()
    held, wires.hand.batches = wires.hand.batches, []
    for number in range(0, 100, 5):
        if wires.source.is_flowing:
            wires.source.push(*range(number, number + 5))
        wires.deliver_all()
        wires.hand.settle_all()
        wires.deliver_all()
    assert wires.source.is_paused == resend, "who sends again keeps in reach of the oldest"
    wires.hand.batches = held
    wires.hand.settle()
    wires.deliver_all()
    assert wires.source.is_flowing
    wires.hand.settle_all()
    wires.deliver_all()
    assert wires.source.confirmed == wires.hand.items


class Sides(Machine):
    """Messages take as long as they like, and either side may be lost."""

    @initialize(pausing=st.booleans(), resend=st.booleans())
    def join(self, pausing: bool, resend: bool) -> None:
        self.begin(pausing=pausing)
        self.wires = Wires(self.source, self.hand, ROOM, resend=resend)
        self.wires.deliver_all()

    @precondition(lambda self: self.wires.there)
    @rule()
    def deliver_there(self) -> None:
        self.wires.deliver_there()

    @precondition(lambda self: self.wires.back)
    @rule()
    def deliver_back(self) -> None:
        self.wires.deliver_back()

    @rule()
    def lose(self) -> None:
        self.wires.there.clear()
        self.wires.back.clear()
        self.wires.sender.give_up(Broken())
        self.wires.arriving.detach()
        self.wires.receiver.end(failed(Broken()))

    @invariant()
    def what_waits_is_bounded(self) -> None:
        assert self.wires.receiver.waiting <= ROOM

    def step(self) -> bool:
        self.wires.deliver_all()
        return bool(self.hand.pauses or self.hand.batches)

    def check(self) -> None:
        assert self.hand.reason is not None, "the end reaches the drain"
        assert self.wires.sender.is_done
        assert len(set(self.hand.items)) == len(self.hand.items), "nothing is delivered twice"


Sides.TestCase.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)
TestSides = Sides.TestCase
