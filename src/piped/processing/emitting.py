"""Steps that hand on several batons: those of which `process` is a generator.

In the plan such a step is four steps under one name:

1. The step itself begins the generator with its baton. It keeps its error consumers: whatever
   comes of the step may fail, and they get the baton which the step was given.
2. `open` is passed once. A failure of anything behind it closes the generator, and goes on.
3. `each` gives the next baton to the consumers of the step, and repeats.
4. `close` is where a failure waits until an asynchronous generator is closed.

So a generator is asked for a baton when all that came of the one before it has ended, and a failure
of what comes of a baton is none of the generator's: it is closed, as by leaving a `for` loop. What
is still open when a run is cancelled is closed by the run.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import AsyncExitStack, ExitStack
from contextvars import ContextVar
from dataclasses import replace
from types import coroutine
from typing import Any

from piped.exceptions import PipedError
from piped.interop import is_later, settled
from piped.processing.plan import OVER, Plan, Step
from piped.processing.run import Running, Watcher, start
from piped.processing.untaken import raise_stopped

__all__ = ["begun", "emits", "emitting", "is_emitter", "with_emissions"]


def is_emitter(function: Any) -> bool:
    """Whether `function` is written as a generator, and not as a coroutine of the old form."""
    if inspect.isasyncgenfunction(function):
        return True
    code = getattr(function, "__code__", None)
    as_coroutine = code is not None and bool(code.co_flags & inspect.CO_ITERABLE_COROUTINE)
    return inspect.isgeneratorfunction(function) and not as_coroutine


def emits(processor: Any) -> bool:
    """Whether a processor may hand on several batons, or none."""
    return is_emitter(getattr(processor, "process", None))


def with_emissions(plan: Plan, processors: Sequence[Any]) -> Plan:
    """`plan`, in which the steps of those processors that emit are loops.

    The other steps stay where they are: what is added comes behind them.
    """
    emitting = [at for at, processor in enumerate(processors) if emits(processor)]
    steps = list(plan.steps)
    for at in emitting:
        loop = _loop(steps[at], len(steps))
        steps[at] = _beginning(steps[at], len(steps))
        steps += loop
    return replace(plan, steps=tuple(steps), whole=plan) if emitting else plan


def begun(plan: Plan, baton: Any, watcher: Watcher | None = None) -> Running:
    """A watched run of any plan, as `piped.processing.run.start` has it."""
    if not plan.emits:
        return start(plan, baton, watcher)
    return _finished(lambda: start(plan, baton, watcher))


def emitting(run: Callable[[Any], Running]) -> Callable[[Any], Running]:
    """`run`, which is of a plan with emissions, in such a way that each run is finished."""

    def finishing(baton: Any) -> Running:
        return _finished(lambda: run(baton))

    return finishing


def _finished(begin: Callable[[], Running]) -> Running:
    """The results of the run that `begin` begins, which may be one of a plan with emissions."""
    opened: dict[Emission, None] = {}
    try:
        running = _among(opened, begin)
    except BaseException:
        with ExitStack() as closing:
            for each in opened:
                closing.callback(each.close)
        raise
    return running if isinstance(running, list) else _finished_later(running, opened)


class Emission:
    """A generator that has been begun by a step."""

    __slots__ = ("_among", "_items", "_name", "is_later", "is_over")

    def __init__(
        self, name: str, items: Generator[Any, Any, Any] | AsyncGenerator[Any, Any]
    ) -> None:
        self._name = name
        self._items: Any = items
        self.is_later = not isinstance(items, Generator)
        self.is_over = False
        self._among = _opened.get()
        self._among[self] = None

    def next(self) -> Any:
        """The next baton, now or later; `OVER`, if there is none."""
        if self.is_later:
            return self._next_later()
        try:
            return next(self._items)
        except StopIteration as end:
            self._end()
            returned = end.value
        except BaseException:
            self._end()
            raise
        if returned is not None:
            raise PipedError(
                f"{self._name} is a generator, which hands on what it yields, and it returned"
                f" {returned!r}"
            )
        return OVER

    def close(self) -> None:
        """Let a generator that is suspended clean up."""
        items = self._items
        self._end()
        if isinstance(items, Generator):
            items.close()

    async def close_later(self) -> None:
        """Let a generator of either kind clean up."""
        items = self._items
        self.close()
        if isinstance(items, AsyncGenerator):
            await items.aclose()

    async def _next_later(self) -> Any:
        try:
            baton = await anext(self._items)
        except StopAsyncIteration:
            self._end()
            return OVER
        except BaseException:
            self._end()
            raise
        return await settled(baton) if is_later(baton) else baton

    def _end(self) -> None:
        self.is_over = True
        self._items = None
        self._among.pop(self, None)


# What has been begun in the run that is under way, and is not over.
_opened: ContextVar[dict[Emission, None]] = ContextVar("opened")


def _beginning(step: Step, first: int) -> Step:
    process, name = step.process, step.name

    def begin(baton: Any) -> Emission:
        return Emission(name, process(baton))

    return replace(step, process=begin, consumers=(first,), choose=None)


def _loop(step: Step, first: int) -> list[Step]:
    """What comes behind `step` before its consumers; the indices begin with `first`."""
    each, closing = first + 1, first + 2

    def close(emission: Emission) -> tuple[int, ...]:
        if emission.is_later and not emission.is_over:
            return (closing,)
        emission.close()
        return ()

    name, place, ask = step.name, step.place, Emission.next
    return [
        Step(name, _same, (each,), (closing,), None, close, place, "open"),
        Step(name, ask, step.consumers, (), step.choose, None, place, "each", repeats=True),
        Step(name, _close, (), (), None, None, place, "close"),
    ]


def _same(emission: Emission) -> Emission:
    return emission


async def _close(emission: Emission) -> None:
    failure = sys.exception()
    assert failure is not None, "only a failure leads here"
    try:
        await emission.close_later()
        if isinstance(failure, StopIteration):
            raise_stopped(failure)
        raise failure
    finally:
        del failure


def _among(opened: dict[Emission, None], function: Callable[..., Any], *arguments: Any) -> Any:
    """What `function` gives; what it begins is `opened`."""
    outer = _opened.get(None)
    _opened.set(opened)
    try:
        return function(*arguments)
    finally:
        if outer is not None:
            _opened.set(outer)


async def _finished_later(running: Any, opened: dict[Emission, None]) -> list[Any]:
    try:
        return await _going(running, opened)
    finally:
        if opened:
            async with AsyncExitStack() as closing:
                for each in opened:
                    closing.push_async_callback(each.close_later)


@coroutine
def _going(running: Any, opened: dict[Emission, None]) -> Generator[Any, Any, list[Any]]:
    """Drive a coroutine, of which each turn may be in another context."""
    resume, value = running.send, None
    while True:
        try:
            yielded = _among(opened, resume, value)
        except StopIteration as end:
            results: list[Any] = end.value
            return results
        try:
            resume, value = running.send, (yield yielded)
        except GeneratorExit:
            running.close()
            raise
        except BaseException as error:  # noqa: BLE001 - it is for the coroutine
            resume, value = running.throw, error
