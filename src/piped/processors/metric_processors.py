"""Metrics: recorded by a step, and shown to who collects them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from piped.exceptions import ConfigurationError, UnfitBaton
from piped.observe.openmetrics import CONTENT_TYPES, Format, text_of
from piped.observe.recorded import MetricKind, fault_of_labels, fault_of_name
from piped.options import Between, KeyPath
from piped.paths import get_path
from piped.processors.dependency_processors import DependencyProcessor
from piped.processors.fixed import fixed

if TYPE_CHECKING:
    from piped.environment import RuntimeEnvironment

__all__ = ["MetricProcessor", "RecordMetric", "RenderMetrics"]

# So much of the value of a label is kept: it may be of a client's making.
_LONGEST = 120


class MetricProcessor(DependencyProcessor):
    """Does something with the metrics of the process."""

    needs: ClassVar = ("metrics.measures",)

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        self.depend_on(runtime_environment, {"provider": "metrics.measures"})


class RecordMetric(MetricProcessor):
    """Count something, tell how much there is of it, or how long it took.

    Example::

        pipeline:
            - record-metric: {metric: engines.built, value: !path n, labels: {kind: !path kind}}
        resources: {metrics.measures: some metrics}
        given: {n: 2, kind: steam}
        gives: {n: 2, kind: steam}
    """

    name = "record-metric"

    def __init__(
        self,
        *,
        metric: str,
        kind: MetricKind = "counter",
        value: float = 1.0,
        labels: dict[str, Any] | None = None,
        sample_rate: Annotated[float, Between(low=0, high=1)] = 1.0,
        **node: Any,
    ) -> None:
        """
        metric: its name, like engines.built
        kind: counter, the value is added; gauge, it is now the value; time, it took so many seconds
        value: how much
        labels: what distinguishes it, by name: few different values
        sample_rate: of how many one is sent to a server of StatsD; all are counted here
        """
        super().__init__(**node)
        self.metric = fixed("metric", metric)
        self.kind: MetricKind = fixed("kind", kind)
        self.value = value
        self.labels: Any = fixed("labels", labels)
        self.sample_rate = fixed("sample_rate", sample_rate)
        if fault := fault_of_name(metric):
            raise ConfigurationError(f"a metric cannot be called {metric!r}: {fault}")
        if fault := fault_of_labels(labels or {}):
            raise ConfigurationError(fault)

    def process_resource(self, resource: Any, baton: Any) -> Any:
        value = self.value
        # A truth value is a number to Python.
        if isinstance(value, bool) or not math.isfinite(value):
            raise UnfitBaton(f"the value of a metric is a number, and this is {value!r}")
        if value < 0 and self.kind != "gauge":
            raise UnfitBaton(f"a {self.kind} is not negative, and this is {value!r}")
        labels = {key: str(each)[:_LONGEST] for key, each in (self.labels or {}).items()}
        number = int(value) if value == int(value) else value
        try:
            resource.record(self.kind, self.metric, number, labels, self.sample_rate)
        except ValueError as error:
            raise UnfitBaton(str(error)) from error
        return baton


class RenderMetrics(MetricProcessor):
    """Write all metrics as text, for Prometheus and whoever reads the same: in OpenMetrics.

    Example::

        pipeline: [render-metrics: {format: prometheus}]
        resources: {metrics.measures: some metrics}
        given: {}
        gives: {content: "", content_type: text/plain; version=0.0.4; charset=utf-8}
    """

    name = "render-metrics"

    def __init__(
        self,
        *,
        format: Format | None = None,
        output_path: KeyPath | None = "content",
        content_type_path: KeyPath | None = "content_type",
        request_path: KeyPath = "request",
        **node: Any,
    ) -> None:
        """
        format: openmetrics, or prometheus, the elder one; what the request wants if not given
        output_path: where the text goes
        content_type_path: where its content type goes
        request_path: where the request is, if there is one
        """
        super().__init__(**node)
        self.format: Format | None = fixed("format", format)
        self.output_path = output_path
        self.content_type_path = content_type_path
        self.request_path = request_path

    async def process_resource(self, resource: Any, baton: Any) -> Any:
        chosen = self.format or self._wanted(baton)
        text = text_of(await resource.families(), chosen)
        baton = self.get_resulting_baton(baton, self.output_path, text)
        return self.get_resulting_baton(baton, self.content_type_path, CONTENT_TYPES[chosen])

    def _wanted(self, baton: Any) -> Format:
        request = get_path(baton, self.request_path, None)
        accept = request.getHeader(b"accept") or b"" if hasattr(request, "getHeader") else b""
        return "openmetrics" if b"application/openmetrics-text" in accept else "prometheus"
