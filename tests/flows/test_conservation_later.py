"""Every item is answered once, also where functions are awaited, block, or wait for the disk."""

from __future__ import annotations

import asyncio
from ast import literal_eval
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings, strategies as st

from piped.flows import (
    END,
    Reason,
    batch,
    best_effort,
    buffer,
    expire,
    only,
    parallel,
    rate,
    sample,
    series,
    spill,
    threads,
    tube,
    unbatch,
)
from piped.flows.at_once import AtOnce
from piped.flows.receipt import refused
from piped.flows.tube import Tube
from piped.testing import ManualClock

from .machines import Broken
from .parts import Hand, Source, joined
from .test_conservation import Item, branches, chosen, doubled, failing, odd


async def slow(item: Item) -> Item:
    for _ in range(item[0][0] % 3):
        await asyncio.sleep(0)
    return item


async def slowly_doubled(item: Item) -> AsyncIterator[Item]:
    yield item[0], item[1] + "x"
    await slow(item)
    yield item[0], item[1] + "y"


async def slowly_failing(item: Item) -> Item:
    await slow(item)
    return failing(item)


def now_or_later(item: Item) -> Any:
    failing(item)
    return slow(item) if item[0][0] % 4 == 3 else item


def some(item: Item) -> Any:
    made = [(item[0], item[1] + mark) for mark in "xyz"[: item[0][0] % 4]]
    if not made:
        odd.left_out |= set(item[0])
    return made if item[0][0] % 3 else slow_list(made)


async def slow_list(made: list[Item]) -> list[Item]:
    await asyncio.sleep(0)
    return made


def same(item: Item) -> Item:
    return item


def key(item: Item) -> int:
    return item[0][0] % 3


class Texts:
    """Writes items down for the disk."""

    def encode(self, item: Item) -> bytes:
        return repr(item).encode()

    def decode(self, data: bytes) -> Any:
        return literal_eval(data.decode())


LEAVES = [
    tube(slow),
    tube(slow, parallel=3),
    tube(slow, parallel=3, ordered=False),
    tube(slow, parallel=3, key=key),
    tube(slowly_doubled, parallel=2, ordered=False, key=key),
    tube(slowly_doubled, parallel=2),
    tube(slowly_failing, parallel=2),
    tube(now_or_later, later=True, parallel=2),
    tube(now_or_later, later=True, ordered=False, parallel=3),
    Tube(lambda: AtOnce(some, parallel=2, many=True), "some"),
    threads(same, parallel=2),
    threads(failing, ordered=False),
    threads(doubled, key=key, parallel=2),
    doubled,
    only(odd),
    buffer(3),
    buffer(3, overflow="drop-oldest"),
    expire(2, items=3),
    rate(3, per=2),
    sample(every=2),
    series(batch(3, within=2), unbatch()),
]
PARTS = st.recursive(
    st.sampled_from(LEAVES),
    lambda parts: st.one_of(
        st.builds(lambda some: series(*some), st.lists(parts, min_size=1, max_size=3)),
        st.builds(branches, st.lists(parts, min_size=1, max_size=3)),
        st.builds(chosen, st.lists(parts, min_size=1, max_size=3)),
    ),
    max_leaves=4,
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("push"), st.integers(1, 6)),
        st.tuples(st.just("turns"), st.integers(1, 5)),
        st.tuples(st.just("time"), st.integers(1, 3)),
        st.tuples(st.sampled_from(["pause", "resume", "confirm", "refuse"]), st.just(0)),
    ),
    max_size=25,
)
LAST = st.sampled_from(["end", "stop the source", "stop the drain"])


class Run:
    """A series of any parts, of which source and drain do what they like."""

    def __init__(self, parts: list[Any]) -> None:
        self.source, self.hand, self.clock = Source(), Hand(), ManualClock()
        self.pushed = 0
        self.refused: set[int] = set()
        self.stored: set[int] = set()
        odd.left_out.clear()
        joined(self.source, *parts, self.hand, time=self.clock)

    async def step(self, word: str, number: int = 0) -> None:
        if word == "turns":
            await self.clock.settle(number)
        elif word == "time":
            await self.clock.advance(number)
        elif word == "push":
            self.push(number)
        elif word in {"confirm", "refuse"}:
            self.settle(is_stored=word == "confirm")
        else:
            self.turn(word)

    def push(self, number: int) -> None:
        if self.source.is_flowing:
            items = [((self.pushed + each,), "") for each in range(1, number + 1)]
            self.pushed += number
            self.source.push(*items)

    def settle(self, *, is_stored: bool) -> None:
        if not self.hand.batches:
            return
        numbers = {number for item in self.hand.batches[0].items for number in item[0]}
        if is_stored:
            self.stored |= numbers
            self.hand.settle()
        else:
            self.refused |= numbers
            self.hand.settle(refused(Broken()))

    def turn(self, word: str) -> None:
        hand, source = self.hand, self.source
        if word == "pause" and not hand.pauses:
            hand.pause()
        elif word == "resume" and hand.pauses:
            hand.resume()
        elif word == "end":
            source.end(END)
        elif word == "stop the source":
            source.stop(Reason(word))
        elif word == "stop the drain":
            hand.stop(Reason(word))

    async def finish(self) -> None:
        self.source.end(END)
        while self.hand.pauses:
            self.hand.resume()
        await until(self._is_over, self.clock)

    def _is_over(self) -> bool:
        while self.hand.batches:
            self.settle(is_stored=True)
        is_answered = all(self.source.answers.values())
        return self.hand.reason is not None and is_answered

    def check(self) -> None:
        answers = self.source.answers
        assert len(answers) == self.pushed
        assert all(len(each) == 1 for each in answers.values()), "everyone is answered once"
        assert len(set(self.hand.items)) == len(self.hand.items), "nothing is delivered twice"


async def until(condition: Callable[[], object], clock: ManualClock) -> None:
    """Let time pass, that of the clock and that of threads."""
    async with asyncio.timeout(20):
        while not condition():
            await clock.advance(1)
            await asyncio.sleep(0.0005)


@given(st.lists(PARTS, min_size=1, max_size=3), STEPS, LAST, STEPS)
@settings(max_examples=150, deadline=None)
def test_every_item_is_answered_once(
    parts: list[Any], steps: list[Any], last: str, later: list[Any]
) -> None:
    async def run() -> None:
        flow = Run(parts)
        for word, number in [*steps, (last, 0), *later]:
            await flow.step(word, number)
        await flow.finish()
        flow.check()
        confirmed = {item[0][0] for item in flow.source.confirmed}
        assert not confirmed & flow.refused, "the worst answer wins"
        assert confirmed <= flow.stored | odd.left_out, "what is confirmed was delivered"

    asyncio.run(run())


@given(STEPS, LAST, STEPS)
@settings(max_examples=100, deadline=None)
def test_what_spills_is_answered_once_and_what_is_confirmed_is_delivered_or_kept(
    steps: list[Any], last: str, later: list[Any]
) -> None:
    async def run(folder: Path) -> None:
        part = spill(folder, items=2, codec=Texts())
        flow = Run([part])
        await until(lambda: flow.source.drain._is_open, flow.clock)  # type: ignore[union-attr]
        for word, number in [*steps, (last, 0), *later]:
            await flow.step(word, number)
            if word == "turns":
                await until(lambda: flow.source.drain._task is None, flow.clock)  # type: ignore[union-attr]
        await flow.finish()
        await until(lambda: flow.source.drain.is_done, flow.clock)  # type: ignore[union-attr]
        flow.check()
        assert flow.hand.items == sorted(flow.hand.items), "the order is kept"
        next_time = Run([part])
        await until(lambda: next_time.source.drain._is_open, flow.clock)  # type: ignore[union-attr]
        await next_time.finish()
        await until(lambda: next_time.source.drain.is_done, flow.clock)  # type: ignore[union-attr]
        stored = {item for item in flow.hand.items if item[0][0] not in flow.refused}
        assert set(flow.source.confirmed) <= {*stored, *next_time.hand.items}
        kept = {item for item in next_time.hand.items if item in flow.hand.items}
        assert all(item[0][0] in flow.refused for item in kept), "what is done comes once"

    with TemporaryDirectory() as folder:
        asyncio.run(run(Path(folder)))


@given(STEPS, st.sampled_from(LEAVES))
@settings(max_examples=100, deadline=None)
def test_nobody_waits_for_a_best_effort(steps: list[Any], part: Any) -> None:
    async def run() -> None:
        source, hand, other, clock = Source(), Hand(), Hand(), ManualClock()
        joined(source, parallel(hand, best_effort(series(part, other))), time=clock)
        other.pause()
        pushed = 0
        for word, number in steps:
            if word == "push":
                assert source.is_flowing
                source.push(*[((pushed + each,), "") for each in range(1, number + 1)])
                pushed += number
            elif word == "turns":
                await clock.settle(number)
        hand.settle_all()
        assert len(source.confirmed) == pushed
        source.end(END)
        other.resume()
        await until(lambda: other.reason is not None, clock)

    asyncio.run(run())
