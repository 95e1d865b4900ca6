"""Try a case: its batons, one after the other, in an environment of their own.

1. Nothing of the file is shared with another case, and nothing is written; nothing listens.
2. Time is virtual, and begins when all is up.
3. What is wrong is told, the first thing of each baton. A failure that nobody expected is itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

from piped.checking import Checked
from piped.daemon.single import Single
from piped.interop import settled
from piped.options import duration_text
from piped.processing.pipeline import Pipeline
from piped.providers.tests_forms import NOTHING
from piped.providers.tests_settings import Case, Trial
from piped.testing.clock import ManualClock
from piped.testing.comparing import difference, lack, shown
from piped.testing.stand_ins import StandIns

__all__ = ["Mismatch", "Run", "try_case"]

# Real seconds that the resources of a case may take to be there; the second, when one of them is a
# fake that is not there any more.
_PATIENCE = 10.0
_NO_PATIENCE = 0.05
# Real seconds that a case may take: what waits for something that nobody does, waits for ever.
_LONGEST = 60.0

# How a pipeline is run: what follows it may have its own way.
Run = Callable[[Pipeline, Any], Any]


class Mismatch(AssertionError):
    """Something became of a baton, and not what was expected."""

    __module__ = "builtins"  # a report is to begin with what is wrong, and not with our folders


def _plainly(pipeline: Pipeline, baton: Any) -> Any:
    return pipeline.run(baton)


async def try_case(case: Case, checked: Checked, run: Run = _plainly) -> None:
    """Try it. Raises `Mismatch`, or the failure that nobody expected."""
    clock = ManualClock()
    with _no_tasks_left():
        try:
            async with asyncio.timeout(_LONGEST) as limit:
                await clock.passing(_Attempt(case, checked, clock, run).go())
        except TimeoutError:
            if not limit.expired():
                raise
            raise Mismatch(f"it did not come to an end, in {_LONGEST:g} s of real time") from None


@dataclass(frozen=True)
class _End:
    """What became of a baton."""

    results: list[Any]
    failure: Exception | None
    took: float


class _Attempt:
    """One case, while it is tried."""

    def __init__(self, case: Case, checked: Checked, clock: ManualClock, run: Run) -> None:
        self._trials = case.trials()
        self._clock = clock
        self._run = run
        self._stand_ins = StandIns(case.fakes, clock)
        self._single = Single(
            _afresh(checked, self._stand_ins),
            resources=self._stand_ins.resources,
            lost=self._stand_ins.not_there,
            clock=clock,
        )

    async def go(self) -> None:
        names = [str(each.pipeline) for each in self._trials]
        async with self._single.up(*names) as pipelines:
            self._stand_ins.begin(self._single.stand_ins)
            for number, trial in enumerate(self._trials):
                with _told(number, trial):
                    await self._try(trial, pipelines)
        for wrong in self._stand_ins.complaints():
            raise Mismatch(wrong)

    async def _try(self, trial: Trial, pipelines: Any) -> None:
        if trial.after:
            await self._clock.sleep(trial.after)
        end = await self._end(trial, pipelines)
        wrong = _late(trial, end) or (
            _wrong_failure(trial, end) if trial.fails is not None else _wrong_results(trial, end)
        )
        if wrong:
            raise Mismatch(wrong)

    async def _end(self, trial: Trial, pipelines: Any) -> _End:
        baton = {} if trial.given is NOTHING else deepcopy(trial.given)
        gone = self._stand_ins.is_gone(self._single.stand_ins)
        began = self._clock.monotonic()
        results: list[Any] = []
        failure = None
        try:
            pipeline = await pipelines(str(trial.pipeline), _NO_PATIENCE if gone else _PATIENCE)
            results = await settled(self._run(pipeline, baton))
        except Exception as raised:
            if trial.fails is None:
                raise
            failure = raised
        return _End(results, failure, self._clock.monotonic() - began)


def _late(trial: Trial, end: _End) -> str:
    if trial.within is None or end.took <= trial.within:
        return ""
    return f"it took {duration_text(end.took)}, and may take {duration_text(trial.within)}"


def _wrong_failure(trial: Trial, end: _End) -> str:
    name, _, message = str(trial.fails).partition(":")
    if end.failure is None:
        return f"expected the failure {trial.fails}, got {_results_text(end.results)}"
    names = {
        each
        for cls in type(end.failure).__mro__
        for each in (cls.__name__, f"{cls.__module__}.{cls.__qualname__}")
    }
    if name.strip() in names and message.strip() in str(end.failure):
        return ""
    got = f"{type(end.failure).__name__}: {end.failure}".removesuffix(": ")
    return f"expected the failure {trial.fails}, got {got}"


def _wrong_results(trial: Trial, end: _End) -> str:
    if trial.results is not None:
        return difference(trial.results, end.results)
    if not trial.ends() and trial.holds is None:
        return ""  # that it did not fail is enough
    if len(end.results) != 1:
        return f"expected one result, got {_results_text(end.results)}"
    [result] = end.results
    wrong = ""
    if trial.gives is not NOTHING:
        wrong = difference(trial.gives, result)
    elif trial.has is not NOTHING:
        wrong = lack(trial.has, result)
    if wrong or trial.holds is None or trial.holds.bind()(result):
        return wrong
    return f"`{trial.holds.text}` does not hold of {shown(result)}"


def _results_text(results: list[Any]) -> str:
    if len(results) == 1:
        return f"the result {shown(results[0])}"
    return f"{len(results)} results: {shown(results)}" if results else "no result"


def _afresh(checked: Checked, stand_ins: StandIns) -> Checked:
    """The same for another environment: with providers and settings that nobody else has."""
    catalogue = replace(
        checked.catalogue, processors={**checked.catalogue.processors, **stand_ins.processors}
    )
    shared = {"pipelines", "tests"}  # of which nobody changes anything
    settings = {
        name: each if name in shared else deepcopy(each) for name, each in checked.settings.items()
    }
    return replace(
        checked,
        catalogue=catalogue,
        settings=settings,
        providers=[type(each)() for each in checked.providers],
    )


@contextmanager
def _told(number: int, trial: Trial) -> Iterator[None]:
    """Whatever is wrong says with which of several batons, and where that is written."""
    try:
        yield
    except Exception as failure:
        if number:
            failure.add_note(f"in what comes then, number {number} ({trial.place})")
        raise


@contextmanager
def _no_tasks_left() -> Iterator[None]:
    """What a case began, and did not end, is not to be there for the next one."""
    before = asyncio.all_tasks()
    try:
        yield
    finally:
        for task in asyncio.all_tasks() - before:
            task.cancel()
