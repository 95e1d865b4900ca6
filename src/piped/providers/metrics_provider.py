"""Metrics: what the process and its pipelines do, counted and told."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from piped.environment import RuntimeEnvironment
from piped.provider import Provider
from piped.providers.metrics_settings import MetricsSettings

__all__ = ["MetricsProvider"]


class MetricsProvider(Provider):
    """Count what pipelines do, and what the process takes; tell it to who collects metrics.

    `render-metrics` makes a page of them for Prometheus; `reporters` send them to servers of
    StatsD; `record-metric` adds some of your own::

        metrics:
            prefix: shop
            interval: 10s
            reporters:
                - pipelines
                - {reporter: process, values: [memory, cpu_percent], client_name: default}
        statsd:
            default: {host: localhost}
    """

    section: ClassVar[str] = "metrics"
    settings: ClassVar[Any] = MetricsSettings

    def offers(self, settings: MetricsSettings) -> Iterable[str]:
        del settings
        return ["metrics.measures"]

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        from piped.providers.metrics_service import Measures

        measures = Measures(runtime_environment.settings(self.section, MetricsSettings()))
        measures.configure(runtime_environment)
        runtime_environment.offer("metrics.measures", resource=measures)
        measures.setServiceParent(runtime_environment.application)
