"""A stage in another process: what goes there comes back, or whoever sent it hears why not."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from piped.flows import END, Reason, tube
from piped.flows.receipt import refused
from piped.flows.remote_client import Results
from piped.flows.remote_receiver import Receiver
from piped.flows.remote_sender import Sender
from piped.flows.remote_types import Types

from .parts import Hand, Source
from .remote_wires import Sides


class Broken(Exception):
    """What the stage and the drain of the tests fail with."""


@tube
def worked_on(number: int) -> Iterator[int]:
    """Nothing, one or two for one; or a failure after one."""
    for _ in range(number % 4):
        if number % 7 == 3:
            raise Broken
        yield number


class Through(RuleBasedStateMachine):
    """Both ways over one wire, cut at any byte; a process there that is killed, or stopped."""

    @initialize(pausing=st.booleans(), ends=st.booleans(), room=st.integers(2, 10))
    def join(self, pausing: bool, ends: bool, room: int) -> None:
        self.room, self.ends = room, ends
        self.source, self.hand = Source(), Hand()
        self.hand.takes_a_pause = pausing
        self.sender = Sender(Types({}), window=12)
        self.results = Results(Types({}), self.sender, room=room)
        self.pushed = self.kills = 0
        self.refused: set[int] = set()
        self.stored: list[int] = []
        self.has_stopped = False
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
            self.hand.settle()
        else:
            self.refused |= set(items)
            self.hand.settle(refused(Broken()))

    @precondition(lambda self: self.ends and self.pushed > 20)
    @rule()
    def end(self) -> None:
        self.source.end(END)

    @precondition(lambda self: self.ends and self.pushed > 20)
    @rule()
    def stop_the_drain(self) -> None:
        self.has_stopped = True
        self.hand.stop(Reason("it was enough"))

    @invariant()
    def who_is_confirmed_has_all_results_stored(self) -> None:
        if hasattr(self, "source"):
            for item in self.source.confirmed:
                assert self.stored.count(item) >= item % 4

    @invariant()
    def nothing_is_answered_twice(self) -> None:
        if hasattr(self, "source"):
            assert all(len(each) <= 1 for each in self.source.answers.values())

    def teardown(self) -> None:
        if not hasattr(self, "source"):
            return
        self.source.end(END)
        self.hand.takes_a_pause = False
        for _ in range(1000):
            if self.sender.is_done and self.results.is_over:
                break
            if not self.sides.is_connected:
                self.sides.connect()
            self.sides.carry_all()
            while self.hand.pauses:
                self.hand.resume()
            while self.hand.batches:
                self.settle(is_stored=True)
        assert self.sender.is_done, "all is answered, and the end was heard there"
        assert self.results.is_over, "the end has come back"
        assert self.hand.reason is not None
        answers = self.source.answers
        assert len(answers) == self.pushed
        assert all(len(each) == 1 for each in answers.values()), "everyone is answered"
        if not self.has_stopped:
            failed = set(answers) - set(self.source.confirmed)
            broken = {item for item in answers if item % 7 == 3 and item % 4}
            assert broken <= failed <= broken | self.refused
            if not self.kills:
                wanted = [each for each in answers for _ in range(each % 4) if each not in broken]
                assert self.hand.items == wanted, "each result comes once, and in order"


Through.TestCase.settings = settings(max_examples=150, stateful_step_count=60, deadline=None)
TestThrough = Through.TestCase
