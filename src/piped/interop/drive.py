"""Coroutines that await Deferreds and asyncio's awaitables in one body.

An asyncio Task resumes a coroutine whenever what it yielded is done. `Mixed` stands between the
two: a Deferred that comes up is handed on as a `Wait`, which the Task understands; anything else
passes. So there is a real Task, and time-outs, task groups and context variables work as ever.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator
from contextvars import Context
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from piped.interop.waiting import Wait

__all__ = ["Begun", "Mixed", "drive", "task_factory"]

T = TypeVar("T")


class Mixed(Coroutine[Any, Any, T]):
    """A coroutine of which no driver ever sees a Deferred that it does not know."""

    __slots__ = ("_coroutine", "_wait")

    def __init__(self, coroutine: Coroutine[Any, Any, T] | Generator[Any, Any, T]) -> None:
        self._coroutine = coroutine
        self._wait: Wait | None = None

    def __next__(self) -> Any:
        wait = self._wait
        if wait is None:
            yielded = self._coroutine.send(None)
        else:
            self._wait = None
            yielded = wait.resume(self._coroutine)
        # The most frequent case of `_passed`, once more: this is called at each turn of each task.
        return yielded if yielded is None else self._passed(yielded)

    def send(self, value: Any) -> Any:
        # Who waits for a Deferred gets its result from the wait, whatever the driver sends.
        if value is None or self._wait is not None:
            return self.__next__()
        return self._passed(self._coroutine.send(value))

    def throw(self, *error: Any) -> Any:
        wait, self._wait = self._wait, None
        if wait is not None:
            wait.leave()
        try:
            return self._passed(self._coroutine.throw(*error))
        finally:
            # The traceback has this frame: what is thrown must not lead back to itself.
            del error

    def close(self) -> None:
        self._coroutine.close()

    def __iter__(self) -> Mixed[T]:
        return self

    __await__ = __iter__

    def _passed(self, yielded: Any) -> Any:
        """What the driver is to see. What nobody knows is left to it to complain of."""
        if yielded is None or hasattr(yielded, "_asyncio_future_blocking"):
            return yielded
        deferred, wait, forget = _twisted()
        if not isinstance(yielded, deferred):
            return yielded
        self._wait = wait(yielded, forget)
        return self._wait

    # Debuggers, `Task.print_stack` and the `repr` of a Task are to see what really runs.
    def __getattr__(self, name: str) -> Any:
        return getattr(self._coroutine, name)


class Begun(Mixed[T]):
    """A coroutine that somebody has sent into once, and that did not end but yielded something."""

    __slots__ = ("_yielded",)

    def __init__(self, coroutine: Coroutine[Any, Any, T], yielded: Any) -> None:
        super().__init__(coroutine)
        self._yielded: tuple[Any, ...] = (yielded,)

    def __next__(self) -> Any:
        if self._yielded:
            [yielded], self._yielded = self._yielded, ()
            return self._passed(yielded)
        return super().__next__()


@cache
def _twisted() -> Any:
    # Whoever yields a Deferred has paid for the import.
    from twisted.internet.defer import Deferred

    from piped.interop.waiting import Wait, forget

    return Deferred, Wait, forget


def drive(
    coroutine: Coroutine[Any, Any, T], *, name: str | None = None, context: Context | None = None
) -> asyncio.Task[T]:
    """Run `coroutine` as a Task of the running loop, in which anything may be awaited.

    Cancelling the Task cancels the Deferred that it waits for. The rules are in
    `piped.interop.waiting`. Tasks that the coroutine makes are tasks of their own: use `drive` for
    them, too, or set `task_factory` on the loop.
    """
    if not asyncio.iscoroutine(coroutine):
        raise TypeError(f"a coroutine was expected, not {coroutine!r}")
    loop = asyncio.get_running_loop()
    return loop.create_task(Mixed(coroutine), name=name, context=context)


def task_factory(
    loop: asyncio.AbstractEventLoop,
    coroutine: Coroutine[Any, Any, T] | Generator[Any, None, T],
    **options: Any,
) -> asyncio.Task[T]:
    """Make a Task in which anything may be awaited: for `loop.set_task_factory`."""
    mixed = coroutine if type(coroutine) is Mixed else Mixed(coroutine)
    return asyncio.Task(mixed, loop=loop, **options)
