"""What is returned for a value that comes later, to whoever may have asked.

An `Outcome` is a Deferred: it takes callbacks, and generators under `inlineCallbacks` yield it. It
can be awaited in every asyncio task, too, and by coroutines that Twisted drives. Awaiting takes
nothing away: the result is there for all who await it, whenever they come. Only what is Twisted's
own takes it, as from any Deferred: `yield` under `inlineCallbacks`, and chaining to another one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from typing import Any, TypeVar

from twisted.internet.defer import CancelledError, Deferred
from twisted.python.failure import Failure

from piped.interop.drive import Mixed
from piped.interop.private import mark_seen
from piped.interop.settle import coroutine_of, is_later
from piped.interop.waiting import Wait, raisable

__all__ = ["Outcome", "outcome_of"]

T = TypeVar("T")


class Outcome(Deferred[T]):
    """A Deferred that an asyncio task may await as it is."""

    def __await__(self) -> Generator[Any, None, T]:
        if self.called and not self.paused:
            error, value = self._now()
        else:
            wait = Wait(self, mark_seen)
            yield wait
            error, value = wait.error(), wait.value
        if error is None:
            return value  # type: ignore[no-any-return]  # Deferred.result is not typed
        try:
            raise error
        finally:
            # The traceback has this frame: what is raised must not lead back to itself.
            del error, self

    __iter__ = __await__

    def _now(self) -> tuple[BaseException | None, Any]:
        if not isinstance(self.result, Failure):
            return None, self.result
        mark_seen(self, self.result)
        return raisable(self.result), None


class _OfFuture(Outcome[T]):
    """The outcome of a Future or a Task."""

    def __init__(self, future: asyncio.Future[T]) -> None:
        super().__init__()
        self._future: asyncio.Future[T] | None = future
        future.add_done_callback(self._ended)

    def cancel(self) -> None:
        # A Deferred that is cancelled has ended when that returns. A Task may still have to clean
        # up, and may decide otherwise: it ends when it ends.
        if self._future is None:
            super().cancel()
        else:
            self._future.cancel()

    def _ended(self, future: asyncio.Future[T]) -> None:
        self._future = None
        error = _cancellation(future) if future.cancelled() else future.exception()
        if error is None:
            self.callback(future.result())
        else:
            self.errback(error)


def _cancellation(future: asyncio.Future[Any]) -> CancelledError:
    """What the cancellation of `future` is to Twisted, where it is an ordinary exception."""
    error = CancelledError()
    try:
        future.result()
    except asyncio.CancelledError as cancelled:
        error.args, error.__cause__ = cancelled.args, cancelled
    return error


def outcome_of(value: Any) -> Outcome[Any]:
    """The outcome of whatever was returned.

    A coroutine runs in a task of its own, in which anything may be awaited. Cancelling the outcome
    cancels what it is made of; when that is cancelled, the outcome fails with Twisted's
    CancelledError.
    """
    if isinstance(value, Outcome):
        return value
    if isinstance(value, asyncio.Future):
        return _OfFuture(value)
    if is_later(value) and not isinstance(value, Deferred):
        return _OfFuture(asyncio.get_running_loop().create_task(Mixed(coroutine_of(value))))
    return _chained(value)


def _chained(value: Any) -> Outcome[Any]:
    """The outcome of a Deferred, which Twisted will ask to cancel, or of what is there already."""
    outcome: Outcome[Any] = Outcome()
    outcome.addCallback(lambda _: value)
    outcome.callback(None)
    return outcome
