"""Long chains and long loops: no frame within a frame, and nothing that grows with each turn."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Callable
from typing import Any

import pytest

from piped.processing.plan import Plan, Step
from tests.processing.engines import ENGINES, end_of

STEPS = 10_000
TURNS = {"compiled": 1_000_000, "walked": 50_000, "watched": 50_000}


class Gauge:
    """How deep the stack is, and how many objects there are, early on and at the end."""

    def __init__(self, first: int, last: int) -> None:
        self._when = {first, last}
        self.depths: list[int] = []
        self.objects: list[int] = []

    def look(self, turn: int) -> int:
        if turn in self._when:
            gc.collect()
            self.depths.append(_depth())
            self.objects.append(len(gc.get_objects()))
        return turn

    @property
    def growth(self) -> tuple[int, int]:
        [first, last], [few, many] = self.depths, self.objects
        return last - first, many - few


def _depth() -> int:
    depth, frame = 0, sys._getframe()
    while frame.f_back is not None:
        depth, frame = depth + 1, frame.f_back
    return depth


def add(baton: int) -> int:
    return baton + 1


async def add_later(baton: int) -> int:
    # To wait at each step would take long.
    if baton % 100 == 0:
        await asyncio.sleep(0)
    return baton + 1


def same(baton: Any) -> Any:
    return baton


def burst(baton: Any) -> Any:
    raise ValueError(baton)


KINDS: dict[str, Callable[[int], Any]] = {"plain": add, "waiting": add_later}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("process", KINDS.values(), ids=KINDS)
async def test_a_chain_does_not_nest(engine: str, process: Callable[[int], Any]) -> None:
    gauge = Gauge(100, STEPS)
    steps = [
        Step(f"s{at}", process if at % 2 else lambda baton: gauge.look(baton) + 1, (at + 1,))
        for at in range(STEPS + 1)
    ]
    results = await end_of(ENGINES[engine](Plan("chain", (*steps, Step("end", same))))(0))
    assert results == [STEPS + 1]
    # Behind what is written out, there are a few more.
    assert gauge.growth[0] < 10


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("process", KINDS.values(), ids=KINDS)
async def test_nor_does_one_of_error_consumers(engine: str, process: Callable[[int], Any]) -> None:
    """Each step has the next as its error consumer, and fails in its turn."""
    gauge = Gauge(100, STEPS)

    def fail(baton: Any) -> Any:
        gauge.look(baton[0])
        baton[0] += 1
        raise ValueError

    async def fail_later(baton: Any) -> Any:
        fail(baton)

    failing = fail_later if process is add_later else fail
    steps = [Step(f"s{at}", failing, (), (at + 1,)) for at in range(STEPS + 1)]
    results = await end_of(ENGINES[engine](Plan("chain", (*steps, Step("end", same))))([0]))
    assert results == [[STEPS + 1]]
    assert gauge.growth[0] < 10


@pytest.mark.parametrize("engine", ENGINES)
async def test_nor_does_one_in_which_each_step_has_error_consumers(engine: str) -> None:
    takers = tuple(Step(f"x{at}", same) for at in range(STEPS))
    steps = tuple(Step(f"s{at}", add, (at + 1,), (STEPS + 1 + at,)) for at in range(STEPS))
    plan = Plan("chain", (*steps, Step("end", burst), *takers))
    assert await end_of(ENGINES[engine](plan)(0)) == [STEPS - 1]


def _turning(gauge: Gauge, turns: int, process: Callable[[int], Any], kind: str) -> Plan:
    """A loop that adds one at each turn, and what else it does."""

    def again(baton: int) -> tuple[int, ...]:
        return (0,) if gauge.look(baton) < turns else ()

    if kind == "with failures":
        # The failure of b is over before c begins.
        hand = Step("hand", same, (2, 3))
        decide = Step("c", same, (0,), choose=again)
        return Plan(
            "loop",
            (
                Step("a", process, (1,)),
                hand,
                Step("b", burst, (), (4,)),
                decide,
                Step("x", lambda _: None),
            ),
        )
    first = [Step("first", same, (1,))] if kind == "in the middle" else []
    at = len(first)
    loop = (
        Step("a", process, (at + 1,)),
        Step("b", same, (at,), choose=lambda baton: tuple(each + at for each in again(baton))),
    )
    return Plan("loop", (*first, *loop))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("process", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("kind", ["plain", "in the middle", "with failures"])
async def test_a_loop_neither_nests_nor_grows(
    kind: str, engine: str, process: Callable[[int], Any]
) -> None:
    simple = kind == "plain" and process is add
    turns = TURNS[engine] if simple else TURNS[engine] // 20
    gauge = Gauge(1_000, turns)
    plan = _turning(gauge, turns, process, kind)
    results = await end_of(ENGINES[engine](plan)(0))
    assert results[-1] == turns
    depth, objects = gauge.growth
    assert depth < 10
    assert objects < 100
