"""Make the calls of a walk: at once while they return plain values, waiting where one does not.

A run of plain steps makes no coroutine, no task and no Deferred. The first value that has to be
waited for turns the run into a coroutine, which makes the rest of the calls.
"""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import Any, Protocol

from piped.interop import is_later, settled
from piped.processing.handling import awaited, called
from piped.processing.outputs import raise_failure_in
from piped.processing.plan import Call, Plan
from piped.processing.untaken import raise_untaken
from piped.processing.walk import Walk

__all__ = ["Running", "Watcher", "run", "start"]

# The results, or what will give them.
Running = list[Any] | Coroutine[Any, Any, list[Any]]


class Watcher(Protocol):
    """Hears of each call of a run, and of its end."""

    def called(self, call: Call) -> None: ...

    def returned(self, call: Call, output: Any, consumers: Sequence[int]) -> None: ...

    def raised(self, call: Call, failure: Exception) -> None: ...


def start(plan: Plan, baton: Any, watcher: Watcher | None = None) -> Running:
    """The results of `plan` for `baton` in order of arrival; a coroutine, if a step has to wait.

    Raises what a step raised and nobody took, with a note that names the step and the pipeline.
    """
    walk = Walk(plan, baton)
    while call := walk.due():
        try:
            output = _begun(call, watcher)
            if is_later(output):
                return _go_on(walk, call, output, watcher)
            _ended(walk, call, output, watcher)
        except Exception as failure:  # noqa: BLE001 - whatever a step raises is a failure
            _failed(walk, call, failure, watcher)
    return walk.results


async def run(plan: Plan, baton: Any, watcher: Watcher | None = None) -> list[Any]:
    """The results of `plan` for `baton`, as `start` has them."""
    running = start(plan, baton, watcher)
    return running if isinstance(running, list) else await running


async def _go_on(walk: Walk, first: Call, waiting: Any, watcher: Watcher | None) -> list[Any]:
    """The rest of a walk, of which the first call has begun and its output is `waiting`."""
    call: Call | None = first
    output = waiting
    while call:
        try:
            if call is not first:
                output = _begun(call, watcher)
            if is_later(output):
                output = await awaited(call.failure, settled, output)
            _ended(walk, call, output, watcher)
        except Exception as failure:  # noqa: BLE001 - whatever a step raises is a failure
            _failed(walk, call, failure, watcher)
        call = walk.due()
    return walk.results


def _begun(call: Call, watcher: Watcher | None) -> Any:
    if watcher is not None:
        watcher.called(call)
    return called(call.failure, call.step.process, call.baton)


def _ended(walk: Walk, call: Call, output: Any, watcher: Watcher | None) -> None:
    called(call.failure, raise_failure_in, output)
    consumers = tuple(called(call.failure, call.step.consumers_of, output))
    if watcher is not None:
        watcher.returned(call, output, consumers)
    walk.returned(output, consumers)


def _failed(walk: Walk, call: Call, failure: Exception, watcher: Watcher | None) -> None:
    if watcher is not None:
        watcher.raised(call, failure)
    untaken = None
    try:
        untaken = walk.raised(failure)
        if untaken is not None:
            raise_untaken(untaken, walk.plan, call.step)
    finally:
        # The traceback has this frame: what is raised must not lead back to itself.
        del failure, untaken
