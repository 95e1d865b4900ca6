"""Whatever happens on a loop, every item is answered once, and no more is inside than declared."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import Any
from unittest.mock import patch

from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from piped.flows import Answer, Feed, Flow, Reason, Receipt, drain, only, parallel, series, tube
from piped.flows.later import Later

# An item is what it is made of, and the way that it has come.
Item = tuple[tuple[int, ...], str]
Part = tuple[Any, ...]

ROOM = 6  # of the feed
BEHIND = 3  # results that wait for their turn in an asynchronous tube
LARGEST = 2  # items that one becomes


class Broken(Exception):
    """What the tests' functions raise."""


def mapped(item: Item) -> Item:
    return item[0], item[1] + "m"


def odd(item: Item) -> bool:
    return item[0][0] % 2 == 1


def key(item: Item) -> int:
    return item[0][0] % 3


class Gates:
    """What asynchronous functions wait at, until somebody opens it."""

    def __init__(self) -> None:
        self.waiting: list[asyncio.Future[None]] = []

    async def passed(self) -> None:
        gate: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting.append(gate)
        try:
            await gate
        finally:
            if gate in self.waiting:
                self.waiting.remove(gate)

    async def later(self, item: Item) -> Item:
        if item[0][0] % 5:  # some need not wait
            await self.passed()
        return item[0], item[1] + "l"

    async def twice(self, item: Item) -> AsyncIterator[Item]:
        yield item[0], item[1] + "a"
        await self.passed()
        yield item[0], item[1] + "b"


class Pairs:
    """Makes one item of two, and at the end one of what is left."""

    def __init__(self, gates: Gates) -> None:
        self.gates = gates
        self.held: list[Item] = []

    @property
    def holding(self) -> bool:
        return bool(self.held)

    async def received(self, item: Item) -> list[Item]:
        await self.gates.passed()
        self.held.append(item)
        return list(self._pair()) if len(self.held) == 2 else []

    async def stopped(self, reason: Reason) -> AsyncIterator[Item]:
        await self.gates.passed()
        if self.held:
            yield next(self._pair())

    def _pair(self) -> Iterator[Item]:
        held, self.held = self.held, []
        yield (
            tuple(number for item in held for number in item[0]),
            "".join(way for _, way in held) + "p",
        )


LEAVES: st.SearchStrategy[Part] = st.one_of(
    st.tuples(st.just("later"), st.integers(1, 4), st.booleans()),
    st.tuples(st.just("keyed"), st.integers(1, 4), st.booleans()),
    st.tuples(st.just("twice"), st.integers(1, 4), st.booleans()),
    st.sampled_from([("pairs",), ("mapped",), ("odd",)]),
)
PARTS: st.SearchStrategy[Part] = st.one_of(
    LEAVES, st.tuples(st.just("both"), st.lists(LEAVES, min_size=1, max_size=2))
)


def recipe(part: Part, gates: Gates) -> Any:
    """The recipe of a part."""
    match part:
        case ("later" | "keyed" as kind, number, ordered):
            by = key if kind == "keyed" else None
            return tube(gates.later, parallel=number, ordered=ordered, key=by)
        case ("twice", number, ordered):
            return tube(gates.twice, parallel=number, ordered=ordered)
        case ("pairs",):
            return tube(
                type("Gated", (Pairs,), {"__init__": lambda self: Pairs.__init__(self, gates)})
            )
        case ("both", parts):
            return parallel(
                *[
                    series(partial(_marked, number), recipe(each, gates))
                    for number, each in enumerate(parts)
                ]
            )
        case ("odd",):
            return only(odd)
    return mapped


def _marked(number: int, item: Item) -> Item:
    return item[0], f"{item[1]}{number}"


def keeps_order(part: Part) -> bool:
    return part[0] != "both" and (part[0] not in {"later", "keyed", "twice"} or part[2])


class Conservation(RuleBasedStateMachine):
    """A feed, a series of asynchronous parts, and a store."""

    @initialize(
        parts=st.lists(PARTS, max_size=3),
        stores=st.integers(1, 3),
        failing=st.sampled_from(["refuse", "stop"]),
    )
    def start(self, parts: list[Part], stores: int, failing: Any) -> None:
        self.patched = patch("piped.flows.later._ROOM", BEHIND)
        self.patched.start()
        self.loop = asyncio.new_event_loop()
        self.gates, self.feed = Gates(), Feed(ROOM)
        self.parts, self.stores = parts, stores
        self.answers: dict[int, list[Answer]] = {}
        self.senders: dict[int, asyncio.Task[None]] = {}
        self.given: list[Item] = []
        self.stored: list[Item] = []
        self.pauses: list[Any] = []
        self.is_over = False
        recipes = [recipe(each, self.gates) for each in parts]
        sink = drain(self.store, parallel=stores, failing=failing)
        self.flow = Flow(self.feed, *recipes, sink)
        self.run(self.flow.start)
        self.loop.set_exception_handler(self.unhandled)
        self.faults: list[Any] = []

    def unhandled(self, loop: Any, context: Any) -> None:
        self.faults.append(context)

    async def store(self, items: list[Item]) -> None:
        self.given += items
        await self.gates.passed()
        self.stored += items

    def run(self, function: Any, *args: Any, turns: int = 0) -> Any:
        """Call something on the loop, and give others so many turns."""

        async def calling() -> Any:
            found = function(*args)
            for _ in range(turns):
                await asyncio.sleep(0)
            return found

        return self.loop.run_until_complete(calling())

    @precondition(lambda self: not self.is_over)
    @rule(number=st.integers(1, 4))
    def offer(self, number: int) -> None:
        def put() -> None:
            for _ in range(number if self.feed.stopped_by is None else 0):
                name = len(self.answers) + 1
                answers: list[Answer] = []
                if self.feed.offer(((name,), ""), Receipt(answers.append)):
                    self.answers[name] = answers

        self.run(put)

    @precondition(lambda self: not self.is_over)
    @rule()
    def send(self) -> None:
        """Put one in when there is room."""
        name = len(self.answers) + 1
        answers = self.answers[name] = []

        async def sending() -> None:
            receipt = Receipt(answers.append)
            try:
                await self.feed.put(((name,), ""), receipt)
            except BaseException as failure:  # noqa: BLE001 - it was not taken in
                answers.append(Answer(3, "not taken", failure))

        self.run(lambda: self.senders.update({name: asyncio.ensure_future(sending())}), turns=1)

    @rule(turns=st.integers(1, 8))
    def turn(self, turns: int) -> None:
        self.run(lambda: None, turns=turns)

    @precondition(lambda self: self.gates.waiting)
    @rule(number=st.integers(0, 20), how=st.sampled_from(["open"] * 5 + ["fail", "cancel"]))
    def open(self, number: int, how: str) -> None:
        gate = self.gates.waiting[number % len(self.gates.waiting)]
        acts: dict[str, Callable[[], object]] = {
            "open": partial(gate.set_result, None),
            "fail": partial(gate.set_exception, Broken()),
            "cancel": gate.cancel,
        }
        act = acts[how]
        # What has just been cancelled may have gone before its turn comes.
        self.run(lambda: None if gate.done() else act(), turns=1)

    @precondition(lambda self: self.senders)
    @rule(number=st.integers(0, 20))
    def cancel_a_sender(self, number: int) -> None:
        task = list(self.senders.values())[number % len(self.senders)]
        self.run(task.cancel)

    @precondition(lambda self: len(self.pauses) < 2)
    @rule()
    def pause(self) -> None:
        [last] = self.flow.drains
        self.pauses.append(self.run(last.fount.pause))  # type: ignore[union-attr]

    @precondition(lambda self: self.pauses)
    @rule()
    def resume(self) -> None:
        self.run(self.pauses.pop().resume)

    @rule(
        how=st.sampled_from(["close", "stop", "abort", "cancel"]),
        seldom=st.integers(0, 9),
        number=st.integers(0, 20),
    )
    def end(self, how: str, seldom: int, number: int) -> None:
        if seldom:
            return
        if how == "cancel":
            senders = set(self.senders.values())
            tasks = sorted(asyncio.all_tasks(self.loop) - senders, key=lambda each: each.get_name())
            if tasks:
                self.run(tasks[number % len(tasks)].cancel)
            return
        self.is_over = True
        self.run({"close": self.feed.close, "stop": self.flow.stop, "abort": self.flow.abort}[how])

    @invariant()
    def nobody_is_answered_twice(self) -> None:
        if hasattr(self, "answers"):
            assert all(len(each) <= 1 for each in self.answers.values())
            assert not self.faults, self.faults

    @invariant()
    def no_more_is_inside_than_declared(self) -> None:
        if not hasattr(self, "flow"):
            return
        assert self.feed.waiting <= 2 * ROOM  # what waits to be let go on, and in its room
        for part in self.flow.parts:
            if isinstance(part, Later):
                behind = (part._parallel + BEHIND) * LARGEST
                keyed = 0 if part._key is None else len(part._todo)  # they have their places
                places = [each for each in part._places if each.made or not each.has_ended]
                assert len(places) - keyed <= part._parallel + BEHIND
                assert keyed <= BEHIND + self.largest_batch()
                assert part.waiting <= behind + keyed + self.largest_batch()
        assert len(self.given) - len(self.stored) <= self.largest_batch() * len(self.answers)

    def largest_batch(self) -> int:
        """What one part may hand on at a time: what was in the feed, or what has come of it."""
        return max(ROOM, (4 + BEHIND) * (BEHIND + 1)) * LARGEST

    def teardown(self) -> None:
        if not hasattr(self, "flow"):
            return
        try:
            self.finish()
        finally:
            self.patched.stop()
            self.loop.close()

    def finish(self) -> None:
        """Let everything come to its end."""
        while self.pauses:
            self.resume()
        self.run(self.feed.close, turns=5)
        for _ in range(1000):
            if all(each.is_done for each in self.flow.drains):
                break
            for gate in list(self.gates.waiting):
                if not gate.done():
                    gate.set_result(None)
            self.run(lambda: None, turns=5)
        self.run(lambda: None, turns=5)
        assert all(each.is_done for each in self.flow.drains), "the end reaches the drain"
        assert not asyncio.all_tasks(self.loop), "no task is left"
        assert all(len(each) == 1 for each in self.answers.values()), "everyone is answered"
        assert len(set(self.given)) == len(self.given), "nothing is delivered twice"
        self.check_the_answers()
        assert not self.faults, self.faults

    def check_the_answers(self) -> None:
        stored = {number for item in self.stored for number in item[0]}
        confirmed = {name for name, [answer] in self.answers.items() if answer.is_confirmed}
        lost = {number for item in self.given for number in item[0]} - stored
        assert not confirmed & lost, "what is confirmed is stored"
        needs_no_storing = any(each[0] in {"odd", "both"} for each in self.parts)
        if not needs_no_storing:
            assert confirmed <= stored
        if all(map(keeps_order, self.parts)):
            firsts = [item[0][0] for item in self.given]
            assert firsts == sorted(firsts), "order is kept where it is promised"


Conservation.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestConservationOnALoop = Conservation.TestCase
