"""Metrics as text: what the parsers of Prometheus make of it."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as prometheus

from piped.observe.families import Family, families_of_flows, families_of_pipelines
from piped.observe.metrics import Metrics
from piped.observe.openmetrics import Format, text_of
from piped.observe.process_values import families_of_process, process_values
from piped.observe.recorded import Recorded, fault_of_labels, fault_of_name
from tests.observe.test_tracing import made

BOTH = pytest.mark.parametrize("format", ["openmetrics", "prometheus"])


def parsed(families: Any, format: Format) -> dict[str, tuple[str, dict[Any, Any]]]:
    parse: Any = openmetrics if format == "openmetrics" else prometheus
    return {
        each.name: (
            each.type,
            {(one.name, *sorted(one.labels.items())): one.value for one in each.samples},
        )
        for each in parse(text_of(families, format))
    }


@BOTH
def test_pipelines_are_counted_and_timed(format: Format) -> None:
    pipeline, metrics = made("told: [passthrough]", "told"), Metrics()
    with metrics.attached():
        for _ in range(3):
            pipeline.run(1)
    found = parsed(families_of_pipelines(metrics), format)
    kinds = {name: kind for name, (kind, _) in found.items()}
    assert kinds["piped_pipeline_runs"] == "counter"
    assert kinds["piped_pipeline_under_way"] == "gauge"
    assert kinds["piped_step_seconds"] == "summary"
    _, samples = found["piped_pipeline_runs"]
    assert samples["piped_pipeline_runs_total", ("pipeline", "told")] == 3
    _, samples = found["piped_step_seconds"]
    of_it = ("pipeline", "told"), ("step", "passthrough-1")
    assert samples["piped_step_seconds_count", *of_it] == 3


@BOTH
def test_flows_are_counted_part_by_part(format: Format) -> None:
    part = {"name": "lines", "passed": 7, "waiting": 2, "refused": 1, "dropped": 0}
    flow = {"name": "flow.logs", "parts": [{**part, "holds_back": True}]}
    found = parsed(families_of_flows([flow]), format)
    of_it = ("flow", "flow.logs"), ("part", "0 lines")
    _, samples = found["piped_flow_items"]
    assert samples["piped_flow_items_total", *of_it] == 7
    assert found["piped_flow_waiting"] == ("gauge", {("piped_flow_waiting", *of_it): 2})
    assert found["piped_flow_holds_back"] == ("gauge", {("piped_flow_holds_back", *of_it): 1})


def test_where_nothing_flows_nothing_is_told_of_flows() -> None:
    assert list(families_of_flows([])) == []


@BOTH
def test_the_process_is_told_of_as_everybody_does(format: Format) -> None:
    found = parsed(families_of_process(process_values()), format)
    assert found["process_cpu_seconds"][0] == "counter"
    for name in ("resident_memory_bytes", "virtual_memory_bytes", "open_fds", "threads"):
        [value] = found[f"process_{name}"][1].values()
        assert value > 0


@BOTH
@given(value=st.text(), number=st.floats() | st.integers(-(2**53), 2**53))
def test_whatever_a_label_or_a_value_is_is_read_again(
    format: Format, value: str, number: float
) -> None:
    family = Family("a", "gauge", 'with "quotes" \\ and\nlines')
    family.add(number, label=value)
    [(_, samples)] = parsed([family], format).values()
    [(key, found)] = samples.items()
    assert key == ("a", ("label", value.encode("utf-8", "replace").decode()))
    assert found == number or (math.isnan(found) and math.isnan(number))


@BOTH
def test_what_is_recorded_is_told(format: Format) -> None:
    recorded = Recorded()
    recorded.record("counter", "engines.built", 2, {"kind": "steam"})
    recorded.record("counter", "engines.built", 1, {"kind": "steam"})
    recorded.record("gauge", "temperature", 3.5, {})
    recorded.record("gauge", "temperature", -4, {})
    for seconds in (0.001, 0.3, 20):
        recorded.record("time", "waited", seconds, {})
    found = parsed(recorded.families(), format)
    assert found["engines_built"][1] == {("engines_built_total", ("kind", "steam")): 3}
    assert found["temperature"] == ("gauge", {("temperature",): -4})
    kind, samples = found["waited"]
    assert kind == "histogram"
    assert samples["waited_count",] == 3
    assert samples["waited_sum",] == pytest.approx(20.301)
    buckets = {dict(key[1:])["le"]: n for key, n in samples.items() if key[0].endswith("_bucket")}
    assert (buckets["0.005"], buckets["0.5"], buckets["10.0"], buckets["+Inf"]) == (1, 2, 2, 3)


@BOTH
def test_a_label_may_be_called_anything(format: Format) -> None:
    recorded = Recorded()
    labels = {"value": "1", "self": "2", "name": "3"}
    recorded.record("counter", "a", 1, labels)
    recorded.record("gauge", "b", 1, labels)
    recorded.record("time", "c", 1, labels)
    found = parsed(recorded.families(), format)
    assert found["a"][1] == {("a_total", *sorted(labels.items())): 1}


def test_a_metric_is_of_one_kind() -> None:
    recorded = Recorded()
    recorded.record("counter", "a.b", 1, {})
    with pytest.raises(ValueError, match="'a_b' is a counter already"):
        recorded.record("gauge", "a_b", 1, {})


def test_labels_that_are_too_many_are_counted_together() -> None:
    recorded = Recorded(most_series=3)
    for at in range(100):
        recorded.record("counter", "a", 1, {"who": str(at)})
    [family] = recorded.families()
    assert {each.labels["who"]: each.value for each in family.samples} == {
        "0": 1,
        "1": 1,
        "2": 1,
        "other": 97,
    }


@pytest.mark.parametrize("name", ["a", "a.b_c.d9", "_x"])
def test_good_names(name: str) -> None:
    assert fault_of_name(name) == ""


@pytest.mark.parametrize(
    "name", ["", "9", "a b", "a..b", ".a", "ä", "a-b", "a.total", "a_sum", "piped.x", "process_x"]
)
def test_bad_names(name: str) -> None:
    assert fault_of_name(name)


@pytest.mark.parametrize("label", ["le", "quantile", "__a", "a.b", "", 3])
def test_bad_labels(label: Any) -> None:
    assert fault_of_labels({label: "x"})
    assert not fault_of_labels({"a_9": "x"})
