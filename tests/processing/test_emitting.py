"""Steps that hand on several batons."""

from __future__ import annotations

import asyncio
import sys
from asyncio import CancelledError
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from types import coroutine
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from twisted.internet.defer import Deferred, inlineCallbacks

import piped
from piped import exceptions
from piped.exceptions import PipedError
from piped.interop import drive
from piped.observe.metrics import Metrics
from piped.observe.tracing import traced
from piped.processing.compiled import compiled
from piped.processing.emitting import begun, emits, emitting, is_emitter, with_emissions
from piped.processing.plan import Plan, Step
from piped.processing.run import Running
from piped.testing import YamlEnvironment, check_yaml, run_yaml
from tests.processing.random_plans import Enough, described

# The rules, against a model


@dataclass(frozen=True)
class Giver:
    """A step that gives so many batons, and may fail instead of the next one."""

    kind: str
    gives: int
    fails: bool
    consumers: tuple[int, ...]
    errors: tuple[int, ...]


@st.composite
def givers(draw: st.DrawFn) -> list[Giver]:
    size = draw(st.integers(1, 6))
    loops = draw(st.booleans())
    fails = st.sampled_from([False, False, False, True]) if draw(st.booleans()) else st.just(False)
    return [
        Giver(
            draw(st.sampled_from(["plain", "later", "each", "each later", "each of later"])),
            draw(st.integers(0, 3)),
            draw(fails),
            *(draw(_indices(0 if loops else at + 1, size)) for _ in range(2)),
        )
        for at in range(size)
    ]


def _indices(first: int, size: int) -> st.SearchStrategy[tuple[int, ...]]:
    if first == size:
        return st.just(())
    return st.lists(st.integers(first, size - 1), max_size=3).map(tuple)


class Work:
    """What the steps do, and what can be seen of it."""

    def __init__(self, giver: Giver, at: int, seen: list[Any]) -> None:
        self.giver, self.at, self.seen = giver, at, seen

    def see(self, what: str, baton: str) -> None:
        self.seen.append((what, self.at, baton, type(sys.exception())))
        if len(self.seen) > 150:
            raise Enough

    def each(self, baton: str) -> Generator[str, None, None]:
        try:
            for count in range(self.giver.gives):
                self.see(f"gives {count}", baton)
                yield f"{baton}{self.at}{'abc'[count]}"
            self.fail(baton)
        finally:
            self.seen.append(("closed", self.at, baton))

    async def each_later(self, baton: str) -> AsyncGenerator[str, None]:
        try:
            for count in range(self.giver.gives):
                await asyncio.sleep(0)
                self.see(f"gives {count}", baton)
                yield f"{baton}{self.at}{'abc'[count]}"
            self.fail(baton)
        finally:
            await asyncio.sleep(0)
            self.seen.append(("closed", self.at, baton))

    def each_of_later(self, baton: str) -> Iterator[Any]:
        for each in self.each(baton):
            yield self._later(each)

    def plain(self, baton: str) -> str:
        self.see("is called", baton)
        self.fail(baton)
        return f"{baton}{self.at}"

    async def later(self, baton: str) -> str:
        await asyncio.sleep(0)
        return self.plain(baton)

    def fail(self, baton: str) -> None:
        if self.giver.fails:
            self.see("fails", baton)
            raise ValueError(self.at, baton)

    async def _later(self, value: str) -> str:
        await asyncio.sleep(0)
        return value

    @property
    def process(self) -> Callable[[Any], Any]:
        found: Callable[[Any], Any] = getattr(self, self.giver.kind.replace(" ", "_"))
        return found


class Model:
    """The rules, as short as they can be said."""

    def __init__(self, steps: list[Giver], seen: list[Any]) -> None:
        self.steps = steps
        self.works = [Work(each, at, seen) for at, each in enumerate(steps)]
        self.results: list[str] = []

    async def visit(self, at: int, baton: str) -> None:
        step = self.steps[at]
        try:
            async with aclosing(self.outputs(at, baton)) as outputs:
                async for output in outputs:
                    for each in step.consumers:
                        await self.visit(each, output)
                    if not step.consumers:
                        self.results.append(output)
        except Exception:
            if not step.errors:
                raise
            for each in step.errors:
                await self.visit(each, baton)

    async def outputs(self, at: int, baton: str) -> AsyncGenerator[str, None]:
        work = self.works[at]
        if work.giver.kind == "plain":
            yield work.plain(baton)
        elif work.giver.kind == "later":
            yield await work.later(baton)
        elif work.giver.kind == "each later":
            async with aclosing(work.each_later(baton)) as outputs:
                async for each in outputs:
                    yield each
        else:
            items = work.each(baton)
            try:
                for item in items:
                    yield item
            finally:
                items.close()


def _without_notes(end: list[Any]) -> list[Any]:
    return [each[:2] for each in end]


async def _modelled(steps: list[Giver]) -> Any:
    seen: list[Any] = []
    model = Model(steps, seen)
    try:
        await model.visit(0, ".")
    except Exception as failure:  # noqa: BLE001 - it is what is compared
        return _without_notes(described(failure)), seen
    return model.results, seen


async def _run(begin: Callable[[Plan], Callable[[Any], Running]], steps: list[Giver]) -> Any:
    seen: list[Any] = []
    works = [Work(each, at, seen) for at, each in enumerate(steps)]
    plan = Plan(
        "random",
        tuple(
            Step(f"s{at}", work.process, work.giver.consumers, work.giver.errors)
            for at, work in enumerate(works)
        ),
    )
    run = begin(with_emissions(plan, works))
    try:
        running = run(".")
        return running if isinstance(running, list) else await running, seen
    except Exception as failure:  # noqa: BLE001 - it is what is compared
        return _without_notes(described(failure)), seen


def _compiled(plan: Plan) -> Callable[[Any], Running]:
    return emitting(compiled(plan)) if plan.emits else compiled(plan)


def _walked(plan: Plan) -> Callable[[Any], Running]:
    return lambda baton: begun(plan, baton)


@settings(max_examples=500, deadline=None)
@given(givers())
def test_each_baton_is_followed_to_its_end_before_the_next(steps: list[Giver]) -> None:
    async def compare() -> None:
        try:
            expected = await _modelled(steps)
        except Enough:
            return
        assert await _run(_compiled, steps) == expected
        assert await _run(_walked, steps) == expected

    asyncio.run(compare())


# As a user sees it


@piped.processor("split")
def split(text: str, *, by: str = " ") -> Iterator[str]:
    yield from text.split(by)


@piped.processor("split-later")
async def split_later(text: str) -> AsyncIterator[str]:
    for each in text.split():
        await asyncio.sleep(0)
        yield each


class Lines(piped.Processor):
    """Counts what it has been asked for, and says when it was closed."""

    name = "lines"

    def __init__(self, *, count: Any = 3, last: str | None = None) -> None:
        super().__init__()
        self.count = count
        self.last = last

    def process(self, baton: Any) -> Iterator[Any]:
        try:
            for at in range(self.count):
                baton["seen"].append(f"asked for {at}")
                yield {**baton, "line": at}
        finally:
            baton["seen"].append("closed")


class LinesLater(Lines):
    name = "lines-later"

    async def process(self, baton: Any) -> AsyncIterator[Any]:  # type: ignore[override]  # as one may
        try:
            for at in range(self.count):
                await asyncio.sleep(0)
                yield {**baton, "line": at}
        finally:
            await asyncio.sleep(0)
            baton["seen"].append("closed")


OWN: dict[str, Any] = {
    "split": split,
    "split-later": split_later,
    "lines": Lines,
    "lines-later": LinesLater,
}


def seen_by(text: str, **fakes: Any) -> list[str]:
    baton: dict[str, Any] = {"seen": []}
    run_yaml(text, baton, **OWN, **fakes)
    return list(baton["seen"])


@pytest.mark.parametrize("name", ["split", "split-later"])
def test_a_generator_hands_on_what_it_yields(name: str) -> None:
    text = f"- {name}\n- eval-lambda: {{lambda: 'word: word * 2'}}"
    assert run_yaml(text, "a b c", **OWN) == ["aa", "bb", "cc"]


@pytest.mark.parametrize("name", ["split", "split-later"])
def test_each_output_has_a_baton_of_its_own(name: str) -> None:
    baton = {"in": {"text": "a b"}, "kept": []}
    one, two = run_yaml(f"- {name}: {{input_path: in.text}}", baton, **OWN)
    assert (one["in"], two["in"]) == ({"text": "a"}, {"text": "b"})
    assert one["kept"] is two["kept"] is baton["kept"]
    assert baton["in"] == {"text": "a b"}


@pytest.mark.parametrize("name", ["split", "split-later"])
def test_a_baton_without_the_input_passes(name: str) -> None:
    assert run_yaml(f"- {name}: {{input_path: text}}", {}, **OWN) == [{}]


def test_an_output_may_be_discarded_or_replace_the_baton() -> None:
    baton = {"text": "a b"}
    text = "- split: {input_path: text, output_path: %s}"
    assert run_yaml(text % "null", baton, **OWN) == [baton, baton]
    assert run_yaml(text % "''", baton, **OWN) == ["a", "b"]


def test_options_may_come_from_the_baton() -> None:
    baton = {"text": "a-b", "by": "-"}
    text = "- split: {input_path: text, output_path: '', by: !path by}"
    assert run_yaml(text, baton, **OWN) == ["a", "b"]


def test_a_generator_that_yields_nothing_has_no_results() -> None:
    baton: dict[str, Any] = {"seen": []}
    assert run_yaml("consumers: [lines: {count: 0}, passthrough]", baton, **OWN) == [baton]


def test_the_next_is_asked_for_when_all_that_came_of_the_one_before_has_ended() -> None:
    def use(baton: Any) -> Any:
        baton["seen"].append(f"used {baton['line']}")
        return baton

    text = "- lines: {count: 2}\n- wait: {delay: 1}\n- use"
    assert seen_by(text, use=piped.processor("use")(use)) == [
        *["asked for 0", "used 0", "asked for 1", "used 1", "closed"]
    ]


@pytest.mark.parametrize("name", ["lines", "lines-later"])
def test_a_generator_is_closed_before_error_consumers_get_its_input(name: str) -> None:
    def note(baton: Any) -> Any:
        baton["seen"].append(f"failed, {'line' in baton}")
        return baton

    text = f"""
    - {name}:
        consumers: [raise-exception]
        error_consumers: [note]
    """
    seen = seen_by(text, note=piped.processor("note")(note))
    assert seen[-2:] == ["closed", "failed, False"]


@pytest.mark.parametrize("steps", ["lines", "lines-later", "lines-later\n- lines-later"])
def test_what_its_consumers_fail_with_names_them(steps: str) -> None:
    with pytest.raises(Exception, match="steam") as caught:
        seen_by(f"- {steps}\n- raise-exception: {{id: this, args: steam}}")
    [note] = caught.value.__notes__
    assert note.startswith("in step 'this' of pipeline 'it' (pipeline.yaml:")


@pytest.mark.parametrize("name", ["lines", "lines-later"])
def test_what_a_generator_itself_fails_with_names_it(name: str) -> None:
    with pytest.raises(TypeError) as caught:
        seen_by(f"- {name}: {{id: this, count: !path seen}}\n- passthrough")
    assert caught.value.__notes__ == ["in step 'this' of pipeline 'it' (pipeline.yaml:1)"]


@pytest.mark.parametrize("name", ["lines", "lines-later"])
def test_a_stop_iteration_behind_it_is_told_as_what_it_is(name: str) -> None:
    def stop(baton: Any) -> Any:
        raise StopIteration(7)

    with pytest.raises(PipedError, match=r"a step raised StopIteration\(7\)") as caught:
        seen_by(f"- {name}\n- stop", stop=piped.processor("stop")(stop))
    assert isinstance(caught.value.__cause__, StopIteration)
    assert caught.value.__cause__.__notes__ == [
        "in step 'stop-1' of pipeline 'it' (pipeline.yaml:2)"
    ]


def test_a_failure_may_be_taken_for_one_baton_alone() -> None:
    text = """
    - split
    - eval-lambda:
        lambda: "word: 1 / int(word)"
        error_consumers: [format-string: {format: "bad {}"}]
    """
    assert run_yaml(text, "1 0 x 2", **OWN) == [1.0, "bad 0", "bad x", 0.5]


@pytest.mark.parametrize("name", ["lines", "lines-later"])
async def test_a_run_that_is_cancelled_closes_its_generators(name: str) -> None:
    hanging = asyncio.Event()

    def hang(_: Any) -> Any:
        hanging.set()
        return Deferred()

    environment = YamlEnvironment(f"- {name}\n- {name}\n- hang", **OWN, hang=hang)
    baton: dict[str, Any] = {"seen": []}
    running = drive(environment.run(baton))
    await asyncio.wait_for(hanging.wait(), 5)
    running.cancel()
    with pytest.raises(CancelledError):
        await running
    assert [each for each in baton["seen"] if each == "closed"] == ["closed", "closed"]


def test_what_is_no_failure_closes_them_too() -> None:
    def leave(_: Any) -> None:
        raise Enough

    baton: dict[str, Any] = {"seen": []}
    plan = Plan("it", (Step("a", Lines().process, (1,)), Step("b", leave)))
    with pytest.raises(Enough):
        begun(with_emissions(plan, [Lines(), Lines]), baton)
    assert baton["seen"] == ["asked for 0", "closed"]


def test_a_generator_may_stand_in_a_loop() -> None:
    """It counts as a step that decides: it may yield nothing."""

    class Halves(piped.Processor):
        name = "halves"

        def process(self, baton: str) -> Iterator[str]:
            middle = len(baton) // 2
            yield from (each for each in (baton[:middle], baton[middle:]) if middle)

    text = "- halves: {id: halves, consumers: [existing: halves, passthrough]}"
    assert check_yaml(text, halves=Halves) == []
    assert run_yaml(text, "abcd", halves=Halves) == ["a", "b", "ab", "c", "d", "cd"]


def test_long_generators_and_loops_of_them_need_no_stack() -> None:
    class Count(piped.Processor):
        name = "count"

        def process(self, baton: int) -> Iterator[int]:
            if baton:
                yield baton - 1

    text = "- count: {id: count, consumers: [existing: count]}"
    assert run_yaml(text, 20_000, count=Count) == []


def test_a_failure_with_a_returned_value_tells_of_the_mistake() -> None:
    def wrong(baton: Any) -> Any:
        yield baton
        return 7

    with pytest.raises(PipedError, match=r"hands on what it yields, and it returned 7"):
        run_yaml("- wrong", 1, wrong=piped.processor("wrong")(wrong))


def test_a_pipeline_is_run_for_each_item_of_a_generator() -> None:
    text = """
    it: [for-each: {pipeline: .words, result_processor: "results: results"}]
    words: [split]
    """
    assert run_yaml(text, ["a b", "", "c"], **OWN) == [[["a", "b"], [""], ["c"]]]


def test_a_choice_is_made_for_each_baton() -> None:
    class Route(piped.Processor):
        name = "route"

        def process(self, baton: str) -> Iterator[str]:
            yield from baton

        def get_consumers(self, baton: str) -> list[Any]:
            return [self.consumers[int(baton)]]

    text = """
    - route:
        consumers: [format-string: {format: "a{}"}, format-string: {format: "b{}"}]
    """
    assert run_yaml(text, "0110", route=Route) == ["a0", "b1", "b1", "a0"]


def test_old_coroutines_stay_what_they_are() -> None:
    class Old(piped.Processor):
        name = "old"

        @inlineCallbacks
        def process(self, baton: Any) -> Any:
            found = yield Deferred.fromCoroutine(_double(baton))
            return found

    class Older(piped.Processor):
        name = "older"

        @coroutine
        def process(self, baton: Any) -> Any:
            return (yield from _double(baton).__await__())

    assert not emits(Old())
    assert not emits(Older())
    assert not is_emitter(print)
    assert run_yaml("- old\n- older", 2, old=Old, older=Older) == [8]


async def _double(number: int) -> int:
    return number * 2


def test_a_generator_object_is_a_baton() -> None:
    text = """
    - eval-lambda: {lambda: "text: (each for each in text)"}
    - eval-lambda: {lambda: "items: list(items)"}
    """
    assert run_yaml(text, "ab") == [["a", "b"]]


# Limits, watchers and checks


def test_a_generator_may_run_in_a_thread() -> None:
    import threading

    threads = []

    class Here(piped.Processor):
        name = "here"

        def process(self, baton: int) -> Iterator[int]:
            for at in range(baton):
                threads.append(threading.current_thread())
                yield at

    assert run_yaml("- here: {threaded: true}", 3, here=Here) == [0, 1, 2]
    assert threading.main_thread() not in threads
    assert len(threads) == 3


def test_what_waits_needs_no_thread() -> None:
    [problem] = check_yaml("- split-later: {threaded: true}", **OWN)
    assert "'threaded' is for a `process` that does not wait" in problem


def test_the_time_is_that_for_each_baton() -> None:
    text = "- hang: {timeout: 2}"

    async def hang(count: int) -> AsyncIterator[int]:
        for at in range(count):
            yield at
        await Deferred()
        yield 0

    fakes = {"hang": piped.processor("hang")(hang)}
    with pytest.raises(exceptions.TimeoutError, match="longer than 2"):
        run_yaml(text, 2, **fakes)


async def test_a_trace_shows_what_goes_to_others() -> None:
    environment = YamlEnvironment("- split: {id: s}\n- passthrough: {id: p}", **OWN)
    async with environment._single.running("it") as pipeline:
        found = await traced(pipeline, "a b")
    ends = [
        (each.source and each.source.step, each.destination and each.destination.step, each.baton)
        for each in found.entries
    ]
    assert ends == [
        (None, "s", "a b"),
        ("s", "p", "a"),
        ("p", None, "a"),
        ("s", "p", "b"),
        ("p", None, "b"),
    ]
    assert found.results == ["a", "b"]


async def test_a_trace_shows_how_a_failure_goes_back_through_it() -> None:
    text = """
    - split:
        id: s
        chained_consumers: [eval-lambda: {id: e, lambda: "n: 1 / int(n)"}]
        error_consumers: [passthrough: {id: p}]
    """
    environment = YamlEnvironment(text, **OWN)
    async with environment._single.running("it") as pipeline:
        found = await traced(pipeline, "1 0")
    ends = [
        (*(getattr(end, "step", None) for end in (each.source, each.destination)), each.baton)
        for each in found.entries
    ]
    assert ends == [
        (None, "s", "1 0"),
        ("s", "e", "1"),
        ("e", None, 1.0),
        ("s", "e", "0"),
        ("e", "s", "0"),
        ("s", "p", "1 0"),
        ("p", None, "1 0"),
    ]


async def test_it_is_counted_as_one_step() -> None:
    environment = YamlEnvironment("- split: {id: s}\n- passthrough: {id: p}", **OWN)
    metrics = Metrics()
    async with environment._single.running("it") as pipeline:
        with metrics.attached():
            assert pipeline.run("a b") == ["a", "b"]
    steps = metrics.pipelines["it"].steps
    assert {name: step.calls for name, step in steps.items()} == {"s": 1, "p": 2}


def test_the_plan_shows_its_parts() -> None:
    plan = Plan("it", (Step("s", Lines().process, (1,), (1,)), Step("p", print)))
    assert with_emissions(plan, [Lines(), None]).text().splitlines() == [
        "it: 0",
        "0 s -> 2 !1",
        "1 p -> -",
        "2 s open -> 3 !4",
        "3 s each -> 1*",
        "4 s close -> -",
    ]


def test_nothing_remains_of_a_baton_that_has_come_to_its_end() -> None:
    """A step that yields nothing ends the way of a baton, and no result is left of it."""
    blocks = []

    def many(count: int) -> Iterator[int]:
        for at in range(count):
            if at % 250_000 == 1000:
                blocks.append(sys.getallocatedblocks())
            yield at
        blocks.append(sys.getallocatedblocks())

    def swallow(number: int) -> Iterator[int]:
        if number < 0:
            yield number

    own = {"many": piped.processor("many")(many), "swallow": piped.processor("swallow")(swallow)}
    assert run_yaml("- many\n- swallow", 1_000_000, **own) == []
    assert max(blocks) - blocks[0] < 1000
    assert len(blocks) == 5


def test_nor_of_one_that_came_later() -> None:
    blocks = []

    async def many(count: int) -> AsyncIterator[int]:
        for at in range(count):
            if at % 10_000 == 1000:
                blocks.append(sys.getallocatedblocks())
            yield at

    async def swallow(number: int) -> AsyncIterator[int]:
        if number < 0:
            yield number

    own = {"many": piped.processor("many")(many), "swallow": piped.processor("swallow")(swallow)}
    assert run_yaml("- many\n- swallow", 50_000, **own) == []
    assert max(blocks) - blocks[0] < 1000


def test_a_plan_without_generators_stays_as_it_is() -> None:
    plan = Plan("it", (Step("p", print),))
    assert with_emissions(plan, [print]) is plan


def test_neighbours_are_compared_with_what_is_yielded() -> None:
    @piped.processor("sum-up")
    def sum_up(numbers: list[int]) -> int:
        return sum(numbers)

    [problem] = check_yaml("- split\n- sum-up", **OWN, **{"sum-up": sum_up})
    assert "sum-up takes list as its input, but split before it gives str" in problem
