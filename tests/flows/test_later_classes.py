"""Tubes that are classes of which some methods are asynchronous."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from piped.flows import END, Collector, Flow, Items, Reason, tube
from piped.testing import ManualClock

from .parts import Hand, Source


class Broken(Exception):
    """What tubes of these tests raise."""


class Framed:
    """Everything is asynchronous."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    async def started(self) -> AsyncIterator[str]:
        self.calls.append("started")
        await asyncio.sleep(0)
        yield "begin"

    async def received(self, item: str) -> AsyncIterator[str]:
        await asyncio.sleep(0)
        yield f"<{item}"
        yield f"{item}>"

    async def stopped(self, reason: Reason) -> AsyncIterator[str]:
        self.calls.append(f"stopped: {reason}")
        await asyncio.sleep(0)
        yield "end"


class Pairs:
    """Makes one item of two, and at the end one of what is left."""

    def __init__(self) -> None:
        self.held: list[Any] = []

    @property
    def holding(self) -> bool:
        return bool(self.held)

    async def received(self, item: Any) -> list[Any]:
        await asyncio.sleep(0)
        self.held.append(item)
        if len(self.held) < 2:
            return []
        pair, self.held = tuple(self.held), []
        return [pair]

    def stopped(self, reason: Reason) -> Iterator[Any]:
        if self.held:
            yield tuple(self.held)
            yield "rest"


async def turn() -> None:
    for _ in range(5):
        await ManualClock().settle()


async def joined(factory: Any) -> tuple[Source, Any, Hand]:
    source, stage, hand = Source(), tube(factory).make(), Hand()
    source.flow_to(stage).flow_to(hand)
    await turn()
    return source, stage.tube, hand


def bad(source: Source) -> list[Any]:
    return [item for item, some in source.answers.items() if [each.badness for each in some] == [2]]


async def test_it_yields_before_all_of_each_item_and_after_all() -> None:
    collector = Collector()
    await Flow(Items("ab"), Framed, collector).run()
    assert collector.items == ["begin", "<a", "a>", "<b", "b>", "end"]


async def test_one_method_at_a_time_is_called() -> None:
    class Exclusive:
        busy = False

        async def work(self, *_: Any) -> list[int]:
            assert not self.busy
            self.busy = True
            await asyncio.sleep(0)
            self.busy = False
            return [1]

        started = received = stopped = work

    collector = Collector()
    await Flow(Items("abc"), Exclusive, collector).run()
    assert collector.items == [1] * 5


@pytest.mark.parametrize("method", ["started", "received", "stopped"])
async def test_one_asynchronous_method_is_enough(method: str) -> None:
    class Mixed:
        def started(self) -> list[str]:
            return ["begin"]

        def received(self, item: str) -> Iterator[str]:
            yield item

        def stopped(self, reason: Reason) -> list[str]:
            return ["end"]

    async def later(self: Any, *_: Any) -> list[str]:
        await asyncio.sleep(0)
        return [method]

    collector = Collector()
    await Flow(Items("a"), type("Later", (Mixed,), {method: later}), collector).run()
    plain = {"started": "begin", "received": "a", "stopped": "end"}
    assert collector.items == [method if each == method else text for each, text in plain.items()]


async def test_any_asynchronous_iterable_will_do() -> None:
    class Numbers:
        def __init__(self) -> None:
            self.left = 2

        def __aiter__(self) -> Numbers:
            return self

        async def __anext__(self) -> int:
            if not self.left:
                raise StopAsyncIteration
            self.left -= 1
            return self.left

    class Giving:
        def received(self, item: Any) -> Numbers:
            return Numbers()

        async def stopped(self, reason: Reason) -> None:
            return None

    source, _, hand = await joined(Giving)
    source.push("a")
    await turn()
    assert hand.items == [1, 0]


async def test_an_item_that_is_held_is_answered_with_what_stands_for_it() -> None:
    source, _, hand = await joined(Pairs)
    source.push(1, 2, 3)
    await turn()
    assert (hand.items, source.confirmed) == ([(1, 2)], [])
    hand.settle()
    assert source.confirmed == [1, 2]
    source.end(END)
    await turn()
    assert hand.items == [(1, 2), (3,), "rest"]
    assert source.confirmed == [1, 2]
    hand.settle_all()
    assert source.confirmed == [1, 2, 3]


async def test_it_is_started_also_when_there_is_no_item_and_when_it_is_held_back() -> None:
    source, stage, hand = Source(), tube(Framed).make(), Hand()
    source.flow_to(stage)
    source.end(END)
    await turn()
    stage.flow_to(hand)
    await turn()
    assert hand.items == ["begin", "end"]
    assert hand.reason is END


async def test_stopped_it_refuses_what_it_holds_and_is_stopped_once() -> None:
    source, framed, hand = await joined(Framed)
    hand.stop(Reason("enough"))
    await turn()
    assert framed.calls == ["started", "stopped: enough"]
    assert str(hand.reason) == "enough"

    source, _, hand = await joined(Pairs)
    source.push(1)
    await turn()
    hand.stop()
    await turn()
    assert bad(source) == [1]


async def test_stopped_while_it_works_it_cancels_that_and_is_stopped_after_it() -> None:
    class Slow:
        calls: list[str] = []  # noqa: RUF012 - the test looks at it

        async def received(self, item: Any) -> AsyncIterator[Any]:
            try:
                await asyncio.get_running_loop().create_future()
                yield item
            finally:
                self.calls.append("closed")

        async def stopped(self, reason: Reason) -> None:
            self.calls.append("stopped")

    source, slow, hand = await joined(Slow)
    source.push(1)
    await turn()
    hand.stop()
    await turn()
    assert (slow.calls, bad(source)) == (["closed", "stopped"], [1])
    assert hand.reason is not None


async def test_stopped_while_it_yields_the_last_it_ends() -> None:
    class Endless:
        def __init__(self) -> None:
            self.holding = True

        async def received(self, item: Any) -> None:
            del item

        async def stopped(self, reason: Reason) -> None:
            await asyncio.get_running_loop().create_future()

    source, _, hand = await joined(Endless)
    source.push(1)
    await turn()
    source.end(END)
    await turn()
    assert hand.reason is None
    hand.stop()
    await turn()
    assert bad(source) == [1]
    assert hand.reason is not None


@pytest.mark.parametrize("failure", [Broken(), asyncio.CancelledError()])
@pytest.mark.parametrize("at", ["started", "stopped"])
async def test_if_the_first_or_the_last_fails_the_flow_ends_with_that_failure(
    at: str, failure: BaseException
) -> None:
    class Failing(Pairs):
        async def started(self) -> None:
            if at == "started":
                raise failure

        async def stopped(self, reason: Reason) -> None:  # type: ignore[override]
            if at == "stopped":
                raise failure

    source, _, hand = await joined(Failing)
    if source.is_flowing:
        source.push(1)
    await turn()
    source.end(END)
    await turn()
    assert hand.reason is not None
    assert isinstance(hand.reason.failure, Exception)
    assert bad(source) == list(source.answers)


async def test_an_item_that_fails_is_refused_and_the_flow_goes_on() -> None:
    class Picky(Pairs):
        async def received(self, item: Any) -> list[Any]:
            if item == "bad":
                raise Broken
            return await super().received(item)

    source, _, hand = await joined(Picky)
    source.push(1, "bad", 2)
    await turn()
    hand.settle()
    assert (source.confirmed, bad(source)) == ([1, 2], ["bad"])


async def test_while_it_is_held_back_it_waits_at_its_next_yield() -> None:
    class Many:
        made = 0

        async def received(self, item: Any) -> list[int]:
            return [1, 2, 3]

        async def stopped(self, reason: Reason) -> AsyncIterator[int]:
            for self.made in range(1, 50):
                yield self.made

    source, many, hand = await joined(Many)
    hand.pause()
    source.end(END)
    await turn()
    assert many.made == 1
    hand.resume()
    await turn()
    assert hand.items == list(range(1, 50))
