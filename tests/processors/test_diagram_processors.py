"""What runs, drawn from within."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from piped.exceptions import UnfitBaton
from piped.interop import settled
from tests.processing.environment import Environment
from tests.processing.trying import complaints, pipelines_of, results_of
from tests.processing.yaml_nodes import nodes
from tests.processors.trying import complaint, result

TEXT = """
it: [diagram-pipelines: {every: 1}]
slow:
    - passthrough
    - wait: {delay: 1}
    - run-pipeline: {pipeline: other, error_consumers: [passthrough]}
other: [eval-lambda: {lambda: "baton: baton['n']"}]
"""


async def drawn(*batons: Any) -> str:
    """The drawing of all pipelines, after these went through `slow`."""
    environment = Environment(pipelines_of(nodes(TEXT)))
    environment.depend("somebody", "it")
    await settled(environment.application.startService())
    try:
        for baton in batons:
            await results_of(environment, baton, "slow")
        [found] = await results_of(environment, {})
    finally:
        await settled(environment.application.stopService())
    await results_of(environment, {"n": 1}, "slow")
    text: str = found["dot"]
    return text


def test_all_pipelines_are_clusters_with_their_names() -> None:
    text = asyncio.run(drawn())
    assert [f'label="{each}"; class="pipeline"' in text for each in ("it", "slow", "other")]
    assert 'label="run-pipeline\\nother"' in text
    assert 'color="red", class="error_consumer"' in text
    assert '"slow/passthrough-1"' in text


def test_nothing_is_timed_yet_and_all_is_green() -> None:
    text = asyncio.run(drawn())
    assert text.count('color="#00FF00"') == 6
    assert "ms" not in text


def test_what_ran_is_timed_while_the_process_runs() -> None:
    text = asyncio.run(drawn({"n": 1}, {"n": 2}))
    line = next(each for each in text.splitlines() if '"slow/wait-1" [' in each)
    assert " ms (" in line
    assert 'color="#FF' in line


@pytest.mark.parametrize("name", ["diagram-pipelines", "diagram-dependencies"])
def test_the_drawing_goes_where_output_path_says(name: str) -> None:
    assert result(f"{name}: {{output_path: a.b}}", {})["a"]["b"].startswith("digraph ")
    assert result(f"{name}: {{output_path: ''}}", {}).startswith("digraph ")
    assert result(f"{name}: {{output_path: null}}", {"a": 1}) == {"a": 1}


def test_every_is_one_or_more() -> None:
    assert "of how many runs one is timed is 1 or more" in complaint(
        "diagram-pipelines: {every: 0}"
    )
    assert "every" in complaint("diagram-pipelines: {every: often}")
    assert "outputpath" in complaint("diagram-dependencies: {outputpath: x}")


def test_what_is_lost_is_red() -> None:
    text = "it: [diagram-dependencies]\nother: [fetch-context: {context: prices}]"
    environment = Environment(pipelines_of(nodes(text)))
    offer = environment.offer("context.prices", resource={})
    environment.depend("somebody", "other")

    def red() -> int:
        [found] = asyncio.run(results_of(environment, {}))
        return int(found["dot"].count('color="red"'))

    assert red() == 0
    offer.lost("sold out")
    assert red() > 4


TRACED = """
it: [run-pipeline: {pipeline: other, input_path: in, trace_path: trace}, diagram-trace]
other: [set-value: {path: "a", value: "</svg>"}, passthrough]
"""


def test_a_trace_is_drawn() -> None:
    [found] = asyncio.run(results_of(Environment(pipelines_of(nodes(TRACED))), {"in": {}}))
    text = found["dot"]
    assert [f'id="baton_{at}"' in text for at in (1, 2, 3, 4)] == [True, True, True, False]
    assert '"it/diagram-trace-1" [label="diagram-trace"' in text
    assert "grey" in text


def test_it_may_have_come_as_json_and_show_only_what_was_used() -> None:
    [found] = asyncio.run(results_of(Environment(pipelines_of(nodes(TRACED))), {"in": {}}))
    trace = json.loads(json.dumps([each.as_data() for each in found["trace"]]))
    text = result(
        "diagram-trace: {show_unused_processors: false, output_path: ''}", {"trace": trace}
    )
    assert "baton_3" in text
    assert "grey" not in text


@pytest.mark.parametrize("trace", ["text", 1, [1], {"a": 1}, None])
def test_what_is_no_trace_is_unfit(trace: Any) -> None:
    with pytest.raises(UnfitBaton, match="trace"):
        result("diagram-trace", {"trace": trace})


def test_a_wrong_option_is_told() -> None:
    [found] = complaints("it: [diagram-trace: {show_unused_processors: perhaps}]")
    assert "show_unused_processors" in found
