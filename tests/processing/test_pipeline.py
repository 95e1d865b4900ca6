"""A pipeline as a resource that takes a baton."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.defer import Deferred, inlineCallbacks

from piped.exceptions import ConfigurationError, PipedError
from piped.options import Check
from piped.processing.making import make_pipeline
from piped.processing.pipeline import Pipeline
from piped.processing.section import Pipelines
from tests.processing.environment import Environment
from tests.processing.trying import pipelines_of
from tests.processing.yaml_nodes import nodes


def made(text: str) -> Pipeline:
    """The pipeline `it`, configured."""
    environment = Environment(pipelines_of(nodes(text)))
    pipeline: Pipeline = environment.depend("somebody", "it").get_resource()
    return pipeline


def test_each_processor_is_told_its_place() -> None:
    pipeline = made(
        "{it: [{log: {message: x, id: me, error_consumers: [log: {message: y}]}}, "
        "inline-pipeline: n.p], "
        "n.p: [passthrough]}"
    )
    first, error, last = pipeline
    assert [each.id for each in pipeline] == ["me", "log-1", "passthrough-1"]
    assert [each.written_in for each in pipeline] == ["it", "it", "n.p"]
    assert (first.consumers, first.error_consumers) == ([last], [error])
    assert pipeline[0].evaluator is pipeline
    assert len(pipeline) == 3
    assert repr(pipeline) == "<Pipeline 'it', 3 steps>"


def test_the_options_of_a_step_stay_with_its_processor() -> None:
    [processor] = made("it: [set-value: {path: a, value: [1]}]")
    assert processor.processor_configuration == {"path": "a", "value": [1]}


async def test_a_call_can_be_awaited() -> None:
    assert await made("it: [eval-lambda: {lambda: 'n: n + 1'}]")(1) == [2]


def test_a_call_can_be_yielded() -> None:
    @inlineCallbacks
    def caller() -> Any:
        results = yield made("it: [eval-lambda: {lambda: 'n: n + 1'}]").process(1)
        return results

    found: list[Any] = []
    outcome: Deferred[Any] = caller()
    outcome.addCallback(found.append)
    assert found == [[2]]


async def test_a_call_that_fails_has_a_failed_outcome() -> None:
    outcome = made("it: [raise-exception: {type: KeyError}]")(1)
    with pytest.raises(KeyError) as caught:
        await outcome
    assert caught.value.__notes__ == ["in step 'raise-exception-1' of pipeline 'it' (app.yaml:1)"]


async def test_a_failure_names_each_pipeline_on_its_way() -> None:
    pipeline = made(
        "it: [run-pipeline: {pipeline: inner}]\ninner: [raise-exception: {args: burst}]"
    )
    with pytest.raises(Exception, match="burst") as caught:
        await pipeline(1)
    assert caught.value.__notes__ == [
        "in step 'raise-exception-1' of pipeline 'inner' (app.yaml:2)",
        "in step 'run-pipeline-1' of pipeline 'it' (app.yaml:1)",
    ]


def test_a_watcher_may_be_given_to_a_pipeline() -> None:
    pipeline, heard = made("it: [passthrough]"), []

    class Watcher:
        def called(self, call: Any) -> None:
            heard.append(call.step.name)

        def returned(self, *call: Any) -> None:
            heard.append(call[1])

        def raised(self, *call: Any) -> None:
            heard.append(call[1])

    pipeline.watcher = Watcher()
    pipeline.run("baton")
    assert heard == ["passthrough-1", "baton"]


def test_a_step_can_give_its_baton_to_steps_of_its_pipeline_only() -> None:
    pipeline = made("it: [{lambda-decider: {lambda: 'b: 0'}}, passthrough]")
    stranger = made("it: [passthrough]")[0]
    pipeline[0].consumers[0] = stranger
    with pytest.raises(PipedError, match="which is no step of its pipeline"):
        pipeline.run(1)


def test_a_pipeline_with_problems_cannot_be_made() -> None:
    pipelines = Pipelines.from_node(nodes("it: [pasthrough, log]"), Check())
    with pytest.raises(ConfigurationError, match="'it' cannot be made") as caught:
        make_pipeline(pipelines.graphs["it"], Environment().catalogue)
    assert len(caught.value.problems) == 2
