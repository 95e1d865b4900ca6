"""What the steps of a pipeline take: a plan in which each call is timed.

What a step takes includes what it waits for, and the pipelines that it runs.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass, replace
from functools import partial
from time import perf_counter
from typing import Any

from piped.interop import is_later
from piped.interop.settle import coroutine_of
from piped.processing.ending import Ending
from piped.processing.outputs import ORDINARY
from piped.processing.plan import Plan, Step

__all__ = ["Times", "timed"]


@dataclass(slots=True)
class Times:
    """What was measured: calls that came to a good end, their seconds, and calls that failed."""

    calls: int = 0
    seconds: float = 0.0
    longest: float = 0.0
    failures: int = 0

    @property
    def mean(self) -> float:
        return self.seconds / self.calls if self.calls else 0.0

    def ended(self, began: float, how: BaseException | None = None, *, calls: int = 1) -> None:
        """A call that began then has ended now. One that was cancelled is neither good nor bad."""
        if how is None:
            took = perf_counter() - began
            self.calls += calls
            self.seconds += took
            if took > self.longest:  # noqa: PLR1730 - `max` takes longer than many a step
                self.longest = took
        elif isinstance(how, Exception):
            self.failures += 1


def timed(plan: Plan, times: dict[str, Times]) -> Plan:
    """`plan`, of which each call is measured in the `times` of its step."""
    return replace(plan, steps=tuple(_timed_step(step, times) for step in plan.steps))


def _timed_step(step: Step, times: dict[str, Times]) -> Step:
    # What emits several batons is called once, and takes its time for each of them.
    if step.part not in {"", "each"}:
        return step
    calls = int(not step.part)
    return replace(step, process=_timed(step.process, times.setdefault(step.name, Times()), calls))


class _Later:
    """What comes later, and its end is told. Nothing is made of it before somebody waits for it."""

    __slots__ = ("_ended", "_output")

    def __init__(
        self, output: Awaitable[Any], ended: Callable[[BaseException | None], None]
    ) -> None:
        self._output = output
        self._ended = ended

    def __await__(self) -> Generator[Any, Any, Any]:
        return Ending(coroutine_of(self._output), self._ended).__await__()


def _timed(process: Callable[[Any], Any], times: Times, calls: int) -> Callable[[Any], Any]:
    def call(baton: Any) -> Any:
        began = perf_counter()
        try:
            output = process(baton)
        except BaseException as how:
            times.ended(began, how, calls=calls)
            raise
        if type(output) not in ORDINARY and is_later(output):
            return _Later(output, partial(times.ended, began, calls=calls))
        times.ended(began, calls=calls)
        return output

    return call
