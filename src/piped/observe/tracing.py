"""Following one baton through all pipelines, nested ones and those that wait included.

`traced` sets a context variable: runs in that context, and in all that come of it, are followed,
and no others. Tracing within tracing is possible; either trace has all of its own.

A `_Run` hears what a `Walk` is told, and keeps the same stack, with the way of each baton:
1. What is to be called next, and from whom it has its baton, is the top of the stack.
2. A step that returns puts its consumers on the stack; a step with none of them has a result.
3. A step that fails takes away all that was still to come of it, and hands the failure back: to
   the step from which it had its baton, and on, until one has error consumers. These are put on
   the stack, in the place of all that was to come of that one.
4. A step takes one failure of what comes of it. What its error consumers fail with goes further.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

from piped.interop import settled
from piped.observe.changes import NOTHING, changes
from piped.observe.failures import FailureText, failure_text
from piped.observe.snapshot import snapshot
from piped.observe.trace import Entry, Place, Trace, Traced
from piped.processing.emitting import begun
from piped.processing.plan import OVER, Call, Plan, Step
from piped.processing.run import Running
from piped.processing.watching import watching

__all__ = ["place_of", "traced"]


async def traced(pipeline: Any, baton: Any, *, by: Any = None) -> Traced:
    """Run `pipeline`, and follow the baton. It does not raise: what failed is in what it gives.

    `by` is the processor that does so, if it is one.
    """
    trace = Trace()
    with watching(_watch):
        traces = _traces.set((*_traces.get(), trace))
        caller = _caller.set(place_of(by) if by is not None else None)
        try:
            results, failure = await settled(pipeline.run(baton)), None
        except Exception as raised:  # noqa: BLE001 - it is a part of what is given
            results, failure = [], raised
        finally:
            _caller.reset(caller)
            _traces.reset(traces)
    return Traced(results, tuple(trace.entries), failure, trace.left_out)


def place_of(processor: Any) -> Place:
    """Where a processor stands."""
    pipeline = getattr(getattr(processor, "evaluator", None), "name", "")
    step = getattr(processor, "id", "") or type(processor).__name__
    return Place(pipeline, step, getattr(processor, "name", ""))


# The traces that follow what happens in this context, and the step that is being called in it.
_traces: ContextVar[tuple[Trace, ...]] = ContextVar("traces", default=())
_caller: ContextVar[Place | None] = ContextVar("caller", default=None)


def _watch(pipeline: Any, baton: Any) -> Running | None:
    """The run of a pipeline, followed if this context is."""
    traces = _traces.get()
    if not traces:
        return None
    caller = _caller.get()
    run = _Run(traces, pipeline, caller)
    try:
        running = begun(run.plan, baton, run)
        # What waits goes on in whatever context it is awaited; until then we are where we were.
        return running if isinstance(running, list) else _awaited(running, _caller.get())
    finally:
        _caller.set(caller)


async def _awaited(running: Any, called: Place | None) -> list[Any]:
    caller = _caller.get()
    _caller.set(called)
    try:
        results: list[Any] = await running
        return results
    finally:
        _caller.set(caller)


@dataclass(eq=False, slots=True)
class _Visit:
    """A baton at a step."""

    place: Place | None
    before: Any  # the snapshot of what it was given
    above: _Visit | None = None  # from where the baton came
    step: Step | None = None
    baton: Any = None
    depth: int = 0  # of the stack, without what comes of it
    began: float = 0.0
    time: float | None = None
    rescued: bool = False  # its error consumers have had their turn


@dataclass(frozen=True, slots=True)
class _Due:
    """A step that is to be called, and from whom it has its baton."""

    source: _Visit
    failure: FailureText | None = None


class _Run:
    """A watcher that follows one run."""

    def __init__(self, traces: Sequence[Trace], pipeline: Any, caller: Place | None) -> None:
        self.plan = self._told(pipeline.plan)
        self._places = {
            step.name: Place(pipeline.name, step.name, getattr(processor, "name", ""))
            for step, processor in zip(self.plan.steps, pipeline.processors, strict=False)
        }
        self._traces = traces
        self._outside = _Visit(caller, None)
        self._stack = [_Due(self._outside) for _ in self.plan.sources]
        self._visit = self._outside
        # A failure on its way back has come to this one, and what it says.
        self._climbing: _Visit | None = None
        self._said: FailureText | None = None

    def called(self, call: Call) -> None:
        due = self._stack.pop()
        source, place = due.source, self._places[call.step.name]
        # Of a step that emits several batons, only what goes to others is shown.
        is_part = bool(call.step.part)
        before = source.before if is_part else snapshot(call.baton)
        self._visit = _Visit(place, before, source, call.step, call.baton, len(self._stack))
        if is_part:
            pass
        elif due.failure is not None:
            self._add(source, place, before, failure=due.failure, is_error_consumer=True)
        else:
            self._add(source, place, before, time=source.time)
        _caller.set(place)
        self._visit.began = perf_counter()

    def returned(self, call: Call, output: Any, consumers: Sequence[int]) -> None:
        visit = self._visit
        visit.time = perf_counter() - visit.began
        if output is OVER:
            return
        if call.step.repeats and visit.above is not None:
            self._stack.append(_Due(visit.above))
        if consumers:
            self._stack += [_Due(visit)] * len(consumers)
        else:
            self._add(visit, None, snapshot(output), time=visit.time)

    def raised(self, call: Call, failure: Exception) -> None:
        del call
        self._said = failure_text(failure)
        self._climb(self._visit)

    def _climb(self, visit: _Visit | None) -> None:
        """Hand the failure back from `visit` on, until one has error consumers."""
        while visit is not None and visit.step is not None:
            del self._stack[visit.depth :]
            if visit.step.error_consumers and not visit.rescued:
                visit.rescued = True
                if visit.step.choose_on_error is not None:
                    self._climbing = visit  # until it has chosen
                    return
                self._take(visit, len(visit.step.error_consumers))
                return
            self._give_back(visit)
            visit = visit.above

    def _take(self, visit: _Visit, takers: int) -> None:
        self._stack += [_Due(visit, self._said)] * takers

    def _give_back(self, visit: _Visit) -> None:
        above = visit.above
        assert above is not None, "every step has its baton from somewhere"
        if visit.step is not None and visit.step.part:
            return  # it stays within the step
        self._add(visit, above.place, snapshot(visit.baton), failure=self._said)

    def _told(self, plan: Plan) -> Plan:
        """The plan, of which those steps tell us that choose their error consumers."""
        steps = [
            step
            if step.choose_on_error is None
            else replace(step, choose_on_error=self._told_by(step))
            for step in plan.steps
        ]
        return replace(plan, steps=tuple(steps))

    def _told_by(self, step: Step) -> Any:
        def choose(baton: Any) -> Iterable[int]:
            visit, self._climbing = self._climbing, None
            assert visit is not None, "only a failure leads here"
            try:
                takers = tuple(step.error_consumers_of(baton))
            except Exception as failure:
                self._said = failure_text(failure)
                self._go_on_from(visit)
                raise
            if takers:
                self._take(visit, len(takers))
            else:
                self._go_on_from(visit)
            return takers

        return choose

    def _go_on_from(self, visit: _Visit) -> None:
        self._give_back(visit)
        self._climb(visit.above)

    def _add(self, source: _Visit, destination: Place | None, baton: Any, **more: Any) -> None:
        changed = changes(source.before, baton) if source.step is not None else NOTHING
        entry = Entry(source.place, destination, baton, changed, **more)
        for trace in self._traces:
            trace.add(entry)
