"""A failure remembers how it began and what happened last."""

from __future__ import annotations

import asyncio
import sys
import traceback
from collections.abc import Callable
from itertools import pairwise
from typing import Any, ClassVar
from weakref import WeakSet

import pytest

from piped.processing.forgetting import ENTRIES, MOST, forget_most
from piped.processing.plan import Plan, Step
from piped.processing.run import Running
from tests.processing.engines import ENGINES, end_of
from tests.processing.random_plans import Frozen

TURNS = 100_000


class Burst(Exception):
    """One of which it is known how many there are."""

    alive: ClassVar[WeakSet[Burst]] = WeakSet()
    most: ClassVar[int] = 0

    def __init__(self, turn: int) -> None:
        super().__init__(turn)
        self.alive.add(self)
        Burst.most = max(Burst.most, len(self.alive))


@pytest.fixture(autouse=True)
def none_of_others() -> None:
    Burst.alive.clear()
    Burst.most = 0


class Trying:
    """A step that fails so many times, and an error consumer that has it try again."""

    def __init__(self, turns: int, fail: Callable[[int], None]) -> None:
        self._turns = turns
        self._fail = fail
        self.turn = 0

    def attempt(self, baton: Any) -> Any:
        self.turn += 1
        if self.turn < self._turns:
            self._fail(self.turn)
        return baton

    async def attempt_later(self, baton: Any) -> Any:
        return self.attempt(baton)

    def plan(self, *, later: bool = False) -> Plan:
        process = self.attempt_later if later else self.attempt
        return Plan("trying", (Step("a", process, (), (1,)), Step("x", same, (0,))))


def same(baton: Any) -> Any:
    return baton


def burst(turn: int) -> None:
    raise Burst(turn)


def burst_of_what_was(turn: int) -> None:
    raise Burst(turn) from sys.exception()


def burst_of_another(turn: int) -> None:
    try:
        burst(-turn)
    except Burst as error:
        raise Burst(turn) from error


WAYS = {"with a context": burst, "with a cause": burst_of_what_was, "with both": burst_of_another}


async def end_of_run(run: Callable[[Any], Running]) -> list[Any]:
    # Where there is a loop, a long run gives it its turn.
    return await end_of(run("baton"))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("way", WAYS)
def test_a_step_may_be_tried_again_for_ever(engine: str, way: str) -> None:
    turns = TURNS if way == "with a context" else 2_000
    run = ENGINES[engine](Trying(turns, WAYS[way]).plan())
    assert asyncio.run(end_of_run(run)) == ["baton"]
    assert Burst.most < 10 * MOST


@pytest.mark.parametrize("engine", ENGINES)
def test_so_may_one_that_waits(engine: str) -> None:
    run = ENGINES[engine](Trying(5_000, burst).plan(later=True))
    assert asyncio.run(end_of_run(run)) == ["baton"]
    assert Burst.most < 10 * MOST


@pytest.mark.parametrize("engine", ENGINES)
def test_the_traceback_of_one_that_is_raised_again_and_again_stays_short(engine: str) -> None:
    always, lengths = ValueError("always"), set()

    def fail(turn: int) -> None:
        lengths.add(len([*traceback.walk_tb(always.__traceback__)]))
        raise always

    run = ENGINES[engine](Trying(1_000, fail).plan())
    assert asyncio.run(end_of_run(run)) == ["baton"]
    assert max(lengths) < ENTRIES + 10


@pytest.mark.parametrize("engine", ENGINES)
def test_the_first_and_the_latest_can_be_read(engine: str) -> None:
    trying = Trying(2_000, burst)

    def give_up(baton: Any) -> tuple[int, ...]:
        return (1,) if trying.turn < 1_000 else ()

    first, *others = trying.plan().steps
    steps = (Step(first.name, first.process, (), (1,), choose_on_error=give_up), *others)
    with pytest.raises(Burst) as caught:
        asyncio.run(end_of_run(ENGINES[engine](Plan("trying", steps))))
    told = "".join(traceback.format_exception(caught.value))
    first_one, *latest = [each for each in range(1, 1_001) if f"Burst: {each}\n" in told]
    assert first_one == 1
    assert latest == [*range(1_001 - len(latest), 1_001)]
    assert MOST <= len(latest) <= 2 * MOST
    assert "in step 'a' of pipeline 'trying'" in told


def chain(size: int, *, cause: bool = False) -> list[ValueError]:
    """Exceptions, the latest first, each of which has come of the next one."""
    found = [ValueError(at) for at in range(size)]
    for later, earlier in pairwise(found):
        later.__context__ = earlier
        later.__cause__ = earlier if cause else None
    return found


def contexts(failure: BaseException | None) -> list[Any]:
    found = []
    while failure is not None:
        found.append(failure.args[0])
        failure = failure.__context__
    return found


@pytest.mark.parametrize("cause", [False, True])
def test_those_between_are_forgotten(cause: bool) -> None:
    latest = chain(2 * MOST + 1, cause=cause)[0]
    forget_most(latest)
    assert contexts(latest) == [*range(MOST - 1), 2 * MOST]


def test_few_are_all_remembered() -> None:
    latest = chain(2 * MOST)[0]
    forget_most(latest)
    assert contexts(latest) == [*range(2 * MOST)]


def test_a_circle_is_no_reason_to_go_round_for_ever() -> None:
    failures = chain(2 * MOST + 1, cause=True)
    failures[-1].__cause__ = failures[0]
    forget_most(failures[0])


def test_an_exception_that_forbids_it_forgets_too() -> None:
    first, latest = Frozen("first"), chain(2 * MOST + 1)[0]
    BaseException.__setattr__(first, "__context__", latest)
    forget_most(first)
    assert len(contexts(first)) == MOST
