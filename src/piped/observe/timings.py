"""How often pipelines run, and where their time goes.

Every run is counted, of some the time is taken: measuring each would take longer than many a step.
What a step takes includes what it waits for, and the pipelines that it runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from piped.processing.plan import Call
from piped.processing.run import Running, start
from piped.processing.watching import watching

__all__ = ["PipelineTimes", "StepTimes", "Timings"]


@dataclass(slots=True)
class StepTimes:
    """What was measured of one step: calls that returned, their seconds, and calls that failed."""

    calls: int = 0
    seconds: float = 0.0
    longest: float = 0.0
    failures: int = 0

    @property
    def mean(self) -> float:
        return self.seconds / self.calls if self.calls else 0.0


@dataclass(slots=True)
class PipelineTimes:
    """What was seen of one pipeline. Of the runs, every one is counted; `measured` were timed."""

    runs: int = 0
    measured: int = 0
    results: int = 0  # of measured runs
    steps: dict[str, StepTimes] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """What all measured steps took."""
        return sum(each.seconds for each in self.steps.values())


class Timings:
    """Counts and times by pipeline. One of `every` runs is measured."""

    def __init__(self, every: int = 100) -> None:
        if every < 1:
            raise ValueError("of how many runs one is measured is at least one")
        self.every = every
        self.pipelines: dict[str, PipelineTimes] = {}

    @contextmanager
    def attached(self) -> Iterator[None]:
        """Watch all pipelines, meanwhile."""
        with watching(self._watch):
            yield

    def _watch(self, pipeline: Any, baton: Any) -> Running | None:
        times = self.pipelines.get(pipeline.name)
        if times is None:
            times = self.pipelines[pipeline.name] = PipelineTimes()
        measured = times.runs % self.every == 0
        times.runs += 1
        if not measured:
            return None
        times.measured += 1
        return start(pipeline.plan, baton, _Stopwatch(times))


class _Stopwatch:
    """Takes the times of one run."""

    def __init__(self, times: PipelineTimes) -> None:
        self._times = times
        self._began = 0.0

    def called(self, call: Call) -> None:
        del call
        self._began = perf_counter()

    def returned(self, call: Call, output: Any, consumers: Sequence[int]) -> None:
        del output
        took = perf_counter() - self._began
        step = self._step(call)
        step.calls += 1
        step.seconds += took
        step.longest = max(step.longest, took)
        self._times.results += not consumers

    def raised(self, call: Call, failure: Exception) -> None:
        del failure
        self._step(call).failures += 1

    def _step(self, call: Call) -> StepTimes:
        steps = self._times.steps
        return steps.get(call.step.name) or steps.setdefault(call.step.name, StepTimes())
