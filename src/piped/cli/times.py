"""How often pipelines ran, and where the time went: a table for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from piped.observe.metrics import Metrics, PipelineMetrics
    from piped.observe.timings import Times

__all__ = ["seconds_text", "table"]

_HEAD = ("", "runs", "failed", "mean", "longest", "total")


def seconds_text(seconds: float) -> str:
    """A time as one says it."""
    if seconds < 1e-3:
        return f"{seconds * 1e6:.0f} µs"
    return f"{seconds * 1e3:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


def table(metrics: Metrics) -> str:
    """A line for each pipeline that ran, the longest first, and for each of its steps."""
    ran = [each for each in metrics.pipelines.values() if each.runs]
    pipelines = sorted(ran, key=lambda each: (-each.times.seconds, each.name))
    rows = [_HEAD, *(row for each in pipelines for row in _rows(each))]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(_line(row, widths) for row in rows)


def _rows(metrics: PipelineMetrics) -> Iterator[tuple[str, ...]]:
    yield (metrics.name, str(metrics.runs), *_cells(metrics.failures, metrics.times))
    for name, times in metrics.steps.items():
        yield (f"  {name}", str(times.calls + times.failures), *_cells(times.failures, times))


def _cells(failures: int, times: Times) -> tuple[str, ...]:
    taken = (times.mean, times.longest, times.seconds)
    return (str(failures), *(seconds_text(each) if times.calls else "-" for each in taken))


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    first, *others = (
        cell.rjust(width) if at else cell.ljust(width)
        for at, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return "  ".join([first, *others])
