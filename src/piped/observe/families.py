"""Metrics as those see them who collect them: families of samples with labels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from piped.observe.metrics import Metrics, PipelineMetrics
from piped.observe.timings import Times

__all__ = ["Family", "Sample", "families_of_flows", "families_of_pipelines"]

Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sample:
    """One number. `suffix` is what its name has beside that of its family."""

    value: float
    labels: Labels = field(default_factory=dict)
    suffix: str = ""


@dataclass(slots=True)
class Family:
    """What is measured, and each sample of it. The name of a counter is without its `_total`."""

    name: str
    kind: Literal["counter", "gauge", "histogram", "summary"]
    help: str
    samples: list[Sample] = field(default_factory=list)

    def add(self, value: float, /, **labels: str) -> None:
        self.samples.append(Sample(value, labels, "_total" if self.kind == "counter" else ""))

    def add_times(self, times: Times, /, **labels: str) -> None:
        self.samples.append(Sample(times.calls, labels, "_count"))
        self.samples.append(Sample(times.seconds, labels, "_sum"))


_COUNTED = {
    "runs": "Runs that began",
    "failures": "Runs that failed",
    "cancelled": "Runs that were cancelled",
    "refused": "Batons for which there was no room",
    "dropped": "Batons that were dropped, as the pipeline declares",
}
_NOW = {
    "under_way": "Runs that are under way",
    "waiting": "Batons that wait for their turn",
}


def families_of_pipelines(metrics: Metrics) -> Iterator[Family]:
    """What pipelines have done, and are doing. Times are those of the runs that were measured."""
    pipelines = sorted(metrics.pipelines.values(), key=_name)
    for attribute, told in _COUNTED.items():
        yield _of_each(Family(f"piped_pipeline_{attribute}", "counter", told), pipelines, attribute)
    for attribute, told in _NOW.items():
        yield _of_each(Family(f"piped_pipeline_{attribute}", "gauge", told), pipelines, attribute)
    runs = Family("piped_pipeline_run_seconds", "summary", "Time of runs, of some of them")
    steps = Family("piped_step_seconds", "summary", "Time of steps, in some of the runs")
    for each in pipelines:
        runs.add_times(each.times, pipeline=each.name)
        for step, times in each.steps.items():
            steps.add_times(times, pipeline=each.name, step=step)
    yield runs
    yield steps


_OF_PARTS = {
    "passed": ("counter", "items", "Items that a part has handed on, or taken"),
    "waiting": ("gauge", "waiting", "Items that a part holds"),
    "refused": ("counter", "refused", "Items that a part has refused"),
    "dropped": ("counter", "dropped", "Items that a part has dropped, as it declares"),
    "holds_back": ("gauge", "holds_back", "Whether a part holds back what is before it"),
}


def families_of_flows(flows: Iterable[Mapping[str, Any]]) -> Iterator[Family]:
    """What has flowed through the parts of flows. A part is known by its number and its name."""
    known = list(flows)
    for attribute, (kind, name, told) in _OF_PARTS.items() if known else ():
        family = Family(f"piped_flow_{name}", "counter" if kind == "counter" else "gauge", told)
        for flow in known:
            for number, part in enumerate(flow["parts"]):
                value = float(part[attribute])
                family.add(value, flow=flow["name"], part=f"{number} {part['name']}")
        yield family


def _of_each(family: Family, pipelines: list[PipelineMetrics], attribute: str) -> Family:
    for each in pipelines:
        family.add(getattr(each, attribute), pipeline=each.name)
    return family


def _name(metrics: PipelineMetrics) -> str:
    return metrics.name
