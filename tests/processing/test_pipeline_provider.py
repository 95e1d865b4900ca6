"""Pipelines under `pipeline.<name>`: made when asked for, ready with their processors."""

from __future__ import annotations

import asyncio

import pytest

from piped.exceptions import InvalidPipelineError, UnprovidedResourceError
from piped.processing.pipeline import Pipeline
from piped.processing.section import Pipelines
from piped.providers import MANIFEST
from piped.providers.pipeline_provider import PipelineProvider
from tests.processing.environment import Environment
from tests.processing.trying import pipelines_of
from tests.processing.yaml_nodes import nodes

TWO = "{hello: [passthrough], n.bye: [passthrough]}"


def environment(text: str) -> Environment:
    return Environment(pipelines_of(nodes(text)))


def test_all_pipelines_and_the_provider_are_offered() -> None:
    offered = ["pipeline_provider", "pipeline.hello", "pipeline.n.bye"]
    assert list(PipelineProvider().offers(pipelines_of(nodes(TWO)))) == offered
    assert list(environment(TWO).resource_manager.get_registered_resources()) == offered


def test_the_section_is_read_as_pipelines() -> None:
    assert PipelineProvider.settings is Pipelines
    assert MANIFEST[PipelineProvider.section].endswith(":PipelineProvider")
    assert Pipelines.json_schema()["type"] == ["object", "null"]


def test_a_pipeline_is_made_when_asked_for_and_shared() -> None:
    env = environment(TWO)
    assert env.provider.pipeline_by_name == {}
    first, second = env.depend("a", "hello"), env.depend("b", "hello")
    assert list(env.provider.pipeline_by_name) == ["hello"]
    assert first.get_resource() is second.get_resource()
    assert isinstance(first.get_resource(), Pipeline)


def test_the_provider_knows_all_names_and_the_pipelines_that_were_made() -> None:
    env = environment(TWO)
    made = env.depend("a", "hello").get_resource()
    assert env.provider["hello"] is made
    assert list(env.provider) == ["hello", "n.bye"]
    with pytest.raises(InvalidPipelineError, match=r"nobody has asked for the pipeline 'n\.bye'"):
        env.provider["n.bye"]
    with pytest.raises(InvalidPipelineError, match="did you mean 'hello'"):
        env.provider["hallo"]


def test_a_pipeline_is_ready_while_all_that_its_processors_need_is_there() -> None:
    env = environment(
        "{outer: [run-pipeline: {pipeline: inner}], inner: [fetch-context: {context: c}]}"
    )
    offer = env.offer("context.c")
    outer = env.depend("somebody", "outer")
    assert not outer.is_ready
    offer.ready({})
    assert outer.is_ready
    offer.lost()
    assert not outer.is_ready


def test_pipelines_that_run_each_other_are_ready_and_lost_together() -> None:
    env = environment(
        "{a: [run-pipeline: {pipeline: b}, fetch-context: {context: c}],"
        " b: [run-pipeline: {pipeline: a}]}"
    )
    offer = env.offer("context.c")
    a = env.depend("somebody", "a")
    assert not a.is_ready
    offer.ready({})
    assert a.is_ready


def test_an_unknown_pipeline_is_refused() -> None:
    with pytest.raises(UnprovidedResourceError, match=r"did you mean 'pipeline\.hello'"):
        environment(TWO).depend("somebody", "hallo")


async def test_a_pipeline_that_only_the_baton_names_leaves_nothing_behind() -> None:
    env = environment("{it: [run-pipeline: {pipeline_path: which}], other: [passthrough]}")
    pipeline = env.depend("somebody", "it").get_resource()
    await pipeline({"which": "other"})
    before = len(env.dependency_manager.dependencies)
    for _ in range(3):
        await pipeline({"which": "other"})
    assert len(env.dependency_manager.dependencies) == before


@pytest.mark.parametrize("which", ["nowhere", "..other", 7])
async def test_a_pipeline_that_is_not_there_is_a_failure_of_the_step(which: object) -> None:
    env = environment("it: [run-pipeline: {pipeline_path: which}]")
    pipeline = env.depend("somebody", "it").get_resource()
    with pytest.raises(Exception, match=r"nobody offers|no name of a pipeline"):
        await pipeline({"which": which})


async def test_a_step_waits_for_a_resource_that_is_not_there() -> None:
    env = environment("it: [fetch-context: {context: c}]")
    offer = env.offer("context.c")
    pipeline = env.depend("somebody", "it").get_resource()
    running = asyncio.ensure_future(pipeline.run({}))
    await asyncio.sleep(0)
    offer.ready(7)
    assert await running == [{"c": 7}]


async def test_a_pipeline_that_is_run_is_waited_for_while_it_is_not_ready() -> None:
    env = environment(
        "{it: [run-pipeline: {pipeline: inner}], inner: [fetch-context: {context: c}]}"
    )
    offer = env.offer("context.c")
    pipeline = env.depend("somebody", "it").get_resource()
    running = asyncio.ensure_future(pipeline.run({}))
    await asyncio.sleep(0)
    assert not running.done()
    offer.ready(7)
    assert await running == [{"c": 7}]
