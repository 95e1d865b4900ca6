"""Following one baton."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from piped.observe.trace import Entry, Traced
from piped.observe.tracing import traced
from piped.processing.pipeline import Pipeline
from piped.processing.plan import Plan, Step
from piped.processing.run import start
from piped.processing.watching import introduce, metered, watched_run
from tests.processing.environment import Environment
from tests.processing.trying import pipelines_of
from tests.processing.yaml_nodes import nodes


def made(text: str, name: str = "it") -> Pipeline:
    environment = Environment(pipelines_of(nodes(text)))
    pipeline: Pipeline = environment.depend("somebody", name).get_resource()
    return pipeline


def row(entry: Entry) -> str:
    """An entry as the tutorial's table has it."""
    ends = [entry.source, entry.destination]
    source, destination = (str(each) if each else "nobody" for each in ends)
    baton = " ".join(f"{key}={value}" for key, value in entry.baton.items())
    if entry.failure:
        how = "handled" if entry.is_error_consumer else "travelling"
        return f"{source} → {destination} | {baton} | {entry.failure.type} {how}"
    return f"{source} → {destination} | {baton}"


TUTORIAL = """\
test:
    chained_consumers:
        - set-values: {mapping: {foo: "42", test: initial, bar: "7"}}
        - pretty-print
        - run-pipeline: {pipeline: test_error}
        - pretty-print
test_error:
    chained_consumers:
        - set-value:
            path: test
            value: hi
            error_consumers:
                - passthrough: {consumers: [existing: last]}
        - raise-exception: {args: burst}
        - eval-lambda: {id: last, lambda: "baton: baton.pop('foo') and baton"}
tracing: [run-pipeline: {pipeline: test}]
"""


async def test_the_tutorial() -> None:
    environment = Environment(pipelines_of(nodes(TUTORIAL)))
    tracing: Pipeline = environment.depend("somebody", "tracing").get_resource()
    test: Pipeline = environment.depend("somebody else", "test").get_resource()
    found = await traced(test, {}, by=tracing[0])
    assert [row(entry) for entry in found.entries] == [
        "run-pipeline (tracing) → set-values (test) | ",
        "set-values (test) → pretty-print (test) | foo=42 test=initial bar=7",
        "pretty-print (test) → run-pipeline (test) | foo=42 test=initial bar=7",
        "run-pipeline (test) → set-value (test_error) | foo=42 test=initial bar=7",
        "set-value (test_error) → raise-exception (test_error) | foo=42 test=hi bar=7",
        (
            "raise-exception (test_error) → set-value (test_error) | foo=42 test=hi bar=7"
            " | Exception travelling"
        ),
        (
            "set-value (test_error) → passthrough (test_error) | foo=42 test=hi bar=7"
            " | Exception handled"
        ),
        "passthrough (test_error) → eval-lambda (test_error) | foo=42 test=hi bar=7",
        "eval-lambda (test_error) → nobody | test=hi bar=7",
        "run-pipeline (test) → pretty-print (test) | test=hi bar=7",
        "pretty-print (test) → nobody | test=hi bar=7",
    ]


async def test_what_a_step_changed_is_named() -> None:
    pipeline = made(
        "it:\n  - set-value: {path: a.b, value: 1}\n"
        "  - eval-lambda: {lambda: \"baton: baton.pop('c') and baton\"}"
    )
    found = await traced(pipeline, {"c": 2})
    entered, set_, popped = (entry.changes for entry in found.entries)
    assert not entered
    assert set_.added == ("a",)
    assert (popped.added, popped.removed) == ((), ("c",))


async def test_a_baton_that_replaces_another_is_shown_at_once() -> None:
    found = await traced(made("it: [eval-lambda: {lambda: 'n: n + 1'}, passthrough]"), 1)
    assert [entry.baton for entry in found.entries] == [1, 2, 2]


async def test_a_failure_that_nobody_takes_goes_out_by_every_pipeline() -> None:
    found = await traced(
        made("it: [passthrough, run-pipeline: {pipeline: inner}]\ninner: [raise-exception]"), {}
    )
    assert [row(entry) for entry in found.entries][2:] == [
        "run-pipeline (it) → raise-exception (inner) | ",
        "raise-exception (inner) → run-pipeline (it) |  | Exception travelling",
        "run-pipeline (it) → passthrough (it) |  | Exception travelling",
        "passthrough (it) → nobody |  | Exception travelling",
    ]
    assert found.results == []
    assert type(found.failure) is Exception


async def test_an_error_consumer_that_fails_hands_its_failure_on() -> None:
    found = await traced(
        made(
            "it:\n"
            "  - passthrough: {error_consumers: [log: {message: taken}]}\n"
            "  - raise-exception: {type: KeyError, error_consumers: [{raise-exception: "
            "{type: OSError}}]}"
        ),
        {},
    )
    assert [row(entry) for entry in found.entries][2:] == [
        "raise-exception (it) → raise-exception (it) |  | KeyError handled",
        "raise-exception (it) → raise-exception (it) |  | OSError travelling",
        "raise-exception (it) → passthrough (it) |  | OSError travelling",
        "passthrough (it) → log (it) |  | OSError handled",
        "log (it) → nobody | ",
    ]


async def test_those_that_wait_are_followed() -> None:
    environment = Environment(
        pipelines_of(
            nodes(
                "it: [wait: {delay: 2}, run-pipeline: {pipeline: inner}, wait: {delay: 1}]\n"
                "inner: [passthrough, wait: {delay: 3}, passthrough]"
            )
        )
    )
    pipeline: Pipeline = environment.depend("somebody", "it").get_resource()
    running = asyncio.ensure_future(traced(pipeline, {}))
    while not running.done():
        await environment.clock.advance(1)  # type: ignore[attr-defined]  # it is the one for tests
    assert [row(entry) for entry in running.result().entries] == [
        "nobody → wait (it) | ",
        "wait (it) → run-pipeline (it) | ",
        "run-pipeline (it) → passthrough (inner) | ",
        "passthrough (inner) → wait (inner) | ",
        "wait (inner) → passthrough (inner) | ",
        "passthrough (inner) → nobody | ",
        "run-pipeline (it) → wait (it) | ",
        "wait (it) → nobody | ",
    ]


async def test_traces_at_the_same_time_do_not_mix() -> None:
    environment = Environment(
        pipelines_of(
            nodes(
                "it: [wait: {delay: 1}, run-pipeline: {pipeline: inner}]\ninner: [wait: {delay: 1}]"
            )
        )
    )
    pipeline: Pipeline = environment.depend("somebody", "it").get_resource()
    running = asyncio.gather(*(traced(pipeline, {"n": n}) for n in range(3)))
    unrelated = asyncio.ensure_future(pipeline({"n": 99}))
    while not (running.done() and unrelated.done()):
        await environment.clock.advance(1)  # type: ignore[attr-defined]  # it is the one for tests
    found: list[Traced] = running.result()
    for n, each in enumerate(found):
        assert [entry.baton for entry in each.entries] == [{"n": n}] * 5
    assert unrelated.result() == [{"n": 99}]


async def test_pipelines_that_are_awaited_together_have_the_same_caller() -> None:
    async def both(baton: Any) -> Any:
        running = [inner.run(baton), inner.run(baton)]
        return [await each for each in running]

    async def later(baton: Any) -> Any:
        await asyncio.sleep(0)
        return baton

    inner = Lone(Plan("inner", (Step("later", later),)))
    found = await traced(Lone(Plan("it", (Step("both", both),))), {})
    sources = [
        str(e.source) for e in found.entries if e.destination and e.destination.step == "later"
    ]
    assert sources == ["both (it)", "both (it)"]


async def test_a_trace_within_a_trace_has_all_of_its_own() -> None:
    inner = Lone(Plan("inner", (Step("b", lambda baton: baton),)))
    within: list[Traced] = []

    async def tracing(baton: Any) -> Any:
        within.append(await traced(inner, baton))
        return baton

    found = await traced(Lone(Plan("it", (Step("a", tracing),))), {})
    assert [len(each.entries) for each in within] == [2]
    assert len(found.entries) == 4


async def test_when_it_is_over_nobody_watches() -> None:
    pipeline = made("it: [passthrough]")
    await traced(pipeline, {})
    assert not pipeline.watched


async def test_the_time_of_a_step_is_that_of_its_call() -> None:
    found = await traced(made("it: [passthrough, passthrough]"), {})
    entered, handed, result = (entry.time for entry in found.entries)
    assert entered is None
    assert handed is not None
    assert result is not None
    assert handed >= 0


class Lone:
    """A pipeline without processors of its own."""

    gate = None

    def __init__(self, plan: Plan) -> None:
        self.name, self.plan, self.watched = plan.name, plan, False
        self.processors = [None] * len(plan.steps)
        introduce(self)

    def run(self, baton: Any) -> Any:
        run = partial(watched_run, self) if self.watched else self.run_unwatched
        return metered(self, run)(baton)

    @property
    def is_followed(self) -> bool:
        return self.watched

    def run_unwatched(self, baton: Any) -> Any:
        return start(self.plan, baton)


steps = st.integers(2, 6).flatmap(
    lambda count: st.lists(
        st.tuples(
            st.lists(st.integers(0, count - 1), max_size=2),  # consumers, further on
            st.lists(st.integers(0, count - 1), max_size=2),  # error consumers, further on
            st.booleans(),  # fails
            st.sampled_from(["all", "choose", "none", "fail"]),  # whom it chooses on error
        ),
        min_size=count,
        max_size=count,
    )
)


def plan_of(described: list[Any]) -> Plan:
    def step(at: int, consumers: list[int], errors: list[int], fails: bool, choice: str) -> Step:
        further = tuple(each for each in consumers if each > at)
        takers = tuple(each for each in errors if each > at)

        def process(baton: list[int]) -> list[int]:
            if fails:
                raise ValueError(at)
            return [*baton, at]

        def chosen(baton: Any) -> tuple[int, ...]:
            if choice == "fail":
                raise KeyError(at)
            return takers[:1] if choice == "choose" else ()

        return Step(
            str(at), process, further, takers, choose_on_error=None if choice == "all" else chosen
        )

    return Plan("it", tuple(step(at, *each) for at, each in enumerate(described)), (0,))


def ended(run: Any) -> Any:
    try:
        return run()
    except Exception as failure:  # noqa: BLE001 - it is what is compared
        return type(failure), failure.args


@settings(max_examples=300)
@given(steps)
def test_whoever_is_watched_does_the_same(described: list[Any]) -> None:
    plan = plan_of(described)
    found = asyncio.run(traced(Lone(plan), []))
    expected = ended(lambda: start(plan, []))
    failure = found.failure
    assert (found.results if failure is None else (type(failure), failure.args)) == expected
    # Each result is an entry, and so is the failure that nobody took.
    if failure is None:
        results = [entry.baton for entry in found.entries if entry.is_result]
        assert results == found.results
    else:
        assert found.entries[-1].destination is None
        assert found.entries[-1].failure is not None
    # Whoever hands something on has had something before.
    seen: set[Any] = {None}
    for entry in found.entries:
        assert entry.source in seen
        seen.add(entry.destination)


def test_a_loop_is_followed_as_far_as_can_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    from piped.observe import trace as module

    monkeypatch.setattr(module, "_MOST_ENTRIES", 10)
    step = Step("a", lambda n: n + 1, (0,), choose=lambda n: (0,) if n < 100 else ())
    found = asyncio.run(traced(Lone(Plan("it", (step,))), 0))
    assert (found.results, len(found.entries), found.left_out) == ([100], 10, 91)
