"""Running other pipelines, and following the baton there."""

from __future__ import annotations

import asyncio
from typing import Any

from piped.observe.trace import Entry
from tests.processing.environment import Environment
from tests.processing.trying import complaints, pipelines_of, results_of
from tests.processing.yaml_nodes import nodes


def way(entry: Entry) -> str:
    ends = (entry.source, entry.destination)
    return " → ".join(each.processor if each else "result" for each in ends)


def test_a_trace_is_put_where_trace_path_says() -> None:
    baton: dict[str, Any] = {"in": {}}
    text = "it: [run-pipeline: {pipeline: other, input_path: in, trace_path: trace}]\n"
    environment = Environment(pipelines_of(nodes(text + "other: [set-value: {path: a, value: 1}]")))
    asyncio.run(results_of(environment, baton))
    trace = baton["trace"]
    assert [way(each) for each in trace] == ["run-pipeline → set-value", "set-value → result"]
    assert baton["in"] == trace[-1].baton == {"a": 1}


def test_one_that_fails_fails_behind_its_trace() -> None:
    text = """
it:
    - run-pipeline:
        {pipeline: other, input_path: in, trace_path: trace, error_consumers: [passthrough]}
other: [raise-exception: {type: ValueError, args: wrong}]
"""
    environment = Environment(pipelines_of(nodes(text)))
    [baton] = asyncio.run(results_of(environment, {"in": {}}))
    [_, failed] = baton["trace"]
    assert way(failed) == "raise-exception → run-pipeline"
    assert failed.failure.message == "wrong"


def test_without_it_nothing_is_followed() -> None:
    text = "it: [run-pipeline: {pipeline: other}]\nother: [passthrough]"
    [result] = asyncio.run(results_of(Environment(pipelines_of(nodes(text))), {"a": 1}))
    assert result == {"a": 1}


def test_an_empty_path_is_none() -> None:
    text = "it: [run-pipeline: {pipeline: other, trace_path: ''}]\nother: [passthrough]"
    [found] = complaints(text)
    assert "trace_path is empty" in found
