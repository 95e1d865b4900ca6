"""A stage in another process: what goes there comes back, or whoever sent it hears why not."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import settings, strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from piped.flows import tube
from piped.flows.elsewhere.client import Results
from piped.flows.elsewhere.receiver import Receiver
from piped.flows.elsewhere.sender import Sender
from piped.flows.elsewhere.types import Types
from tests.flows.machines import Broken

from .wires import Sides, Wired


@tube
def worked_on(number: int) -> Iterator[int]:
    """Nothing, one or two for one; or a failure after one."""
    for _ in range(number % 4):
        if number % 7 == 3:
            raise Broken
        yield number


class Through(Wired):
    """Both ways over one wire; a process there that is killed, or stopped."""

    @initialize(pausing=st.booleans(), ends=st.booleans(), room=st.integers(2, 10))
    def join(self, pausing: bool, ends: bool, room: int) -> None:
        self.begin(pausing=pausing)
        self.room, self.ends = room, ends
        self.sender = Sender(Types({}), window=12)
        self.results = Results(Types({}), self.sender, room=room)
        self.kills = 0
        self.sides = Sides(self.sender, Receiver(Types({})), self.results)
        self._begin_there()
        self.results.flow_to(self.hand)
        self.source.flow_to(self.sender)
        self.sides.connect()
        self.sides.carry_all()

    def _begin_there(self) -> None:
        receiver = Receiver(Types({}), room=self.room, ends="together")
        back = Sender(Types({}), window=12)
        receiver.flow_to(worked_on.make()).flow_to(back)
        self.sides.replace_receiver(receiver)
        self.sides.back = back

    def may_end(self) -> bool:
        return self.ends and self.pushed > 20

    def is_done(self) -> bool:
        return self.sender.is_done and self.results.is_over

    @precondition(lambda self: self.hand.items)
    @rule()
    def kill_the_other_process(self) -> None:
        self.kills += 1
        self._begin_there()

    @precondition(lambda self: self.hand.items)
    @rule(says_all=st.booleans())
    def stop_the_other_process(self, says_all: bool) -> None:
        back = self.sides.back
        assert back is not None
        was_over = self.source.is_over, self.source.is_stopped()
        back.retire()
        self.sides.receiver.retire()
        if says_all and self.sides.is_connected:
            self.sides.carry_all()
            is_over = self.source.is_over, self.source.is_stopped()
            assert was_over == is_over, "a flow does not end with a process that it is in"
        self.kill_the_other_process()

    @invariant()
    def who_is_confirmed_has_all_results_stored(self) -> None:
        for item in self.source.confirmed:
            assert self.stored.count(item) >= item % 4

    def check(self) -> None:
        assert self.hand.reason is not None, "the end reaches the drain"
        answers = self.source.answers
        if not self.has_stopped:
            failed = set(answers) - set(self.source.confirmed)
            broken = {item for item in answers if item % 7 == 3 and item % 4}
            assert broken <= failed <= broken | self.refused
            if not self.kills:
                wanted = [each for each in answers for _ in range(each % 4) if each not in broken]
                assert self.hand.items == wanted, "each result comes once, and in order"


Through.TestCase.settings = settings(max_examples=150, stateful_step_count=60, deadline=None)
TestThrough = Through.TestCase
