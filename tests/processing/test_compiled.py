"""A compiled plan does what the walk does, and does it straight."""

from __future__ import annotations

import asyncio
import sys
import traceback
from asyncio import CancelledError
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any
from unittest.mock import Mock, patch

import pytest
from hypothesis import given, settings, strategies
from twisted.internet.defer import Deferred

from piped.interop import drive
from piped.processing.compiled import compiled
from piped.processing.plan import Plan, Step
from piped.processing.run import start
from tests.processing.engines import Engine, end_of, walked
from tests.processing.random_plans import Seen, StepPlan, described, plan_of, step_plans


async def all_of(engine: Engine, steps: list[StepPlan], sources: tuple[int, ...]) -> Any:
    """All that can be seen of a run."""
    seen = Seen()
    try:
        end: Any = await end_of(engine(plan_of(steps, sources, seen))("."))
    except BaseException as failure:  # noqa: BLE001 - it is what is compared
        end = described(failure)
    assert sys.exception() is None
    return end, seen.calls


#   where the engine changes from one way to another, brought near; mostly they are far
LIMITS = strategies.fixed_dictionaries(
    {
        name: strategies.sampled_from([far] * 5 + near)
        for name, (far, *near) in {
            "generate.LONGEST": (200, 1, 3, 6),
            "generate.DEEPEST": (12, 3, 4, 5),
            "generate.BLOCKS": (14, 2, 3, 4),
            "blocks.LONGEST": (32, 1, 3),
            "forgetting.MOST": (16, 2, 3),
        }.items()
    }
)
IMPATIENT = {
    "generate.TURNS": 2,
    "generate.PATIENCE": -1,
    "rest.TURNS": 2,
    "run.TURNS": 2,
    "patience.PATIENCE": -1,
}


@settings(max_examples=500, deadline=None)
@given(
    step_plans(),
    strategies.lists(strategies.integers(0, 5), max_size=2),
    LIMITS,
    strategies.sampled_from([{}, IMPATIENT]),
)
def test_it_does_what_the_walk_does(
    steps: list[StepPlan], sources: list[int], limits: dict[str, int], patience: dict[str, int]
) -> None:
    entries = tuple(each % len(steps) for each in sources) or (0,)

    async def ends() -> tuple[Any, Any]:
        return await all_of(walked, steps, entries), await all_of(compiled, steps, entries)

    with ExitStack() as patches:
        for name, value in (limits | patience).items():
            patches.enter_context(patch(f"piped.processing.{name}", value))
        wanted, found = asyncio.run(ends())
    assert found == wanted


def chain(*functions: Callable[[Any], Any]) -> Plan:
    size = len(functions)
    return Plan(
        "chain",
        tuple(
            Step(f"s{at}", function, (at + 1,) if at + 1 < size else ())
            for at, function in enumerate(functions)
        ),
    )


def add(baton: int) -> int:
    return baton + 1


def same(baton: Any) -> Any:
    return baton


async def later(baton: Any) -> Any:
    await asyncio.sleep(0)
    return baton


def burst(baton: Any) -> Any:
    raise ValueError("burst")


def counting_to(turns: int, process: Callable[[Any], Any] = add) -> Plan:
    """Two steps, over and over."""

    def again(baton: int) -> tuple[int, ...]:
        return (0,) if baton < turns else ()

    return Plan("loop", (Step("a", process, (1,)), Step("b", same, (0,), choose=again)))


def test_there_is_one_frame_between_the_caller_and_a_step() -> None:
    def frames(baton: Any) -> list[str]:
        found = [each.name for each in traceback.extract_stack(limit=4)]
        return found[found.index("test_there_is_one_frame_between_the_caller_and_a_step") :]

    assert compiled(chain(same, frames))(1) == [
        ["test_there_is_one_frame_between_the_caller_and_a_step", "run", "frames"]
    ]


def test_plain_steps_make_no_coroutine_task_or_deferred(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = (Step("a", burst, (), (1, 2)), Step("x", same), Step("y", add))
    made = Mock()
    monkeypatch.setattr(Deferred, "__init__", made)
    monkeypatch.setattr("piped.processing.compiled.finish", made)
    monkeypatch.setattr("piped.processing.compiled._Later.__call__", made)
    assert compiled(Plan("letters", steps))(1) == [1, 2]
    made.assert_not_called()


def test_the_text_of_a_step_names_it_in_tracebacks() -> None:
    with pytest.raises(ValueError, match="burst") as caught:
        compiled(chain(same, burst))(1)
    assert "out = p1(v0)  # 's1'" in "".join(traceback.format_exception(caught.value))


def test_so_does_that_of_a_loop_which_has_a_text_of_its_own() -> None:
    def again(baton: int) -> tuple[int, ...]:
        return (1,) if baton < 5 else (2,)

    steps = (Step("a", same, (1,)), Step("b", add, (1, 2), choose=again), Step("c", burst))
    run = compiled(Plan("loop", steps))
    with pytest.raises(ValueError, match="burst") as caught:
        run(0)
    assert "  # 'c'" in "".join(traceback.format_exception(caught.value))
    with pytest.raises(ValueError, match="burst") as caught:
        run(5)
    assert "  # 'c'" in "".join(traceback.format_exception(caught.value))


def test_a_baton_that_answers_to_any_name_is_not_waited_for() -> None:
    baton = Mock()
    assert compiled(chain(same, same))(baton) == [baton]


def test_a_plan_without_sources_gives_nothing() -> None:
    assert compiled(Plan("empty", (), ()))(1) == []


def test_loops_within_loops_do_not_nest() -> None:
    def inner(baton: int) -> tuple[int, ...]:
        return (2,) if baton % 3 else (3,)

    def outer(baton: int) -> tuple[int, ...]:
        return (1,) if baton % 7 else (2,) if baton < 20_000 else ()

    steps = (
        Step("first", same, (1,)),
        Step("outer", add, (2,)),
        Step("inner", add, (2, 3), choose=inner),
        Step("end", same, (1, 2), choose=outer),
    )
    assert compiled(Plan("loops", steps))(0) == start(Plan("loops", steps), 0)


def test_the_failure_of_a_long_chain_says_where_it_was() -> None:
    functions = [add] * 10_000 + [burst]
    with pytest.raises(ValueError, match="burst") as caught:
        compiled(chain(*functions))(0)
    assert caught.value.__notes__ == ["in step 's10000' of pipeline 'chain'"]


async def test_a_long_chain_may_wait_anywhere() -> None:
    functions: list[Callable[[Any], Any]] = [add] * 300
    functions[50] = functions[250] = later
    running = compiled(chain(*functions))(0)
    assert not isinstance(running, list)
    assert await running == [298]


def test_many_branches_that_join_make_no_long_text() -> None:
    # Written out, these would be 2 ** 20 ways.
    steps = [Step(f"s{at}", same, (at + 1, at + 1)) for at in range(20)]
    choices = [
        Step(f"c{at}", same, (at + 1, at + 2), choose=lambda _, at=at: (at + 1,))  # type: ignore[misc]  # mypy does not see the default
        for at in range(20, 60)
    ]
    plan = Plan(
        "ways",
        (
            *steps[:3],
            *(Step(f"x{at}", same, (at + 1,)) for at in range(3, 20)),
            *choices,
            Step("end", same),
            Step("end", same),
        ),
    )
    assert compiled(plan)(1) == [1] * 8


async def test_a_long_loop_gives_others_their_turn() -> None:
    heard: list[str] = []
    asyncio.get_running_loop().call_soon(heard.append, "another")
    running = compiled(counting_to(100_000))(0)
    assert not isinstance(running, list)
    assert await running == [100_000]
    assert heard == ["another"]


async def test_so_does_one_of_coroutines_that_never_wait() -> None:
    async def ready(baton: int) -> int:
        return baton + 1

    heard: list[str] = []
    asyncio.get_running_loop().call_soon(heard.append, "another")
    running = compiled(counting_to(20_000, ready))(0)
    assert not isinstance(running, list)
    assert await running == [20_000]
    assert heard == ["another"]


async def test_a_loop_can_be_cancelled() -> None:
    running = compiled(counting_to(10**9))(0)
    assert not isinstance(running, list)
    task = drive(running)
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(CancelledError):
        await task


@pytest.mark.parametrize("where", ["straight", "after a failure"])
async def test_cancellation_reaches_what_is_waited_for_and_is_no_failure(where: str) -> None:
    ended: list[str] = []

    async def endless(baton: Any) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(baton)

    never = Mock()
    first = Step("a", burst, (), (1,)) if where == "after a failure" else Step("a", same, (1,))
    running = compiled(Plan("letters", (first, Step("b", endless, (), (2,)), Step("x", never))))(
        "baton"
    )
    assert not isinstance(running, list)
    task = drive(running)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(CancelledError):
        await task
    assert ended == ["baton"]
    never.assert_not_called()


@pytest.mark.parametrize("stop", [CancelledError, KeyboardInterrupt])
def test_what_is_no_failure_ends_a_run(stop: type[BaseException]) -> None:
    def stopped(baton: Any) -> None:
        raise stop

    never = Mock()
    with pytest.raises(stop):
        compiled(Plan("letters", (Step("a", stopped, (), (1,)), Step("x", never))))(1)
    never.assert_not_called()
