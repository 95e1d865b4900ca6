"""A machine that has a source and a drain do what they like, and sees who is answered."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from piped.flows import END, Reason
from piped.flows.receipt import refused

from .parts import Hand, Source

__all__ = ["Broken", "Machine"]


class Broken(Exception):
    """What the tests refuse items with."""


class Machine(RuleBasedStateMachine):
    """Derive from it: `begin`, and join source and hand; `step` and `check` at the end."""

    source: Source
    hand: Hand

    def begin(self, *, pausing: bool) -> None:
        self.source, self.hand = Source(), self.hand_made()
        self.pausing = self.hand.takes_a_pause = pausing
        self.pushed = 0
        self.stored: list[Any] = []
        self.refused: set[int] = set()
        self.has_stopped = False

    # What differs.

    def hand_made(self) -> Hand:
        return Hand()

    def item(self, number: int) -> Any:
        return number

    def numbers(self, item: Any) -> Iterable[int]:
        """Of which items it was made."""
        return [item]

    def may_end(self) -> bool:
        return True

    def stop_for(self, reason: Reason) -> None:
        self.hand.stop(reason)

    def step(self) -> bool:
        """Go on at the end. Gives whether there may be more to do."""
        raise NotImplementedError

    def check(self) -> None:
        """What else holds when all is over."""

    # What happens.

    @precondition(lambda self: self.source.is_flowing)
    @rule(number=st.integers(1, 8))
    def push(self, number: int) -> None:
        items = [self.item(self.pushed + each) for each in range(number)]
        self.pushed += number
        self.source.push(*items)

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
            self.refused |= {number for item in items for number in self.numbers(item)}
            self.hand.settle(refused(Broken()))

    @precondition(lambda self: self.may_end())
    @rule()
    def end(self) -> None:
        self.source.end(END)

    @precondition(lambda self: self.may_end())
    @rule()
    def stop(self) -> None:
        self.has_stopped = True
        self.stop_for(Reason("it was enough"))

    @invariant()
    def nothing_is_answered_twice(self) -> None:
        assert all(len(each) <= 1 for each in self.source.answers.values())

    def teardown(self) -> None:
        if not hasattr(self, "source"):
            return
        self.source.end(END)
        self.pausing = self.hand.takes_a_pause = False
        self._empty_the_hand()
        turns = 0
        while self.step():
            self._empty_the_hand()
            turns += 1
            assert turns < 1000, "all comes to its end"
        assert len(self.source.answers) == self.pushed
        assert all(len(each) == 1 for each in self.source.answers.values()), "everyone is answered"
        self.check()

    def _empty_the_hand(self) -> None:
        while self.hand.pauses:
            self.hand.resume()
        while self.hand.batches:
            self.settle(is_stored=True)
