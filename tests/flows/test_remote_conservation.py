"""Whatever happens to the wire and to the other process, nothing is lost and nothing made up."""

from __future__ import annotations

from hypothesis import settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from piped.flows import CONFIRMED, END, Reason
from piped.flows.receipt import refused
from piped.flows.remote_receiver import Receiver
from piped.flows.remote_sender import Sender
from piped.flows.remote_types import Types

from .parts import Hand, Source
from .remote_wires import Sides


class Full(Exception):
    """What the drain of the tests refuses items with."""


class Conservation(RuleBasedStateMachine):
    """A source here, a drain there; a wire that is cut at any byte, a process that is killed."""

    @initialize(
        resend=st.booleans(), pausing=st.booleans(), ends=st.booleans(), room=st.integers(2, 10)
    )
    def join(self, resend: bool, pausing: bool, ends: bool, room: int) -> None:
        self.resend, self.room, self.pausing, self.ends = resend, room, pausing, ends
        self.source, self.sender = Source(), Sender(Types({}), resend=resend, window=12)
        self.stored: list[int] = []  # on the disk of the other side: it outlives processes
        self.hands: list[Hand] = []  # of all processes that ran there
        self.refused: set[int] = set()
        self.pushed = self.kills = 0
        self.stopped = False
        self.hand = Hand()
        self.sides = Sides(self.sender, self._receiver())
        self.source.flow_to(self.sender)
        self.sides.connect()
        self.sides.carry_all()

    def _receiver(self) -> Receiver:
        receiver = Receiver(Types({}), room=self.room)
        self.hand = Hand()
        self.hands.append(self.hand)
        self.hand.takes_a_pause = self.pausing
        receiver.flow_to(self.hand)
        return receiver

    @precondition(lambda self: self.source.is_flowing)
    @rule(number=st.integers(1, 8))
    def push(self, number: int) -> None:
        items = range(self.pushed, self.pushed + number)
        self.pushed += number
        self.source.push(*items)

    @precondition(lambda self: not self.sides.is_connected)
    @rule()
    def connect(self) -> None:
        self.sides.connect()

    @precondition(lambda self: self.sides.is_connected)
    @rule(way=st.integers(0, 1), size=st.integers(1, 600))
    def carry(self, way: int, size: int) -> None:
        self.sides.carry(way, size)

    @precondition(lambda self: self.sides.is_connected)
    @rule()
    def carry_all(self) -> None:
        self.sides.carry_all()

    @rule()
    def turn(self) -> None:
        self.sides.turn()

    @precondition(lambda self: self.sides.is_connected)
    @rule()
    def cut(self) -> None:
        self.sides.cut()

    @precondition(lambda self: self.hand.items)
    @rule()
    def kill_the_receiver(self) -> None:
        self.kills += 1
        self.sides.replace_receiver(self._receiver())

    @precondition(lambda self: not self.hand.pauses)
    @rule()
    def pause(self) -> None:
        self.hand.pause()

    @precondition(lambda self: self.hand.pauses)
    @rule()
    def resume(self) -> None:
        self.hand.resume()

    @precondition(lambda self: self.hand.batches)
    @rule(is_stored=st.booleans())
    def settle(self, is_stored: bool) -> None:
        items = self.hand.batches[0].items
        if is_stored:
            self.stored += items
            self.hand.settle(CONFIRMED)
        else:
            self.refused |= set(items)
            self.hand.settle(refused(Full("no room")))

    @precondition(lambda self: self.ends and self.pushed > 20)
    @rule()
    def end(self) -> None:
        self.source.end(END)

    @precondition(lambda self: self.ends and self.pushed > 20)
    @rule()
    def stop(self) -> None:
        self.stopped = True
        self.sender.stop(Reason("it was enough"))

    @invariant()
    def nothing_is_confirmed_that_was_not_stored(self) -> None:
        if hasattr(self, "source"):
            assert set(self.source.confirmed) <= set(self.stored)

    @invariant()
    def nothing_is_answered_twice(self) -> None:
        if hasattr(self, "source"):
            assert all(len(each) <= 1 for each in self.source.answers.values())

    @invariant()
    def what_waits_is_bounded(self) -> None:
        if hasattr(self, "source"):
            assert self.sides.receiver.waiting <= self.room
            assert self.sender.waiting <= 12 + 8  # a batch that is on its way goes beyond

    def teardown(self) -> None:
        if not hasattr(self, "source"):
            return
        self.source.end(END)
        self.hand.takes_a_pause = self.pausing = False
        for _ in range(1000):
            if self.sender.is_done:
                break
            if not self.sides.is_connected:
                self.sides.connect()
            self.sides.carry_all()
            while self.hand.pauses:
                self.hand.resume()
            while self.hand.batches:
                self.settle(is_stored=True)
        assert self.sender.is_done, "the end reaches the other side"
        answers = self.source.answers
        assert len(answers) == self.pushed
        assert all(len(each) == 1 for each in answers.values()), "everyone is answered"
        if self.resend and not self.stopped:
            refused = set(answers) - set(self.source.confirmed)
            assert refused <= self.refused, "who refuses is the drain"
        given = [item for hand in self.hands for item in hand.items]
        if not (self.kills and self.resend):
            assert len(set(given)) == len(given), "nothing is given twice to one process"
        for hand in self.hands:
            assert sorted(set(hand.items)) == hand.items, "they come once, and in their order"


Conservation.TestCase.settings = settings(max_examples=200, stateful_step_count=60, deadline=None)
TestConservation = Conservation.TestCase
