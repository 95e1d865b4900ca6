"""Whatever happens, every item is delivered, refused to its source, or dropped as declared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypothesis import settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from piped.flows import END, Reason, only, parallel, series, tube
from piped.flows.receipt import refused

from .parts import Hand, Source

# An item is what it is made of, and the way that it has come.
Item = tuple[tuple[int, ...], str]


class Broken(Exception):
    """What the tests' functions raise."""


def mapped(item: Item) -> Item:
    return item[0], item[1] + "m"


def doubled(item: Item) -> Iterator[Item]:
    yield item[0], item[1] + "a"
    yield item[0], item[1] + "b"


def failing(item: Item) -> Item:
    if item[0][0] % 3 == 0:
        raise Broken
    return item


def half_failing(item: Item) -> Iterator[Item]:
    yield item[0], item[1] + "h"
    if item[0][0] % 4 == 0:
        raise Broken


def odd(item: Item) -> bool:
    return item[0][0] % 2 == 1


class Pair:
    """Makes one item of two."""

    def __init__(self) -> None:
        self.holding = False
        self._first: Item | None = None

    def received(self, item: Item) -> Iterator[Item]:
        if self._first is None:
            self._first = item
        else:
            yield self._first[0] + item[0], f"({self._first[1]}+{item[1]})"
            self._first = None
        self.holding = self._first is not None


def marked(number: int) -> Any:
    """A tube that tells the branches of a fan-out apart."""
    return lambda item: (item[0], f"{item[1]}{number}")


def branches(parts: list[Any]) -> Any:
    return parallel(*[series(marked(number), part) for number, part in enumerate(parts)])


LEAVES = [mapped, doubled, failing, half_failing, only(odd), tube(Pair)]
PARTS = st.recursive(
    st.sampled_from(LEAVES),
    lambda parts: st.one_of(
        st.builds(lambda some: series(*some), st.lists(parts, min_size=1, max_size=3)),
        st.builds(branches, st.lists(parts, min_size=1, max_size=3)),
    ),
    max_leaves=6,
)


class Conservation(RuleBasedStateMachine):
    """A series of any parts, of which source and drain do what they like."""

    @initialize(parts=st.lists(PARTS, max_size=4), pausing=st.booleans())
    def join(self, parts: list[Any], pausing: bool) -> None:
        self.source, self.hand = Source(), Hand()
        self.hand.takes_a_pause = pausing
        self.pushed = 0
        self.refused: set[int] = set()
        self.settled: list[Item] = []
        part: Any = self.source
        for each in parts:
            part = part.flow_to(each.make() if hasattr(each, "make") else tube(each).make())
        part.flow_to(self.hand)

    @precondition(lambda self: self.source.is_flowing)
    @rule(number=st.integers(1, 6))
    def push(self, number: int) -> None:
        items = [((self.pushed + each,), "") for each in range(1, number + 1)]
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
    @rule(confirmed=st.booleans())
    def settle(self, confirmed: bool) -> None:
        batch = self.hand.batches[0]
        if confirmed:
            self.settled += batch.items
            self.hand.settle()
        else:
            self.refused |= {number for item in batch.items for number in item[0]}
            self.hand.settle(refused(Broken()))

    @rule()
    def end(self) -> None:
        self.source.end(END)

    @rule()
    def stop_the_source(self) -> None:
        self.source.stop(Reason("the source is stopped"))

    @rule()
    def stop_the_drain(self) -> None:
        self.hand.stop(Reason("the drain is stopped"))

    @invariant()
    def nothing_is_answered_twice(self) -> None:
        if hasattr(self, "source"):
            assert all(len(each) <= 1 for each in self.source.answers.values())

    def teardown(self) -> None:
        if not hasattr(self, "source"):
            return
        self.source.end(END)
        self.hand.takes_a_pause = False
        while self.hand.pauses:
            self.hand.resume()
        while self.hand.batches:
            self.settle(confirmed=True)
        assert self.hand.reason is not None, "the end reaches the drain"
        answers = self.source.answers
        assert len(answers) == self.pushed
        assert all(len(each) == 1 for each in answers.values()), "everyone is answered"
        confirmed = {item[0][0] for item in self.source.confirmed}
        assert not confirmed & self.refused, "the worst answer wins"
        assert len(set(self.hand.items)) == len(self.hand.items), "nothing is delivered twice"


Conservation.TestCase.settings = settings(max_examples=300, stateful_step_count=30, deadline=None)
TestConservation = Conservation.TestCase
