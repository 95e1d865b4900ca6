"""Make the calls of a walk: at once while they return plain values, waiting where one does not.

A run of plain steps makes no coroutine, no task and no Deferred. The first value that has to be
waited for turns the run into a coroutine, which makes the rest of the calls.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, Protocol

from piped.interop import is_later, settled
from piped.processing.handling import awaited, called
from piped.processing.outputs import raise_failure_in
from piped.processing.patience import TURNS, Patience
from piped.processing.plan import Call, Plan
from piped.processing.untaken import raise_untaken
from piped.processing.walk import Walk

__all__ = ["Running", "Watcher", "run", "start"]

# The results, or what will give them.
Running = list[Any] | Coroutine[Any, Any, list[Any]]


_NOT_BEGUN: Any = object()


class Watcher(Protocol):
    """Hears of each call of a run, and of its end."""

    def called(self, call: Call) -> None: ...

    def returned(self, call: Call, output: Any, consumers: Sequence[int]) -> None: ...

    def raised(self, call: Call, failure: Exception) -> None: ...


def start(plan: Plan, baton: Any, watcher: Watcher | None = None) -> Running:
    """The results of `plan` for `baton` in order of arrival; a coroutine, if a step has to wait.

    Raises what a step raised and nobody took, with a note that names the step and the pipeline.
    """
    walk, patience, calls = Walk(plan, baton), Patience(), 0
    call = walk.due()
    try:
        while call:
            calls += 1
            if calls % TURNS == 0 and patience.is_over():
                return _go_on(walk, call, watcher, patience)
            try:
                output = _begun(call, watcher)
                if is_later(output):
                    return _go_on(walk, call, watcher, patience, output)
                _ended(walk, call, output, watcher)
            except Exception as failure:  # noqa: BLE001 - whatever a step raises is a failure
                _failed(walk, call, failure, watcher)
            call = walk.due()
        return walk.results
    finally:
        # What was raised has this frame in its traceback, and a call has what was raised before.
        del walk, call


async def run(plan: Plan, baton: Any, watcher: Watcher | None = None) -> list[Any]:
    """The results of `plan` for `baton`, as `start` has them."""
    running = start(plan, baton, watcher)
    return running if isinstance(running, list) else await running


async def _go_on(
    walk: Walk,
    call: Call | None,
    watcher: Watcher | None,
    patience: Patience,
    output: Any = _NOT_BEGUN,
) -> list[Any]:
    """The rest of a walk, from the call that is due; which may have begun, and given `output`."""
    late = output is _NOT_BEGUN
    try:
        while call:
            if late:
                await asyncio.sleep(0)
            try:
                if output is _NOT_BEGUN:
                    output = _begun(call, watcher)
                if is_later(output):
                    output = await awaited(call.failure, settled, output)
                _ended(walk, call, output, watcher)
            except Exception as failure:  # noqa: BLE001 - whatever a step raises is a failure
                _failed(walk, call, failure, watcher)
            call, output, late = walk.due(), _NOT_BEGUN, patience.is_over()
        return walk.results
    finally:
        del walk, call, output  # see above


def _begun(call: Call, watcher: Watcher | None) -> Any:
    try:
        if watcher is not None:
            watcher.called(call)
        return called(call.failure, call.step.process, call.baton)
    finally:
        del call  # see above


def _ended(walk: Walk, call: Call, output: Any, watcher: Watcher | None) -> None:
    try:
        called(call.failure, raise_failure_in, output)
        consumers = tuple(called(call.failure, call.step.consumers_of, output))
        if watcher is not None:
            watcher.returned(call, output, consumers)
        walk.returned(output, consumers)
    finally:
        del call, output  # see above


def _failed(walk: Walk, call: Call, failure: Exception, watcher: Watcher | None) -> None:
    untaken = None
    try:
        if watcher is not None:
            watcher.raised(call, failure)
        untaken = walk.raised(failure)
        if untaken is not None:
            raise_untaken(untaken, walk.plan, call.step)
    finally:
        del call, failure, untaken  # see above
