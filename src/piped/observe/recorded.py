"""What is recorded by steps: counters, gauges and times, by name and labels.

The labels of a metric come of batons, and so of anybody. When there are too many, those that are
new are counted together.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

from piped.observe.families import Family, Sample

__all__ = ["Histogram", "MetricKind", "Recorded", "fault_of_labels", "fault_of_name"]

MetricKind = Literal["counter", "gauge", "time"]
Labels = tuple[tuple[str, str], ...]
# Who is told of each: kind, name, value, labels, and of how many it stands for one.
Listener = Callable[[MetricKind, str, float, Mapping[str, str], float], object]

_BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_OTHERS = "other"
_KINDS: dict[MetricKind, Literal["counter", "gauge", "histogram"]] = {
    "counter": "counter",
    "gauge": "gauge",
    "time": "histogram",
}
_is_name = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*").fullmatch
_is_label = re.compile(r"(?!__)[A-Za-z_][A-Za-z0-9_]*").fullmatch
_OURS = ("piped_", "process_")
_SUFFIXES = ("_bucket", "_count", "_created", "_info", "_sum", "_total")


class Histogram:
    """How many values there were up to each of some bounds."""

    __slots__ = ("counts", "seconds")

    def __init__(self) -> None:
        self.counts = [0] * (len(_BOUNDS) + 1)
        self.seconds = 0.0

    def add(self, value: float) -> None:
        self.counts[bisect_left(_BOUNDS, value)] += 1
        self.seconds += value

    def samples(self, labels: Mapping[str, str]) -> Iterator[Sample]:
        total = 0
        for bound, count in zip((*map(str, _BOUNDS), "+Inf"), self.counts, strict=True):
            total += count
            yield Sample(total, {**labels, "le": bound}, "_bucket")
        yield Sample(total, labels, "_count")
        yield Sample(self.seconds, labels, "_sum")


class Recorded:
    """All that steps have recorded; of each metric, at most so many series."""

    def __init__(self, most_series: int = 1000) -> None:
        self.listeners: list[Listener] = []
        self._most = most_series
        self._kinds: dict[str, MetricKind] = {}
        self._series: dict[str, dict[Labels, Any]] = {}

    def record(
        self,
        kind: MetricKind,
        name: str,
        value: float,
        labels: Mapping[str, str],
        sample_rate: float = 1.0,
    ) -> None:
        """Count `value`, set a gauge to it, or take it for a time in seconds.

        Raises a ValueError where the name is that of another kind of metric.
        """
        key = name.replace(".", "_")
        if self._kinds.setdefault(key, kind) != kind:
            raise ValueError(f"the metric {name!r} is a {self._kinds[key]} already")
        series = self._series.setdefault(key, {})
        known = self._known(series, labels)
        if kind == "counter":
            series[known] = series.get(known, 0) + value
        elif kind == "gauge":
            series[known] = value
        else:
            series.setdefault(known, Histogram()).add(value)
        for listener in self.listeners:
            listener(kind, name, value, dict(known), sample_rate)

    def families(self) -> Iterator[Family]:
        for name, kind in sorted(self._kinds.items()):
            family = Family(name, _KINDS[kind], "Recorded by steps")
            for labels, value in self._series[name].items():
                if isinstance(value, Histogram):
                    family.samples += value.samples(dict(labels))
                else:
                    family.add(value, **dict(labels))
            yield family

    def _known(self, series: dict[Labels, Any], labels: Mapping[str, str]) -> Labels:
        key = tuple(sorted(labels.items()))
        if key in series or len(series) < self._most:
            return key
        return tuple((label, _OTHERS) for label, _ in key)


def fault_of_name(name: str) -> str:
    """Why a metric cannot be called that, or nothing."""
    key = name.replace(".", "_")
    if not _is_name(name):
        return "it is made of letters, digits, underscores, and dots between them"
    if key.startswith(_OURS):
        return "those that begin so are there already"
    ending = next((each for each in _SUFFIXES if key.endswith(each)), "")
    return f"{ending!r} is added where it belongs" if ending else ""


def fault_of_labels(labels: Mapping[Any, Any]) -> str:
    """Why a metric cannot have these labels, or nothing."""
    for each in labels:
        if not isinstance(each, str) or not _is_label(each) or each in {"le", "quantile"}:
            return f"{each!r} is no name of a label"
    return ""
