"""Making the calls of a walk: at once, or waiting."""

from __future__ import annotations

import asyncio
import gc
import sys
from asyncio import CancelledError
from collections.abc import Callable, Sequence
from typing import Any
from unittest.mock import Mock

import pytest
from hypothesis import given, settings, strategies
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from piped.problems import Place
from piped.processing.plan import Call, Plan, Step
from piped.processing.run import run, start


def burst(baton: Any) -> Any:
    raise RuntimeError("burst")


async def later(baton: Any) -> Any:
    await asyncio.sleep(0)
    return baton


async def ready(baton: int) -> int:
    return baton + 1


def handled(baton: Any) -> Any:
    return sys.exception()


def test_plain_steps_give_results_at_once() -> None:
    steps = (Step("a", lambda baton: baton + 1, (1,)), Step("b", lambda baton: baton * 2))
    assert start(Plan("letters", steps), 1) == [4]


def test_plain_steps_make_no_coroutine_task_or_deferred(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = (Step("a", burst, (), (1,)), Step("b", lambda baton: baton))
    made = Mock()
    monkeypatch.setattr(Deferred, "__init__", made)
    monkeypatch.setattr("piped.processing.run._go_on", made)
    assert start(Plan("letters", steps), 1) == [1]
    made.assert_not_called()


def test_a_baton_that_answers_to_any_name_is_not_waited_for() -> None:
    baton = Mock()
    assert start(Plan("letters", (Step("a", lambda each: each),)), baton) == [baton]


async def test_a_step_that_waits_makes_the_run_wait() -> None:
    steps = (Step("a", later, (1,)), Step("b", lambda baton: baton + 1))
    running = start(Plan("letters", steps), 1)
    assert not isinstance(running, list)
    assert await running == [2]


async def test_a_deferred_is_waited_for() -> None:
    waiting: Deferred[int] = Deferred()
    running = asyncio.ensure_future(run(Plan("letters", (Step("a", lambda _: waiting),)), 1))
    await asyncio.sleep(0)
    waiting.callback(7)
    assert await running == [7]


@pytest.mark.parametrize("pause", [lambda baton: baton, later])
async def test_the_failure_can_be_found_in_all_that_handles_it(
    pause: Callable[[Any], Any],
) -> None:
    steps = (
        Step("a", burst, (), (1,)),
        Step("x", pause, (2, 3)),
        Step("y", pause, (3,)),
        Step("z", handled),
    )
    first, second = await run(Plan("letters", steps), None)
    assert isinstance(first, RuntimeError)
    assert second is first
    assert sys.exception() is None


@pytest.mark.parametrize("pause", [lambda baton: baton, later])
async def test_what_does_not_come_of_a_failure_does_not_find_it(
    pause: Callable[[Any], Any],
) -> None:
    steps = (
        Step("a", pause, (1, 3)),
        Step("b", burst, (), (2,)),
        Step("x", pause),
        Step("c", handled),
    )
    assert await run(Plan("letters", steps), 1) == [1, None]


async def test_a_coroutine_finds_the_failure_before_and_after_it_waits() -> None:
    async def both(baton: Any) -> Any:
        before = sys.exc_info()[1]
        await asyncio.sleep(0)
        failure = Failure()
        return before, sys.exc_info()[1], failure.value

    steps = (Step("a", burst, (), (1,)), Step("x", both))
    [found] = await run(Plan("letters", steps), None)
    assert len(set(found)) == 1
    assert isinstance(found[0], RuntimeError)


@pytest.mark.parametrize("pause", [lambda baton: baton, later])
async def test_handling_a_failure_does_not_lengthen_its_traceback(
    pause: Callable[[Any], Any],
) -> None:
    def length(baton: Any) -> int:
        failure = sys.exception()
        assert failure is not None
        depth, traceback = 0, failure.__traceback__
        while traceback:
            depth, traceback = depth + 1, traceback.tb_next
        return depth

    steps = (
        Step("a", burst, (), (1, 2, 3)),
        Step("x", length),
        Step("y", pause),
        Step("z", length),
    )
    first, _, last = await run(Plan("letters", steps), None)
    assert first == last


@pytest.mark.parametrize("pause", [lambda baton: baton, later])
async def test_a_failure_that_nobody_takes_says_where_it_was(pause: Callable[[Any], Any]) -> None:
    steps = (Step("a", pause, (1,)), Step("b", burst, place=Place("app.yaml", 12, 5)))
    with pytest.raises(RuntimeError) as caught:
        await run(Plan("letters", steps), None)
    assert caught.value.__notes__ == ["in step 'b' of pipeline 'letters' (app.yaml:12)"]


def test_a_failure_that_is_raised_again_does_not_grow() -> None:
    same = RuntimeError("the same")

    def again(baton: Any) -> None:
        raise same

    plan = Plan("letters", (Step("a", again),))
    for _ in range(2):
        with pytest.raises(RuntimeError):
            start(plan, None)
    assert len(same.__notes__) == 1


def test_a_failure_in_an_error_consumer_has_the_first_one_as_its_context() -> None:
    def worse(baton: Any) -> None:
        raise LookupError("worse")

    with pytest.raises(LookupError) as caught:
        start(Plan("letters", (Step("a", burst, (), (1,)), Step("x", worse))), None)
    assert isinstance(caught.value.__context__, RuntimeError)


def test_a_failure_object_that_is_returned_is_raised() -> None:
    failure = Failure(RuntimeError("burst"))
    steps = (Step("a", lambda _: failure, (), (1,)), Step("x", handled))
    assert start(Plan("letters", steps), None) == [failure.value]


@pytest.mark.parametrize("stop", [CancelledError, KeyboardInterrupt])
def test_cancellation_is_not_a_failure(stop: type[BaseException]) -> None:
    def stopped(baton: Any) -> None:
        raise stop

    def never(baton: Any) -> None:
        pytest.fail("an error consumer heard of it")

    with pytest.raises(stop):
        start(Plan("letters", (Step("a", stopped, (), (1,)), Step("x", never))), None)


async def test_a_run_that_waits_can_be_cancelled() -> None:
    cancelled: list[str] = []

    async def endless(baton: Any) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.append(baton)

    plan = Plan(
        "letters", (Step("a", endless, (), (1,)), Step("x", lambda _: pytest.fail("not due")))
    )
    running = asyncio.ensure_future(run(plan, "baton"))
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(CancelledError):
        await running
    assert cancelled == ["baton"]


def test_a_choice_that_fails_is_a_failure_of_its_step() -> None:
    def choose(output: Any) -> tuple[int, ...]:
        raise LookupError(output)

    deciding = Step("decide", lambda baton: baton, error_consumers=(1,), choose=choose)
    results = start(Plan("letters", (deciding, Step("x", handled))), "nowhere")
    assert str(results) == "[LookupError('nowhere')]"


def test_a_long_loop_needs_no_deep_stack() -> None:
    def again(output: int) -> tuple[int, ...]:
        return (0,) if output < 20_000 else ()

    plan = Plan("letters", (Step("count", lambda baton: baton + 1, choose=again),))
    assert start(plan, 0) == [20_000]


async def test_a_long_loop_of_steps_that_wait_needs_no_deep_stack() -> None:
    def again(output: int) -> tuple[int, ...]:
        return (0,) if output < 2_000 else ()

    async def count(baton: int) -> int:
        return baton + 1

    assert await run(Plan("letters", (Step("count", count, choose=again),)), 0) == [2_000]


@pytest.mark.parametrize("process", [lambda baton: baton + 1, ready], ids=["plain", "waiting"])
async def test_a_long_loop_gives_others_their_turn(
    process: Callable[[int], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def again(output: int) -> tuple[int, ...]:
        return (0,) if output < 100 else ()

    heard: list[str] = []
    monkeypatch.setattr("piped.processing.patience.PATIENCE", -1)
    asyncio.get_running_loop().call_soon(heard.append, "another")
    assert await run(Plan("letters", (Step("count", process, choose=again),)), 0) == [100]
    assert heard == ["another"]


def test_a_watcher_hears_of_each_call_and_of_its_end() -> None:
    heard = []

    class Watcher:
        def called(self, call: Call) -> None:
            heard.append(f"{call.step.name}?")

        def returned(self, call: Call, output: Any, consumers: Sequence[int]) -> None:
            heard.append(f"{call.step.name} -> {output}, for {consumers}")

        def raised(self, call: Call, failure: Exception) -> None:
            heard.append(f"{call.step.name}! {failure}")

    steps = (Step("a", lambda baton: baton + 1, (1,)), Step("b", burst))
    with pytest.raises(RuntimeError):
        start(Plan("letters", steps), 0, Watcher())
    assert heard == ["a?", "a -> 1, for (1,)", "b?", "b! burst"]


@strategies.composite
def plans(draw: strategies.DrawFn) -> tuple[list[tuple[list[int], list[int], bool, bool]], int]:
    """Steps that hand only to later ones: whom to, on failure whom to, fails?, waits?"""
    size = draw(strategies.integers(1, 6))
    later_ones = [strategies.integers(at + 1, max(size - 1, at + 1)) for at in range(size)]

    def some(at: int) -> list[int]:
        found = draw(strategies.lists(later_ones[at], max_size=2))
        return [each for each in found if each < size]

    steps = [
        (some(at), some(at), draw(strategies.booleans()), draw(strategies.booleans()))
        for at in range(size)
    ]
    return steps, size


@settings(max_examples=150, deadline=None)
@given(plans())
def test_waiting_changes_nothing_but_time(
    made: tuple[list[tuple[list[int], list[int], bool, bool]], int],
) -> None:
    """The same steps, some of them waiting, visit the same steps and give the same results."""
    steps, _ = made

    def plan(visited: list[Any], *, waiting: bool) -> Plan:
        def step(at: int) -> Step:
            to, errors, fails, waits = steps[at]

            def process(baton: Any) -> Any:
                visited.append((at, baton, str(sys.exception())))
                if fails:
                    raise RuntimeError(f"{at}")
                return f"{baton}{at}"

            async def process_later(baton: Any) -> Any:
                await asyncio.sleep(0)
                return process(baton)

            function = process_later if waits and waiting else process
            return Step(f"s{at}", function, tuple(to), tuple(errors))

        return Plan("random", tuple(map(step, range(len(steps)))))

    def end(*, waiting: bool) -> tuple[Any, list[Any]]:
        visited: list[Any] = []
        try:
            result: Any = asyncio.run(run(plan(visited, waiting=waiting), "."))
        except RuntimeError as failure:
            result = (str(failure), failure.__notes__)
        return result, visited

    assert end(waiting=True) == end(waiting=False)


def test_nothing_is_left_behind() -> None:
    class Baton:
        pass

    steps = (Step("a", burst, (), (1,)), Step("x", lambda _: None))
    start(Plan("letters", steps), Baton())
    gc.collect()
    assert not [each for each in gc.get_objects() if isinstance(each, Baton)]
