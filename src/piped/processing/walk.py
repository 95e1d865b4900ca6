"""The way of a baton through a plan: the rules of evaluation.

A `Walk` does no I/O and makes no call: it says which call is due, and is told how that call ended.
`piped.processing.run` makes the calls; a debugger has a loop of its own, and most tests have none.

1. Every source gets the baton, in order. What a step returns goes to each of its consumers, in
   order, and is followed to its end before the next one.
2. What a step hands to nobody is a result. A step that repeats gets its baton again when all has
   ended that came of what it returned, until it returns `OVER`; that is handed to nobody, and is
   no result.
3. A failure goes back along the way the baton came, to the nearest step that has error consumers
   for it. They get the baton which that step was given, and the failure is over if none of them
   fails. Results that were there before it stay.
4. What comes of a failure is called while that failure is being handled, and nothing else is.
5. A failure that nobody takes ends the walk. In the place of a StopIteration, which would end
   more than that, there is another one of which it is the cause.
6. What fails while a failure is handled has that one as its context. It may be one of many, where
   an error consumer hands back to a step that fails again: a failure remembers the latest of them,
   and the first, and forgets those between (`piped.processing.forgetting`).

Cancellation is not a failure: no error consumer hears of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from piped.processing.forgetting import forget_most
from piped.processing.handling import called
from piped.processing.plan import OVER, Call, Plan
from piped.processing.untaken import note_before

__all__ = ["Walk"]


@dataclass(frozen=True, slots=True)
class _Rescue:
    """A mark on the stack: all above it came of `call`, and may fail."""

    call: Call


class Walk:
    """The way of one baton through one plan."""

    def __init__(self, plan: Plan, baton: Any) -> None:
        self.plan = plan
        self.results: list[Any] = []
        # What is left to do, the next thing last. Only a step with error consumers leaves a mark,
        # so a loop of steps without them may turn for ever and the stack stays as it is.
        self._stack: list[Call | _Rescue] = []
        self._current: Call | None = None
        self._push(plan.sources, baton, failure=None)

    def due(self) -> Call | None:
        """The call to make now, or None when the walk is over."""
        assert self._current is None, "the last call has not ended"
        while self._stack:
            entry = self._stack.pop()
            if isinstance(entry, Call):
                if entry.step.error_consumers:
                    self._stack.append(_Rescue(entry))
                self._current = entry
                return entry
        return None

    def returned(self, output: Any, consumers: Iterable[int]) -> None:
        """The call that was due gave `output`, meant for `consumers`."""
        call = self._end_call()
        if output is OVER:
            return
        if call.step.repeats:
            self._stack.append(call)
        if not self._push(consumers, output, call.failure):
            self.results.append(output)

    def raised(self, failure: Exception) -> Exception | None:
        """The call that was due failed. Gives the failure that nobody takes, if there is one."""
        call = self._end_call()
        if call.failure is not None:
            forget_most(failure)
        entry: Call | _Rescue | None = None
        try:
            while self._stack:
                entry = self._stack.pop()
                if isinstance(entry, _Rescue):
                    try:
                        takers = tuple(_ask(failure, entry.call))
                    except Exception as another:  # noqa: BLE001 - it goes on in the place of the first
                        failure = another
                        continue
                    if self._push(takers, entry.call.baton, failure):
                        note_before(entry.call.step, failure, self.plan, call.step)
                        return None
            return failure
        finally:
            # A choice that fails has this frame in its traceback, and must not find itself here.
            del failure, entry, call

    def _push(self, steps: Iterable[int], baton: Any, failure: Exception | None) -> bool:
        calls = [Call(self.plan.steps[index], baton, failure) for index in steps]
        self._stack += reversed(calls)
        return bool(calls)

    def _end_call(self) -> Call:
        assert self._current is not None, "no call is under way"
        call, self._current = self._current, None
        return call


def _ask(failure: Exception, call: Call) -> Iterable[int]:
    """Which of the error consumers of `call` get its baton."""
    try:
        return called(failure, call.step.error_consumers_of, call.baton)
    finally:
        del failure, call  # see above
