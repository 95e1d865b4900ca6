"""Whatever happens to the wire and to the other process, nothing is lost and nothing made up."""

from __future__ import annotations

from hypothesis import settings, strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from piped.flows import Reason
from piped.flows.elsewhere.receiver import Receiver
from piped.flows.elsewhere.sender import Sender
from piped.flows.elsewhere.types import Types
from tests.flows.parts import Hand

from .wires import Sides, Wired


class Conservation(Wired):
    """A source here, a drain there; a process that is killed. What it has stored outlives it."""

    @initialize(
        resend=st.booleans(), pausing=st.booleans(), ends=st.booleans(), room=st.integers(2, 10)
    )
    def join(self, resend: bool, pausing: bool, ends: bool, room: int) -> None:
        self.begin(pausing=pausing)
        self.resend, self.room, self.ends = resend, room, ends
        self.sender = Sender(Types({}), resend=resend, window=12)
        self.hands: list[Hand] = []  # of all processes that ran there
        self.kills = 0
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

    def may_end(self) -> bool:
        return self.ends and self.pushed > 20

    def stop_for(self, reason: Reason) -> None:
        self.sender.stop(reason)

    @precondition(lambda self: self.hand.items)
    @rule()
    def kill_the_receiver(self) -> None:
        self.kills += 1
        self.sides.replace_receiver(self._receiver())

    @invariant()
    def nothing_is_confirmed_that_was_not_stored(self) -> None:
        assert set(self.source.confirmed) <= set(self.stored)

    @invariant()
    def what_waits_is_bounded(self) -> None:
        assert self.sides.receiver.waiting <= self.room
        assert self.sender.waiting <= 12 + 8  # a batch that is on its way goes beyond

    def check(self) -> None:
        if self.resend and not self.has_stopped:
            refused = set(self.source.answers) - set(self.source.confirmed)
            assert refused <= self.refused, "who refuses is the drain"
        given = [item for hand in self.hands for item in hand.items]
        if not (self.kills and self.resend):
            assert len(set(given)) == len(given), "nothing is given twice to one process"
        for hand in self.hands:
            assert sorted(set(hand.items)) == hand.items, "they come once, and in their order"


Conservation.TestCase.settings = settings(max_examples=200, stateful_step_count=60, deadline=None)
TestConservation = Conservation.TestCase
