"""Whatever happens, every item is delivered, refused to its source, or dropped as declared.

And nowhere waits more than was declared there, and what was on its way.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from hypothesis import settings, strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    rule,
)

from piped.flows import (
    Batch,
    Reason,
    Stage,
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
from piped.flows.buffer import Buffer
from piped.flows.codec import Pickled
from piped.flows.elsewhere.receiver import Receiver
from piped.flows.elsewhere.sender import Sender
from piped.flows.flow import below, parts_of
from piped.flows.lists import Lists
from piped.flows.roll_up import Folding
from piped.flows.sample import Newest
from piped.flows.series import Joined
from piped.flows.window import OfItems, OfTime

from .machines import Broken, Machine
from .parts import Hand, Time, joined

# An item is what it is made of, and the way that it has come.
Item = tuple[tuple[int, ...], str]

CREDIT = 5
WINDOW = 20  # items that wait for their answers
LARGEST = 2  # items that one becomes


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


class Odd:
    """Holds for some. Of the others nothing is left to do, and these it knows."""

    def __init__(self) -> None:
        self.left_out: set[int] = set()

    def __call__(self, item: Item) -> bool:
        if item[0][0] % 2 == 1:
            return True
        self.left_out |= set(item[0])
        return False


odd = Odd()


class Pair:
    """Makes one item of two, and at the end one of what is left."""

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

    def stopped(self, reason: Reason) -> Iterator[Item]:
        if self._first is not None:
            yield self._first[0], f"({self._first[1]})"


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


class Fragile(Stage):
    """Breaks by itself at some batches."""

    def receive(self, batch: Batch) -> None:
        if any(item[0][0] % 7 == 0 for item in batch.items):
            raise Broken
        self.emit(batch)


class Breaking(Hand):
    """A drain that may break, before or after it has kept what it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.breaks: str | None = None
        self.broken_at: set[int] = set()

    def take(self, batch: Batch) -> None:
        if self.breaks is None:
            super().take(batch)
            return
        if self.breaks == "late":
            super().take(batch)
        self.broken_at |= {number for item in batch.items for number in item[0]}
        raise Broken


class Seen:
    """How large the batches were that a part was given."""

    def __init__(self, part: Any) -> None:
        self.largest = 0
        self._receive = part.receive
        part.receive = self

    def __call__(self, batch: Batch) -> None:
        self.largest = max(self.largest, len(batch))
        self._receive(batch)


# How many items a part may keep, beside what was on its way when it held its fount back.
KEEPS: dict[type, Any] = {
    Buffer: lambda part: part.bounds.items or part.bounds.size,
    Lists: lambda part: part._size,
    OfItems: lambda part: part._size,
    OfTime: lambda part: part._items,
    Folding: lambda part: part._items,
    Newest: lambda _: 1,
    Receiver: lambda _: CREDIT,
    Sender: lambda _: WINDOW,
}


def elsewhere() -> Joined:
    """From one side to the other, without delay."""
    receiver = Receiver(Pickled(), room=CREDIT, ends="together")
    arriving = receiver.admit("a sender", 0)
    sender = Sender(Pickled(), window=WINDOW)
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
        roll_up(
            2,
            lambda so_far, item: together([so_far, item]),
            key=lambda item: item[0][0] % 2,
            items=8,
        ),
        lambda pair: pair[1],
    ),
    series(roll_up(3, lambda so_far, item: [*so_far, item], start=list, items=5), together),
    Tube(elsewhere, "elsewhere"),
    Tube(Fragile, "fragile"),
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

    hand: Breaking

    @initialize(parts=st.lists(PARTS, max_size=4), pausing=st.booleans())
    def join(self, parts: list[Any], pausing: bool) -> None:
        self.begin(pausing=pausing)
        self.time = Time()
        odd.left_out.clear()
        joined(self.source, *parts, self.hand, time=self.time)
        self.parts = list(parts_of(self.source))
        self.seen = {each: Seen(each) for each in self.parts if hasattr(each, "receive")}

    def hand_made(self) -> Hand:
        return Breaking()

    def item(self, number: int) -> Item:
        return (number + 1,), ""

    def numbers(self, item: Item) -> tuple[int, ...]:
        return item[0]

    @rule()
    def flood(self) -> None:
        """Push what there is room for, if that has an end."""
        for _ in range(20):
            if self.source.is_flowing:
                self.push(6)

    @rule(seconds=st.integers(1, 5))
    def pass_time(self, seconds: int) -> None:
        self.time.advance(seconds)

    @rule()
    def stop_the_source(self) -> None:
        self.source.stop(Reason("the source is stopped"))

    @rule(when=st.sampled_from(["early", "late"]), seldom=st.integers(0, 4))
    def break_the_drain(self, when: str, seldom: int) -> None:
        if not seldom:
            self.hand.breaks = when

    @invariant()
    def no_more_waits_than_was_declared(self) -> None:
        for part in getattr(self, "parts", ()):
            if hasattr(part, "waiting"):
                assert part.waiting <= self.declared(part) + LARGEST * self.on_its_way(part), part

    def declared(self, part: Any) -> int:
        """How many items it may keep."""
        return sum(of(part) for kind, of in KEEPS.items() if isinstance(part, kind))

    def on_its_way(self, part: Any) -> int:
        """The largest batches that it was given."""
        before = [each for each in self.parts if part in below(each)]
        return sum(self.seen[each].largest for each in (part, *before) if each in self.seen)

    def step(self) -> bool:
        if not self.hand.batches and not self.time.waiting:
            return False
        self.time.advance(10)
        return True

    def check(self) -> None:
        assert self.hand.reason is not None, "the end reaches the drain"
        confirmed = {item[0][0] for item in self.source.confirmed}
        assert not confirmed & (self.refused | self.hand.broken_at), "the worst answer wins"
        stored = {number for item in self.stored for number in item[0]}
        assert confirmed <= stored | odd.left_out, "what is confirmed was delivered"
        assert len(set(self.hand.items)) == len(self.hand.items), "nothing is delivered twice"


Conservation.TestCase.settings = settings(max_examples=300, stateful_step_count=30, deadline=None)
TestConservation = Conservation.TestCase
