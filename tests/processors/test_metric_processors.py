"""Metrics: recorded by steps, and asked for over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as prometheus

from piped.exceptions import UnfitBaton
from piped.testing import YamlEnvironment
from tests.web.serving import serving

ROUTING = """
    __config__: {processor: pipeline.build}
    metrics:
      __config__: {processor: pipeline.show}
"""
MORE = """
    metrics: {}
    pipelines:
      build:
        - record-metric: {metric: engines.built, labels: {kind: steam}}
        - record-metric: {metric: engines.waiting, kind: gauge, value: 3}
        - record-metric: {metric: engines.took, kind: time, value: 0.2}
        - write-web-response
      show:
        - render-metrics
        - write-web-response: {content_type: !path content_type}
"""


@pytest.mark.parametrize(
    ("accept", "parse", "kind"),
    [
        ("application/openmetrics-text;version=1.0.0,text/plain;q=0.5", openmetrics, "openm"),
        ("text/plain", prometheus, "text/plain; version=0.0.4"),
        ("*/*", prometheus, "text/plain; version=0.0.4"),
    ],
)
async def test_a_page_tells_all_there_is(accept: str, parse: Any, kind: str) -> None:
    async with serving(ROUTING, more=MORE) as it:
        assert await it.codes("/", "/", "/missing") == [200, 200, 404]
        answer = await it.fetch("/metrics", headers={"accept": accept})
    assert kind in answer.headers["content-type"]
    found = {each.name: each for each in parse(answer.text)}
    values = {
        (one.name, *sorted(one.labels.items())): one.value
        for each in found.values()
        for one in each.samples
    }
    assert values["engines_built_total", ("kind", "steam")] == 2
    assert values["engines_waiting",] == 3
    assert values["engines_took_count",] == 2
    assert values["piped_pipeline_runs_total", ("pipeline", "build")] == 2
    assert values["piped_pipeline_under_way", ("pipeline", "show")] == 1
    assert values["process_cpu_seconds_total",] > 0
    assert found["piped_build_info"].samples[0].labels.keys() == {"version"}
    assert found["piped_loop_lag_seconds"].type == "histogram"


async def test_a_late_loop_is_seen() -> None:
    import asyncio
    import time

    async with serving(ROUTING, more=MORE) as it:
        needed = {"provider": "metrics.measures"}
        manager = it.environment.dependency_manager
        measures = manager.add_dependency(object(), needed).get_resource()
        async with asyncio.timeout(20):
            while not any(measures._lag.counts[6:]):  # a quarter of a second and more
                time.sleep(0.9)  # noqa: ASYNC251 - what one should not do
                await asyncio.sleep(0)


async def test_a_metric_is_of_one_kind_in_all_pipelines() -> None:
    text = """
    metrics: {}
    pipelines:
      a: [{record-metric: {metric: x}}]
      b: [{record-metric: {metric: x, kind: gauge}}]
    """
    environment = YamlEnvironment(text)
    assert await environment.run({}, "a") == [{}]
    with pytest.raises(UnfitBaton, match="'x' is a counter already"):
        await environment.run({}, "b")


@pytest.mark.parametrize("value", [3, 2.5, 0])
async def test_the_value_may_come_from_the_baton(value: float) -> None:
    recorded = []

    class Measures:
        def record(self, *what: Any) -> None:
            recorded.append(what)

    text = "- record-metric: {metric: a, value: !path n, labels: {k: !path k}, sample_rate: 0.5}"
    offered: Any = {"metrics.measures": Measures()}
    environment = YamlEnvironment(text, **offered)
    baton = {"n": value, "k": 7}
    assert await environment.run(baton) == [baton]
    assert recorded == [("counter", "a", value, {"k": "7"}, 0.5)]


async def test_a_label_of_a_clients_making_is_shortened() -> None:
    async with serving(ROUTING, more=MORE.replace("kind: steam", "kind: !path request.args")) as it:
        await it.fetch(f"/?{'x' * 3000}=1")
        page = (await it.fetch("/metrics")).text
    [line] = [each for each in page.split("\n") if each.startswith("engines_built_total")]
    assert len(line) < 200


@pytest.mark.parametrize("value", [True, float("inf"), -1])
async def test_what_is_no_number_is_unfit(value: Any) -> None:
    offered: Any = {"metrics.measures": object()}
    environment = YamlEnvironment("- record-metric: {metric: a, value: !path n}", **offered)
    with pytest.raises(UnfitBaton):
        await environment.run({"n": value})
