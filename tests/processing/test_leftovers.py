"""What runs leave behind: nothing that only a collector would find, however they end."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from twisted.internet.defer import Deferred

from piped.interop import drive
from piped.processing.plan import Plan, Step
from tests.processing.engines import ENGINES, end_of


@pytest.fixture
def uncollected() -> Iterator[Callable[[], int]]:
    """How many more objects there are, while nobody collects circles."""
    gc.collect()
    gc.disable()
    yield gc.collect
    gc.enable()


def same(baton: Any) -> Any:
    return baton


async def ready(baton: Any) -> Any:
    return baton


async def later(baton: Any) -> Any:
    await asyncio.sleep(0)
    return baton


def burst(baton: Any) -> Any:
    raise ValueError("burst")


async def burst_later(baton: Any) -> Any:
    await asyncio.sleep(0)
    raise ValueError("burst")


def again(baton: Any) -> Any:
    # A variable that holds it would be a circle of our own.
    raise sys.exception() or KeyError


def other(baton: Any) -> Any:
    raise LookupError("other")


def stop(baton: Any) -> Any:
    raise StopIteration


def nobody(baton: Any) -> tuple[int, ...]:
    raise LookupError("nobody")


#   what happens: who is there
STEPS: dict[str, tuple[Step, ...]] = {
    "taken": (Step("a", same, (2,), (1,)), Step("x", same), Step("b", burst)),
    "raised again": (Step("a", same, (2,), (1,)), Step("x", again), Step("b", burst)),
    "replaced": (Step("a", same, (2,), (1,)), Step("x", other), Step("b", burst)),
    "not taken": (Step("a", same, (1,)), Step("b", burst)),
    "taken within another": (
        Step("a", burst, (), (1,)),
        Step("x", other, (), (2,)),
        Step("y", same),
    ),
    "taken by nobody that is chosen": (
        Step("a", burst, (), (1,), choose_on_error=lambda _: ()),
        Step("x", same),
    ),
    "replaced by the choice": (Step("a", burst, (), (1,), choose_on_error=nobody), Step("x", same)),
    "that of a choice": (Step("a", same, (1,), (1,), choose=nobody), Step("x", same)),
    "a stop": (Step("a", stop),),
    "taken by what waits": (
        Step("a", ready, (3,), (1,)),
        Step("x", later, (2,)),
        Step("y", ready),
        Step("b", burst),
    ),
    "raised again by what waited": (
        Step("a", ready, (3,), (1,)),
        Step("x", later, (2,)),
        Step("y", again),
        Step("b", burst_later),
    ),
    "replaced by what waited": (
        Step("a", later, (3,), (1,)),
        Step("x", ready, (2,)),
        Step("y", other),
        Step("b", burst),
    ),
    "not taken, of what waited": (Step("a", later, (1,)), Step("b", burst_later)),
}

RUNS = 500


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("case", STEPS)
async def test_failures_leave_nothing_behind(
    case: str, engine: str, uncollected: Callable[[], int]
) -> None:
    run = ENGINES[engine](Plan("letters", STEPS[case]))

    async def a_few(runs: int) -> int:
        for _ in range(runs):
            with suppress(Exception):
                await end_of(run({}))
        return uncollected()

    await a_few(2)  # what is made for the first run is no garbage of the others
    assert await a_few(RUNS) == 0


async def cancel(running: Any) -> None:
    task = drive(running)
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()


async def give_up(running: Any) -> None:
    running.close()


async def give_up_midway(running: Any) -> None:
    running.send(None)
    running.close()


async def forget(running: Any) -> None:
    running.send(None)


ENDS = {
    "cancelled": cancel,
    "given up": give_up,
    "given up midway": give_up_midway,
    "forgotten": forget,
}


# Python complains of a coroutine that nobody ever awaited, and rightly.
COROUTINES = [(end, later) for end in ENDS if end != "given up"]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("end", "process"), [*((end, lambda _: Deferred()) for end in ENDS), *COROUTINES]
)
async def test_nor_do_runs_that_do_not_come_to_an_end(
    end: str, engine: str, process: Callable[[Any], Any], uncollected: Callable[[], int]
) -> None:
    steps = (Step("a", burst, (), (1,)), Step("x", process, (), (0,)))
    run = ENGINES[engine](Plan("letters", steps))

    async def a_few(runs: int) -> int:
        for _ in range(runs):
            await ENDS[end](run({}))
        return uncollected()

    await a_few(2)
    assert await a_few(RUNS) == 0


@pytest.mark.parametrize("engine", ENGINES)
async def test_nor_does_a_baton_stay(engine: str, uncollected: Callable[[], int]) -> None:
    class Baton:
        pass

    for case, steps in STEPS.items():
        with suppress(Exception):
            await end_of(ENGINES[engine](Plan(case, steps))(Baton()))
    assert not [each for each in gc.get_objects() if isinstance(each, Baton)]
