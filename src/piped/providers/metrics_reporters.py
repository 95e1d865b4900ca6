"""Those who send metrics to a server of StatsD: each what it knows of."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from piped.observe.metrics import Metrics, PipelineMetrics
from piped.observe.process_values import ProcessValues, process_values
from piped.observe.recorded import MetricKind
from piped.observe.statsd import StatsdKind

__all__ = ["LoopReporter", "PipelinesReporter", "ProcessReporter", "Sender", "recorded_sender"]


class Sender:
    """A client, with what stands before all names, and the tags of all."""

    def __init__(self, client: Callable[[], Any], prefix: str, tags: Sequence[str]) -> None:
        self._client = client
        self._prefix = prefix
        self._tags = tags

    @property
    def loses_tags(self) -> bool:
        """Whether there are tags that the server is not told."""
        return bool(self._tags) and not self._client().settings.tagged

    def send(
        self,
        kind: StatsdKind,
        name: str,
        value: float,
        labels: Mapping[str, str] | None = None,
        rate: float = 1,
    ) -> None:
        name = ".".join(each for each in (self._prefix, name) if each)
        tags: Any = labels or {}
        client = self._client()
        if client.settings.tagged:
            tags = [*self._tags, *(f"{key}:{each}" for key, each in tags.items())]
        client.send(kind, name, value, tags, rate)


class ProcessReporter:
    """What the process takes of its machine."""

    def __init__(self, sender: Sender, values: Sequence[str]) -> None:
        self._sender = sender
        self._values = values
        self._before: ProcessValues | None = None

    async def report(self) -> None:
        now = await asyncio.to_thread(process_values)
        found: dict[str, float | None] = {"memory.rss": now.rss, "memory.vms": now.vms}
        for name in ("connections", "file_descriptors", "open_files", "threads"):
            found[name] = getattr(now, name)
        found["cpu_percent"] = _percent(self._before, now)
        self._before = now
        for name, value in found.items():
            if value is not None and name.partition(".")[0] in self._values:
                self._sender.send("g", name, value)


def _percent(before: ProcessValues | None, now: ProcessValues) -> float | None:
    if before is None or now.at <= before.at:
        return None
    return round(100 * (now.cpu_seconds - before.cpu_seconds) / (now.at - before.at), 1)


class LoopReporter:
    """By how much the loop was late: the longest, since it was last told."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._longest = 0.0

    def late(self, seconds: float) -> None:
        self._longest = max(self._longest, seconds)

    async def report(self) -> None:
        longest, self._longest = self._longest, 0.0
        self._sender.send("g", "loop.lag", longest * 1000)


class PipelinesReporter:
    """What pipelines have done since it was last told, and are doing."""

    _COUNTED = ("runs", "failures", "cancelled", "refused", "dropped")
    _NOW = ("under_way", "waiting")

    def __init__(self, sender: Sender, metrics: Metrics) -> None:
        self._sender = sender
        self._metrics = metrics
        self._before: dict[tuple[str, str], float] = {}

    async def report(self) -> None:
        for each in list(self._metrics.pipelines.values()):
            self._report(each)

    def _report(self, metrics: PipelineMetrics) -> None:
        labels = {"pipeline": metrics.name}
        for name in self._COUNTED:
            if count := self._new(metrics.name, name, getattr(metrics, name)):
                self._sender.send("c", f"pipelines.{name}", count, labels)
        for name in self._NOW:
            self._sender.send("g", f"pipelines.{name}", getattr(metrics, name), labels)
        calls = self._new(metrics.name, "calls", metrics.times.calls)
        seconds = self._new(metrics.name, "seconds", metrics.times.seconds)
        if calls:
            self._sender.send("ms", "pipelines.time", seconds / calls * 1000, labels)

    def _new(self, pipeline: str, name: str, value: float) -> float:
        before = self._before.get((pipeline, name), 0)
        self._before[pipeline, name] = value
        return value - before


def recorded_sender(sender: Sender) -> Any:
    """Who sends what steps record, as soon as they do."""
    kinds: dict[MetricKind, StatsdKind] = {"counter": "c", "gauge": "g", "time": "ms"}

    def listen(
        kind: MetricKind, name: str, value: float, labels: Mapping[str, str], rate: float
    ) -> None:
        sent = value * 1000 if kind == "time" else value
        sender.send(kinds[kind], name, sent, labels, 1 if kind == "gauge" else rate)

    return listen
