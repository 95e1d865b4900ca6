"""Pipelines of limited capacity: who begins, who waits, who is sent away."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, strategies as st

from piped.exceptions import BatonDropped, PipelineDeadlock, PipelineFull
from piped.interop import drive, settled
from piped.processing import gate as module
from piped.processing.capacity import Capacity, Overflow
from piped.processing.gate import Gate
from piped.processing.pipeline import Pipeline
from tests.processing.environment import Environment
from tests.processing.trying import pipelines_of
from tests.processing.yaml_nodes import nodes


class Runs:
    """Runs behind a gate, each of which goes on until it is told to end."""

    def __init__(self, concurrency: int, queue: int | None, overflow: Overflow = "wait") -> None:
        self.gate = Gate("it", Capacity(concurrency, queue, overflow))
        self.gate.begin = self.begin
        self.began: list[Any] = []
        self.under_way: dict[Any, asyncio.Future[list[Any]]] = {}
        self.most = 0

    def begin(self, baton: Any) -> Any:
        self.began.append(baton)
        if isinstance(baton, str):  # a plain one, which is over at once
            return [baton]
        return self._go_on(baton)

    async def _go_on(self, baton: Any) -> list[Any]:
        self.under_way[baton] = asyncio.get_running_loop().create_future()
        self.most = max(self.most, len(self.under_way))
        try:
            return await self.under_way[baton]
        finally:
            del self.under_way[baton]

    def end(self, baton: Any) -> None:
        self.under_way[baton].set_result([baton])

    def task(self, baton: Any) -> asyncio.Task[Any]:
        running = self.gate.run(baton)
        assert not isinstance(running, list)
        return drive(running)


async def turns(count: int = 8) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def test_a_plain_run_stays_plain() -> None:
    runs = Runs(1, None)
    assert runs.gate.run("plain") == ["plain"]
    assert (runs.gate.under_way, runs.gate.waiting) == (set(), {})


def test_a_plain_run_that_fails_gives_its_turn_back() -> None:
    gate = Gate("it", Capacity(1))

    def burst(baton: Any) -> Any:
        raise ValueError(baton)

    gate.begin = burst
    for _ in range(3):
        with pytest.raises(ValueError, match="1"):
            gate.run(1)
    assert gate.under_way == set()


async def test_those_who_wait_begin_in_the_order_in_which_they_came() -> None:
    runs = Runs(1, None)
    # They are awaited the other way round.
    first, second, third = (runs.gate.run(baton) for baton in (1, 2, "3"))
    tasks = [drive(each) for each in (third, second, first) if not isinstance(each, list)]
    await turns()
    assert runs.began == [1]
    runs.end(1)
    await turns()
    assert runs.began == [1, 2]
    runs.end(2)
    assert [await task for task in tasks] == [["3"], [2], [1]]
    assert runs.began == [1, 2, "3"]


async def test_nobody_overtakes_those_who_wait() -> None:
    runs = Runs(1, None)
    tasks = [runs.task(1), runs.task(2)]
    await turns()
    runs.end(1)
    await tasks[0]  # the turn is that of the second, who has not begun yet
    tasks.append(runs.task("3"))
    await turns()
    assert runs.began == [1, 2]
    runs.end(2)
    assert [await task for task in tasks] == [[1], [2], ["3"]]


async def test_whoever_is_cancelled_while_he_waits_leaves_his_place() -> None:
    runs = Runs(1, 1, "fail")
    first, second = runs.task(1), runs.task(2)
    await turns()
    with pytest.raises(PipelineFull):
        runs.gate.run(3)
    second.cancel()
    await turns()
    fourth = runs.task(4)
    runs.end(1)
    await turns()
    runs.end(4)
    assert [await first, await fourth] == [[1], [4]]
    assert runs.began == [1, 4]


async def test_whoever_is_cancelled_when_his_turn_has_just_come_gives_it_to_the_next() -> None:
    runs = Runs(1, None)
    first, second, third = (runs.gate.run(baton) for baton in (1, 2, 3))
    assert not isinstance(first, list)
    assert not isinstance(second, list)
    second.send(None)
    first.close()
    assert [turn.baton for turn in runs.gate.under_way] == [2]
    with pytest.raises(asyncio.CancelledError):
        second.throw(asyncio.CancelledError())
    task = drive(_awaited(third))
    await turns()
    assert runs.began == [1, 3]
    runs.end(3)
    assert await task == [3]
    assert runs.gate.under_way == set()


async def test_a_run_that_is_cancelled_before_it_is_awaited_gives_its_turn_back() -> None:
    runs = Runs(1, None)
    task = runs.task(1)
    task.cancel()
    await turns()
    assert (task.cancelled(), runs.gate.under_way) == (True, set())


@pytest.mark.filterwarnings("ignore:coroutine '.*' was never awaited:RuntimeWarning")
def test_what_is_thrown_away_gives_its_turn_back() -> None:
    runs = Runs(1, None)
    first, second = runs.gate.run(1), runs.gate.run(2)
    assert (len(runs.gate.under_way), len(runs.gate.waiting)) == (1, 1)
    del second
    gc.collect()
    assert (len(runs.gate.under_way), len(runs.gate.waiting)) == (1, 0)
    del first
    gc.collect()
    assert runs.gate.under_way == set()


def test_one_too_many_fails_with_what_is_full() -> None:
    runs = Runs(1, 1, "fail")
    first, second = runs.gate.run(1), runs.gate.run(2)
    with pytest.raises(PipelineFull) as caught:
        runs.gate.run(3)
    assert caught.value.msg == (
        "the pipeline 'it' is full: 1 batons are under way and 1 wait"
        " (concurrency 1, queue 1, overflow fail)"
    )
    assert (runs.gate.refused, runs.gate.dropped) == (1, 0)
    for each in (first, second):
        assert not isinstance(each, list)
        each.close()


async def test_the_newest_is_dropped_where_that_is_declared() -> None:
    runs = Runs(1, 0, "drop-newest")
    first = runs.task(1)
    with pytest.raises(BatonDropped, match="the pipeline 'it' is full"):
        runs.gate.run(2)
    await turns()
    runs.end(1)
    assert await first == [1]
    assert (runs.began, runs.gate.dropped) == ([1], 1)


async def test_the_oldest_is_dropped_where_that_is_declared() -> None:
    runs = Runs(1, 1, "drop-oldest")
    tasks = [runs.task(each) for each in (1, 2, 3)]
    await turns()
    with pytest.raises(BatonDropped):
        await tasks[1]
    runs.end(1)
    await turns()
    runs.end(3)
    assert [await tasks[0], await tasks[2]] == [[1], [3]]
    assert (runs.began, runs.gate.dropped) == ([1, 3], 1)


async def test_what_is_dropped_is_in_the_log_once_in_a_row(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, module.__name__)
    runs = Runs(1, 0, "drop-newest")
    for turn in range(2):
        first = runs.task(turn)
        for _ in range(3):
            with pytest.raises(BatonDropped):
                runs.gate.run("more")
        await turns()
        runs.end(turn)
        await first
    assert caplog.messages == ["the pipeline 'it' is full: batons are dropped from now on"]
    assert runs.gate.run("again") == ["again"]
    assert caplog.messages[1:] == ["the pipeline 'it' has room again: 6 dropped"]


@dataclass
class Model:
    """What is to become of batons, counted by hand."""

    capacity: Capacity
    under_way: list[Any] = field(default_factory=list)
    waiting: list[Any] = field(default_factory=list)
    began: list[Any] = field(default_factory=list)
    ends: dict[Any, str] = field(default_factory=dict)

    def arrive(self, baton: Any) -> None:
        queue = self.capacity.queue
        if not self.waiting and len(self.under_way) < self.capacity.concurrency:
            self._begin(baton)
        elif queue is None or len(self.waiting) < queue:
            self.waiting.append(baton)
        elif self.capacity.overflow == "drop-oldest":
            self.ends[self.waiting.pop(0)] = "BatonDropped"
            self.waiting.append(baton)
        else:
            is_failure = self.capacity.overflow == "fail"
            self.ends[baton] = "PipelineFull" if is_failure else "BatonDropped"

    def end(self, baton: Any, how: str) -> None:
        self.ends[baton] = how
        if baton in self.waiting:
            self.waiting.remove(baton)
        else:
            self.under_way.remove(baton)
        while self.waiting and len(self.under_way) < self.capacity.concurrency:
            self._begin(self.waiting.pop(0))

    def _begin(self, baton: Any) -> None:
        self.began.append(baton)
        if isinstance(baton, str):
            self.ends[baton] = "result"
        else:
            self.under_way.append(baton)


capacities = st.one_of(
    st.builds(Capacity, st.integers(1, 3)),
    st.builds(Capacity, st.integers(1, 3), st.integers(0, 3), st.sampled_from(["fail"])),
    st.builds(Capacity, st.integers(1, 3), st.integers(0, 3), st.just("drop-newest")),
    st.builds(Capacity, st.integers(1, 3), st.integers(1, 3), st.just("drop-oldest")),
)
# What happens, and to whom: a number that is as good as any.
happenings = st.lists(
    st.tuples(
        st.sampled_from(["arrive", "arrive", "arrive plain", "end", "fail", "cancel", "forsake"]),
        st.integers(0, 50),
    ),
    max_size=30,
)


@given(capacities, happenings)
def test_never_too_many_in_order_nothing_lost_and_nothing_twice(
    capacity: Capacity, happened: list[tuple[str, int]]
) -> None:
    asyncio.run(_held_against_model(capacity, happened))


async def _held_against_model(capacity: Capacity, happened: list[tuple[str, int]]) -> None:
    runs = Runs(capacity.concurrency, capacity.queue, capacity.overflow)
    model, tasks = Model(capacity), dict[Any, asyncio.Task[Any]]()
    for number, (what, at) in enumerate(happened):
        if what.startswith("arrive"):
            baton = str(number) if "plain" in what else number
            model.arrive(baton)
            tasks[baton] = drive(_called(runs.gate, baton))
        else:
            _end_one(what, at, runs, model, tasks)
        await turns()
        assert runs.began == model.began
        assert list(runs.under_way) == model.under_way
        assert [turn.baton for turn in runs.gate.waiting] == model.waiting
    for baton in [*model.under_way, *model.waiting]:
        tasks[baton].cancel()
    for baton, task in tasks.items():
        assert await _how(task) == model.ends.get(baton, "CancelledError")
    assert (runs.gate.under_way, runs.gate.waiting) == (set(), {})
    assert runs.most <= capacity.concurrency
    assert runs.gate.dropped == list(model.ends.values()).count("BatonDropped")
    assert runs.gate.refused == list(model.ends.values()).count("PipelineFull")


def _end_one(
    what: str, at: int, runs: Runs, model: Model, tasks: dict[Any, asyncio.Task[Any]]
) -> None:
    candidates = model.waiting if what == "forsake" else model.under_way
    if not candidates:
        return
    baton = candidates[at % len(candidates)]
    if what in {"cancel", "forsake"}:
        tasks[baton].cancel()
    elif what == "fail":
        runs.under_way[baton].set_exception(ValueError(baton))
    else:
        runs.end(baton)
    ends = {"end": "result", "fail": "ValueError"}
    model.end(baton, ends.get(what, "CancelledError"))


async def _called(gate: Gate, baton: Any) -> Any:
    return await _awaited(gate.run(baton))


async def _awaited(running: Any) -> Any:
    return running if isinstance(running, list) else await running


async def _how(task: asyncio.Task[Any]) -> str:
    try:
        [result] = await task
    except (Exception, asyncio.CancelledError) as how:  # noqa: BLE001 - the name of it is all that is asked for
        return type(how).__name__
    assert result is not None
    return "result"


def pipelines(text: str) -> Environment:
    return Environment(pipelines_of(nodes(text)))


def made(environment: Environment, name: str = "it") -> Pipeline:
    pipeline: Pipeline = environment.depend("somebody", name).get_resource()
    return pipeline


SLOW = "it: {concurrency: 1, chained_consumers: [wait: {delay: 1s}, passthrough]}"


async def test_the_limits_of_a_pipeline_are_kept() -> None:
    environment = pipelines(SLOW)
    pipeline, clock = made(environment), environment.clock
    outcomes = [pipeline(baton) for baton in "abc"]
    assert pipeline.gate is not None
    assert (len(pipeline.gate.under_way), len(pipeline.gate.waiting)) == (1, 2)
    found = await clock.passing(settled(asyncio.gather(*map(settled, outcomes))))  # type: ignore[attr-defined]  # it is a ManualClock
    assert found == [["a"], ["b"], ["c"]]
    assert clock.monotonic() == 3


def test_a_plain_pipeline_with_room_gives_its_results_at_once() -> None:
    environment = pipelines("it: {concurrency: 1, consumers: [passthrough]}")
    assert [made(environment).run(baton) for baton in (1, 2)] == [[1], [2]]


def test_without_limits_nothing_is_before_the_compiled_plan() -> None:
    pipeline = made(pipelines("it: [passthrough]"))
    pipeline.run(1)
    assert pipeline.gate is None
    assert getattr(pipeline.run, "__code__").co_filename == "<run of pipeline 'it'>"  # noqa: B009 - mypy knows a Callable only


NAMED = """\
it: {concurrency: %d, chained_consumers: [wait: {delay: 1s}, run-pipeline: {pipeline_path: next}]}
other: {concurrency: 1, chained_consumers: [wait: {delay: 1s}, run-pipeline: {pipeline_path: then}]}
end: [passthrough]
"""


async def passing(environment: Environment, *runs: Coroutine[Any, Any, Any]) -> list[Any]:
    tasks = [drive(each) for each in runs]
    gathered = asyncio.gather(*tasks, return_exceptions=True)
    found: list[Any] = await environment.clock.passing(settled(gathered))  # type: ignore[attr-defined]  # it is a ManualClock
    return found


async def test_a_run_that_waits_for_its_own_end_is_told_so() -> None:
    environment = pipelines(NAMED % 1)
    [failure] = await passing(environment, _called_by(made(environment), {"next": "it"}))
    assert isinstance(failure, PipelineDeadlock)
    assert "the pipeline 'it' (concurrency 1, overflow wait) waits for itself" in failure.msg
    gate = made(environment).gate
    assert gate is not None
    assert (gate.under_way, gate.waiting) == (set(), {})


async def test_runs_within_runs_have_turns_as_long_as_there_are_some() -> None:
    environment = pipelines(NAMED % 3)
    [results] = await passing(environment, _called_by(made(environment), {"next": "end"}))
    assert results == [{"next": "end"}]


async def test_runs_that_hold_all_turns_and_want_another_are_told_so() -> None:
    environment = pipelines(NAMED % 2)
    pipeline = made(environment)
    made(environment, "it")
    found = await passing(
        environment,
        _called_by(pipeline, {"next": "it"}),
        _called_by(pipeline, {"next": "it"}),
    )
    assert any(isinstance(each, PipelineDeadlock) for each in found)


async def test_runs_that_wait_for_each_other_at_two_gates_are_told_so() -> None:
    environment = pipelines(NAMED % 1)
    it, other = made(environment), made(environment, "other")
    found = await passing(
        environment,
        _called_by(it, {"next": "other", "then": "end"}),
        _called_by(other, {"next": "end", "then": "it"}),
    )
    kinds = [type(each) for each in found]
    assert kinds.count(PipelineDeadlock) == 1
    assert kinds.count(list) == 1


async def test_what_a_run_has_left_behind_waits_like_anyone() -> None:
    gate = Gate("it", Capacity(1))
    left: list[asyncio.Task[Any]] = []
    go = asyncio.Event()

    async def leave(number: int) -> Any:
        await go.wait()
        return await _called(gate, number - 1)

    def begin(number: int) -> Any:
        if number:
            left.append(drive(leave(number)))
        return [number]

    gate.begin = begin
    assert gate.run(50) == [50]
    go.set()
    await turns(1000)
    assert [await task for task in left] == [[number] for number in reversed(range(50))]


def test_turns_that_are_over_make_no_chain() -> None:
    gate, above = Gate("it", Capacity(2)), module._turn
    chain: list[int] = []

    def begin(baton: int) -> Any:
        turn = above.get()
        length = 0
        while turn is not None:
            length, turn = length + 1, turn.above
        chain.append(length)
        return [baton] if baton == 0 else gate.run(0)

    gate.begin = begin
    for _ in range(3):
        gate.run(1)
    assert chain == [1, 2] * 3


async def _called_by(pipeline: Pipeline, baton: Any) -> Any:
    return await settled(pipeline.run(baton))
