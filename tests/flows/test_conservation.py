"""Whatever happens, every item is delivered, refused to its source, or dropped as declared."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from hypothesis import settings, strategies as st
from hypothesis.stateful import initialize, rule

from piped.flows import (
    Reason,
    Tube,
    batch,
    buffer,
    expire,
    independent,
    only,
    parallel,
    rate,
    roll_up,
    sample,
    series,
    split,
    tube,
    unbatch,
    window,
)
from piped.flows.codec import Pickled
from piped.flows.remote_receiver import Receiver
from piped.flows.remote_sender import Sender
from piped.flows.series import Joined

from .machines import Broken, Machine
from .parts import Time, joined

# An item is what it is made of, and the way that it has come.
Item = tuple[tuple[int, ...], str]


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


def together(items: list[Item]) -> Item:
    """Makes one item of a list of them."""
    numbers = sorted({number for item in items for number in item[0]})
    return tuple(numbers), "[" + "+".join(item[1] for item in items) + "]"


class Shown:
    """Makes one item of each window, which may have the same items as the one before."""

    def __init__(self) -> None:
        self._number = 0

    def received(self, items: list[Item]) -> Iterator[Item]:
        self._number += 1
        numbers, way = together(items)
        yield numbers, f"{way}w{self._number}"


def elsewhere() -> Joined:
    """From one side to the other, without delay."""
    receiver = Receiver(Pickled(), room=5, ends="together")
    arriving = receiver.admit("a sender", 0)
    sender = Sender(Pickled())
    sender.into = receiver
    receiver.attach(arriving, sender.hear, lambda function: function(), 0)
    sender.attach(partial(receiver.hear, arriving), 0)
    return Joined(sender, receiver)


def marked(number: int) -> Any:
    """A tube that tells the branches of a fan-out apart."""
    return lambda item: (item[0], f"{item[1]}{number}")


def branches(parts: list[Any]) -> Any:
    return parallel(*[series(marked(number), part) for number, part in enumerate(parts)])


def chosen(parts: list[Any]) -> Any:
    by_number = dict(enumerate(parts[1:]))
    return split(lambda item: item[0][0] % 5, by_number, otherwise=parts[0])


LEAVES = [
    mapped,
    doubled,
    failing,
    half_failing,
    only(odd),
    tube(Pair),
    buffer(3),
    buffer(4, overflow="drop-oldest"),
    buffer(4, overflow="drop-newest"),
    buffer(4, overflow="refuse"),
    buffer(size=5, weigh=lambda item: len(item[0])),
    expire(3, items=4),
    expire(3, since=lambda item: 1_000_000 + item[0][0] // 2, items=4),
    rate(3, per=2),
    sample(one_in=2),
    sample(every=2),
    series(batch(3), unbatch()),
    series(batch(3, within=2), together),
    series(window(4, 2), tube(Shown)),
    series(window(within=4, step=2, items=10), tube(Shown)),
    series(
        roll_up(2, lambda so_far, item: together([so_far, item]), key=lambda item: item[0][0] % 2),
        lambda pair: pair[1],
    ),
    series(roll_up(3, lambda so_far, item: [*so_far, item], start=list, items=5), together),
    Tube(elsewhere, "elsewhere"),
]
PARTS = st.recursive(
    st.sampled_from(LEAVES),
    lambda parts: st.one_of(
        st.builds(lambda some: series(*some), st.lists(parts, min_size=1, max_size=3)),
        st.builds(branches, st.lists(parts, min_size=1, max_size=3)),
        st.builds(chosen, st.lists(parts, min_size=1, max_size=3)),
        st.builds(lambda part: independent(part, items=3), parts),
    ),
    max_leaves=6,
)


class Conservation(Machine):
    """A series of any parts, of which source and drain do what they like."""

    @initialize(parts=st.lists(PARTS, max_size=4), pausing=st.booleans())
    def join(self, parts: list[Any], pausing: bool) -> None:
        self.begin(pausing=pausing)
        self.time = Time()
        joined(self.source, *parts, self.hand, time=self.time)

    def item(self, number: int) -> Item:
        return (number + 1,), ""

    def numbers(self, item: Item) -> tuple[int, ...]:
        return item[0]

    @rule(seconds=st.integers(1, 5))
    def pass_time(self, seconds: int) -> None:
        self.time.advance(seconds)

    @rule()
    def stop_the_source(self) -> None:
        self.source.stop(Reason("the source is stopped"))

    def step(self) -> bool:
        if not self.hand.batches and not self.time.waiting:
            return False
        self.time.advance(10)
        return True

    def check(self) -> None:
        assert self.hand.reason is not None, "the end reaches the drain"
        confirmed = {item[0][0] for item in self.source.confirmed}
        assert not confirmed & self.refused, "the worst answer wins"
        assert len(set(self.hand.items)) == len(self.hand.items), "nothing is delivered twice"


Conservation.TestCase.settings = settings(max_examples=300, stateful_step_count=30, deadline=None)
TestConservation = Conservation.TestCase
