"""Times as a table."""

from __future__ import annotations

import pytest

from piped.cli.times import seconds_text, table
from piped.observe.metrics import Metrics, PipelineMetrics
from piped.observe.timings import Times


@pytest.mark.parametrize(("seconds", "text"), [(2e-6, "2 µs"), (0.0125, "12.5 ms"), (2, "2.00 s")])
def test_times_are_of_a_size_to_be_read(seconds: float, text: str) -> None:
    assert seconds_text(seconds) == text


def test_each_pipeline_that_ran_has_a_line_and_each_of_its_steps() -> None:
    metrics = Metrics()
    sell, idle = PipelineMetrics("sell"), PipelineMetrics("idle")
    sell.runs, sell.failures = 1234, 1
    sell.steps |= {"pay-1": Times(2, 0.003, 0.002, 1), "thank-1": Times(0)}
    sell.times = Times(2, 0.004, 0.003)
    metrics.pipelines |= {"sell": sell, "idle": idle}
    assert table(metrics).splitlines() == [
        "           runs  failed    mean  longest   total",
        "sell       1234       1  2.0 ms   3.0 ms  4.0 ms",
        "  pay-1       3       1  1.5 ms   2.0 ms  3.0 ms",
        "  thank-1     0       0       -        -       -",
    ]
