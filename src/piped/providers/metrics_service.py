"""What is measured while the process runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import piped
from piped.observe.families import Family, families_of_flows, families_of_pipelines
from piped.observe.flowing import seen_flows
from piped.observe.metrics import Metrics
from piped.observe.process_values import families_of_process, process_values
from piped.observe.recorded import Histogram, MetricKind, Recorded
from piped.providers.metrics_reporters import (
    LoopReporter,
    PipelinesReporter,
    ProcessReporter,
    Sender,
    recorded_sender,
)
from piped.providers.metrics_settings import MetricsSettings, Reporter
from piped.service import PipedService

if TYPE_CHECKING:
    from piped.clock import Wakeup
    from piped.environment import RuntimeEnvironment

__all__ = ["Measures"]

logger = logging.getLogger(__name__)

# How often it is looked whether the loop is late.
_LOOK = 0.5


class Measures(PipedService):
    """Counts what pipelines do, looks how late the loop is, and keeps what steps record."""

    def __init__(self, settings: MetricsSettings) -> None:
        super().__init__()
        self.setName("metrics")
        self._settings = settings
        self._pipelines = Metrics()
        self._recorded = Recorded(settings.most_series)
        self._lag = Histogram()
        self._late: list[Callable[[float], object]] = [self._lag.add]
        self._reporters: list[Any] = []
        self._senders: dict[str, Sender] = {}
        self._failing: set[Any] = set()
        self._attached = ExitStack()
        self._looking: Wakeup | None = None

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        super().configure(runtime_environment)
        # What is tried out for a few batons tells nobody.
        if self._settings.enabled and not runtime_environment.transient:
            runtime_environment.on_stopping += self.report
            for each in self._settings.reporters:
                self._add(each)

    def record(
        self,
        kind: MetricKind,
        name: str,
        value: float,
        labels: Mapping[str, str],
        sample_rate: float = 1.0,
    ) -> None:
        """See `piped.observe.recorded`."""
        if self._settings.enabled:
            self._recorded.record(kind, name, value, labels, sample_rate)

    async def families(self) -> list[Family]:
        """All that is known now."""
        lag = Family("piped_loop_lag_seconds", "histogram", "By how much the loop was late")
        lag.samples += self._lag.samples({})
        about = Family("piped_build_info", "gauge", "Which piped it is")
        about.add(1, version=piped.__version__)
        values = await asyncio.to_thread(process_values)
        return [
            about,
            *families_of_process(values),
            lag,
            *families_of_pipelines(self._pipelines),
            *families_of_flows(seen_flows(self.runtime_environment.application)),
            *self._recorded.families(),
        ]

    async def run(self) -> None:
        if not self._settings.enabled or not self._reporters:
            return
        while True:
            await self.report()
            await self.runtime_environment.clock.sleep(self._settings.interval)

    async def report(self) -> None:
        """Let all reporters tell what they know, now."""
        for each in self._reporters:
            try:
                await each.report()
            except Exception:
                if each not in self._failing:
                    self._failing.add(each)
                    logger.exception("metrics: %s failed", type(each).__name__)
            else:
                self._failing.discard(each)

    def startService(self) -> None:
        if self._settings.enabled:
            self._attached.enter_context(self._pipelines.attached())
            self._look_later()
        for path, sender in self._senders.items():
            if sender.loses_tags:
                logger.warning("metrics.tags are not sent to %s: see its `tagged`", path)
        super().startService()

    def stopService(self) -> Any:
        self._attached.close()
        if self._looking is not None:
            self._looking.cancel()
        return super().stopService()

    def _look_later(self) -> None:
        clock = self.runtime_environment.clock
        self._looking = clock.call_later(_LOOK, self._look, clock.monotonic() + _LOOK)

    def _look(self, due: float) -> None:
        late = max(self.runtime_environment.clock.monotonic() - due, 0.0)
        for each in self._late:
            each(late)
        self._look_later()

    def _add(self, reporter: Reporter) -> None:
        path = f"statsd.client.{reporter.client_name}"
        manager = self.runtime_environment.dependency_manager
        client = manager.add_dependency(self, {"provider": path})
        sender = Sender(client.get_resource, self._settings.prefix, self._settings.tags)
        self._senders[path] = sender
        if reporter.reporter == "recorded":
            self._recorded.listeners.append(recorded_sender(sender))
        elif reporter.reporter == "process":
            self._reporters.append(ProcessReporter(sender, reporter.values))
        elif reporter.reporter == "loop":
            self._reporters.append(loop := LoopReporter(sender))
            self._late.append(loop.late)
        else:
            self._reporters.append(PipelinesReporter(sender, self._pipelines))
