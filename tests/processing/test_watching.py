"""Watching all pipelines."""

from __future__ import annotations

import gc
import weakref
from typing import Any

from piped.processing import watching as module
from piped.processing.pipeline import Pipeline
from piped.processing.watching import metering, watching
from tests.processing.environment import Environment
from tests.processing.trying import pipelines_of
from tests.processing.yaml_nodes import nodes


def made() -> Pipeline:
    environment = Environment(pipelines_of(nodes("it: [passthrough]")))
    pipeline: Pipeline = environment.depend("somebody", "it").get_resource()
    return pipeline


def test_nobody_is_asked_while_nobody_watches() -> None:
    assert not made().watched


def test_a_watch_makes_the_runs_of_all_that_are_there_or_come() -> None:
    before = made()
    with watching(lambda pipeline, baton: [pipeline.name, baton]):
        after = made()
        assert before.run(1) == ["it", 1]
        assert after.run(2) == ["it", 2]
    assert before.run(1) == [1]
    assert after.run(2) == [2]
    assert not after.watched


def test_what_a_watch_leaves_is_for_the_one_before_it() -> None:
    def odd(pipeline: Any, baton: Any) -> Any:
        return ["odd"] if baton % 2 else None

    pipeline = made()
    with watching(lambda pipeline, baton: ["any"]), watching(odd):
        assert (pipeline.run(1), pipeline.run(2)) == (["odd"], ["any"])
    with watching(odd):
        assert pipeline.run(2) == [2]


def test_a_meter_is_around_the_runs_of_all_that_are_there_or_come() -> None:
    heard: list[Any] = []

    def meter(pipeline: Any, run: Any) -> Any:
        def metered(baton: Any) -> Any:
            heard.append(baton)
            return run(baton)

        return metered

    before = made()
    with metering(meter):
        after = made()
        assert [before.run(1), before.run(2), after.run(3), after.run(4)] == [[1], [2], [3], [4]]
        with watching(lambda pipeline, baton: ["watched"]):
            assert before.run(5) == ["watched"]
    assert [before.run(6), after.run(7)] == [[6], [7]]
    assert heard == [1, 2, 3, 4, 5]
    assert getattr(before.run, "__code__").co_filename == "<run of pipeline 'it'>"  # noqa: B009 - mypy knows a Callable only


def test_pipelines_go_as_if_nobody_could_watch_them() -> None:
    gone = weakref.ref(made())
    gc.collect()
    assert gone() is None
    assert module._watches == []
    assert module._meters == []
