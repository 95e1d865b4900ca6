"""What pipelines have done, and are doing: counters, and times.

1. Counters are exact: runs that began, failed, were cancelled, are under way; those that wait for
   their turn, were refused, or were dropped, of a pipeline of limited capacity.
2. Times are taken of some runs: of all at first, of one in `every` when there have been many. They
   are those of the run, if it comes to a good end, and of each of its steps. While somebody follows
   runs, none are taken of steps.
3. A run that has no turn yet is none: what it waits for its turn is no time of it.
4. Who measures a run passes by those others that count runs of the pipeline: it counts and measures
   it for them, too.

The counting is put around what a run is, once; the engine knows nothing of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from time import perf_counter
from typing import Any
from weakref import WeakKeyDictionary

from piped.observe.timings import Times, timed
from piped.processing.emitting import emitting
from piped.processing.ending import Ending
from piped.processing.run import Running
from piped.processing.watching import Run, metering

__all__ = ["Metrics", "PipelineMetrics"]


# So many runs are measured each time that their number has doubled, while they are few.
_FEW = 8


class PipelineMetrics:
    """Counters and times of one pipeline."""

    __slots__ = (
        "cancelled",
        "ended",
        "failures",
        "gate",
        "name",
        "next_measured",
        "runs",
        "steps",
        "times",
    )

    def __init__(self, name: str) -> None:
        self.name = name
        self.runs = 0
        self.ended = 0
        self.failures = 0
        self.cancelled = 0
        self.next_measured = 0
        self.times = Times()
        self.steps: dict[str, Times] = {}
        self.gate: Any = None

    @property
    def under_way(self) -> int:
        return self.runs - self.ended

    @property
    def waiting(self) -> int:
        return len(self.gate.waiting) if self.gate else 0

    @property
    def refused(self) -> int:
        return self.gate.refused if self.gate else 0

    @property
    def dropped(self) -> int:
        return self.gate.dropped if self.gate else 0

    def end(self, how: BaseException | None) -> None:
        """A run has ended."""
        self.ended += 1
        if how is not None:
            if isinstance(how, Exception):
                self.failures += 1
            else:
                self.cancelled += 1


class Metrics:
    """The metrics of all pipelines by name. In the long run one run in `every` is measured."""

    def __init__(self, every: int = 64) -> None:
        if every < 1:
            raise ValueError("of how many runs one is measured is at least one")
        self.every = every
        self.pipelines: dict[str, PipelineMetrics] = {}

    @contextmanager
    def attached(self) -> Iterator[None]:
        """Count the runs of all pipelines, meanwhile."""
        with metering(self.meter):
            yield

    def meter(self, pipeline: Any, run: Run) -> Run:
        """`run`, counted."""
        metrics = self.pipelines.get(pipeline.name)
        if metrics is None:
            metrics = self.pipelines[pipeline.name] = PipelineMetrics(pipeline.name)
        metrics.gate = pipeline.gate
        others = () if pipeline.is_followed else _counting.get(run, ())
        timed_run = _TimedRun(pipeline, run, (metrics, *others))
        counted = _counted(metrics, run, _measured(metrics, timed_run, others), self.every)
        _counting[counted] = (metrics, *others)
        return counted


# Who counts by a run already.
_counting: WeakKeyDictionary[Run, tuple[PipelineMetrics, ...]] = WeakKeyDictionary()


def _counted(metrics: PipelineMetrics, run: Run, measured: Run, every: int) -> Run:
    end = metrics.end

    def counting(baton: Any) -> Running:
        runs = metrics.runs
        metrics.runs = runs + 1
        if runs >= metrics.next_measured:
            metrics.next_measured = runs + min(runs // _FEW + 1, every)
            return measured(baton)
        try:
            running = run(baton)
        except BaseException as how:
            end(how)
            raise
        if type(running) is list:
            metrics.ended += 1
            return running
        return Ending(running, end)  # type: ignore[arg-type]  # what is no list is a coroutine

    return counting


def _measured(
    metrics: PipelineMetrics, timed_run: _TimedRun, others: tuple[PipelineMetrics, ...]
) -> Run:
    def end(began: float, how: BaseException | None) -> None:
        for each in (metrics, *others):
            each.times.ended(began, how)
            each.end(how)

    def measuring(baton: Any) -> Running:
        for each in others:
            each.runs += 1
        run = timed_run.made()
        began = perf_counter()
        try:
            running = run(baton)
        except BaseException as how:
            end(began, how)
            raise
        if isinstance(running, list):
            end(began, None)
            return running
        return Ending(running, partial(end, began))

    return measuring


class _TimedRun:
    """A run in which each step is measured. It is compiled when it is needed first."""

    def __init__(self, pipeline: Any, run: Run, whose: tuple[PipelineMetrics, ...]) -> None:
        self._pipeline = pipeline
        self._whose = whose
        self._run: Run | None = run if pipeline.is_followed else None

    def made(self) -> Run:
        if self._run is None:
            from piped.processing.compiled import compiled

            plan = self._pipeline.plan
            for each in self._whose:
                plan = timed(plan, each.steps)
            run = compiled(plan)
            self._run = emitting(run) if plan.emits else run
        return self._run
