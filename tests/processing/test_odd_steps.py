"""Steps that do what few do: whichever way they are run, it ends in something to read."""

from __future__ import annotations

import asyncio
import gc
import sys
from asyncio import CancelledError
from collections.abc import Callable, Generator
from typing import Any

import pytest
from twisted.internet.defer import Deferred, fail, inlineCallbacks

from piped.exceptions import PipedError
from piped.processing.plan import Plan, Step
from piped.processing.run import Running
from tests.processing.engines import ENGINES, Engine, end_of
from tests.processing.random_plans import Frozen


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    return ENGINES[request.param]


def raising(error: BaseException) -> Callable[[Any], Any]:
    def process(baton: Any) -> Any:
        raise error

    return process


def raising_later(error: BaseException) -> Callable[[Any], Any]:
    async def process(baton: Any) -> Any:
        await asyncio.sleep(0)
        raise error

    return process


WAYS = {"at once": raising, "later": raising_later}


def handled(baton: Any) -> BaseException | None:
    return sys.exception()


def taken(process: Callable[[Any], Any]) -> Plan:
    return Plan("odd", (Step("a", process, (), (1,)), Step("x", handled)))


NO_FAILURES = [
    KeyboardInterrupt(),
    SystemExit(3),
    GeneratorExit(),
    CancelledError(),
    BaseExceptionGroup("both", [ValueError(), KeyboardInterrupt()]),
]


@pytest.mark.parametrize("stop", NO_FAILURES, ids=repr)
@pytest.mark.parametrize("way", WAYS)
def test_what_is_no_failure_ends_the_run_and_is_heard_by_no_error_consumer(
    engine: Engine, stop: BaseException, way: str
) -> None:
    # By hand: an event loop has ideas of its own of some of them.
    with pytest.raises(type(stop)) as caught:
        _driven(engine(taken(WAYS[way](stop))))
    assert caught.value is stop


def _driven(run: Callable[[Any], Running]) -> None:
    running = run(None)
    assert not isinstance(running, list)
    while True:
        running.send(None)


FAILURES = [
    ExceptionGroup("both", [ValueError(), LookupError()]),
    Frozen("frozen"),
    StopIteration("stop"),
    StopAsyncIteration(),
    RecursionError(),
]


@pytest.mark.parametrize("failure", FAILURES, ids=repr)
async def test_every_exception_is_a_failure(engine: Engine, failure: Exception) -> None:
    assert await end_of(engine(taken(raising(failure)))(None)) == [failure]


@pytest.mark.parametrize("way", WAYS)
async def test_an_exception_that_forbids_to_set_attributes_says_where_it_was(
    engine: Engine, way: str
) -> None:
    again = Plan("odd", (Step("a", WAYS[way](Frozen()), (), (1,)), Step("x", raising(Frozen()))))
    with pytest.raises(Frozen) as caught:
        await end_of(engine(again)(None))
    assert caught.value.__notes__ == ["in step 'x' of pipeline 'odd'"]
    assert isinstance(caught.value.__context__, Frozen)


async def test_notes_that_are_no_list_stay_what_they_are(engine: Engine) -> None:
    failure: Any = ValueError()
    failure.__notes__ = "mine"
    with pytest.raises(ValueError):  # noqa: PT011 - it is empty
        await end_of(engine(Plan("odd", (Step("a", raising(failure)),)))(None))
    assert failure.__notes__ == "mine"


async def test_a_stop_that_nobody_takes_is_the_cause_of_another_failure(engine: Engine) -> None:
    stop = StopIteration("stop")
    run = engine(Plan("odd", (Step("a", raising(stop)),)))

    @inlineCallbacks
    def generator() -> Generator[Any, Any, str]:
        run(None)
        yield
        return "as if nothing had been"

    with pytest.raises(PipedError, match=r"a step raised StopIteration\('stop'\)") as caught:
        await generator()
    assert caught.value.__cause__ is stop
    assert stop.__notes__ == ["in step 'a' of pipeline 'odd'"]


async def test_so_is_one_behind_a_step_that_waits(engine: Engine) -> None:
    steps = (Step("a", lambda _: asyncio.sleep(0), (1,)), Step("b", raising(StopIteration())))
    with pytest.raises(PipedError, match="a step raised StopIteration"):
        await end_of(engine(Plan("odd", steps))(None))


async def test_a_deferred_may_have_failed_already(engine: Engine) -> None:
    failure = ValueError()
    assert await end_of(engine(taken(lambda _: fail(failure)))(None)) == [failure]


async def test_a_coroutine_that_was_awaited_is_a_failure(engine: Engine) -> None:
    async def once() -> None:
        pass

    coroutine = once()
    await coroutine
    [failure] = await end_of(engine(taken(lambda _: coroutine))(None))
    assert "cannot reuse already awaited coroutine" in str(failure)


async def test_so_is_one_that_another_run_awaits_which_goes_on_undisturbed(engine: Engine) -> None:
    gate: Deferred[str] = Deferred()

    async def shared() -> str:
        return await gate

    coroutine = shared()
    run = engine(taken(lambda _: coroutine))
    first = asyncio.ensure_future(end_of(run(None)))
    await asyncio.sleep(0)
    [failure] = await end_of(run(None))
    assert "awaited already" in str(failure)
    gate.callback("through")
    assert await first == ["through"]


def test_a_generator_is_a_baton(engine: Engine) -> None:
    def numbers(baton: Any) -> Generator[int, None, None]:
        yield 1
        yield 2

    steps = (Step("a", numbers, (1,)), Step("b", list))
    assert engine(Plan("odd", steps))(None) == [[1, 2]]


def test_a_pipeline_that_runs_itself_for_ever_fails(engine: Engine) -> None:
    def itself(baton: Any) -> Any:
        return run(baton)

    run = engine(Plan("odd", (Step("a", itself),)))
    with pytest.raises(RecursionError) as caught:
        run(None)
    assert caught.value.__notes__ == ["in step 'a' of pipeline 'odd'"]


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")
@pytest.mark.filterwarnings(
    # The innermost one is made, and there is no room to await it.
    "ignore:coroutine .* was never awaited:RuntimeWarning",
    "ignore::pytest.PytestUnraisableExceptionWarning",
)
async def test_so_does_one_that_waits_for_itself(engine: Engine) -> None:
    async def itself(baton: Any) -> Any:
        return await end_of(run(baton))

    run = engine(Plan("odd", (Step("a", itself),)))
    with pytest.raises(RecursionError) as caught:
        await end_of(run(None))
    assert caught.value.__notes__ == ["in step 'a' of pipeline 'odd'"]
    del caught
    gc.collect()


def test_the_failure_may_be_taken(engine: Engine) -> None:
    def itself(baton: Any) -> Any:
        return [run(baton)]

    steps = (Step("a", itself, (), (1,)), Step("x", handled))
    run = engine(Plan("odd", steps))
    found: Any = run(None)
    while isinstance(found, list):
        [found] = found
    assert isinstance(found, RecursionError)
