"""One wait for a Deferred, good for whoever drives the coroutine that waits.

A coroutine waits by yielding something, and does not know to whom. Twisted's driver takes a
Deferred, an asyncio Task a future. A `Wait` is both; which one is decided by who takes it.

1. A wait takes nothing away: it sees what the Deferred has when its turn in the chain of callbacks
   comes, and so do the others who wait.
2. Cancelling the task cancels the Deferred, and the task goes on when the Deferred has ended.
3. What fails while it is being cancelled was cancelled, whatever it fails with: the task gets
   asyncio's CancelledError, of which the failure is the cause. What fails later, while cleaning up,
   has failed. What has a result nevertheless gives it.
4. A Deferred that others cancel raises what it fails with: Twisted's CancelledError, which is an
   ordinary exception and no reason for the task to stop.
5. A failure that was taken is handled; Twisted reports those that nobody took. Of a plain Deferred
   it goes no further: to those who add an errback later, as AMP does, it has not happened.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Generator
from contextvars import Context
from functools import partial
from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.python.failure import Failure

from piped.interop.private import next_errback

__all__ = ["Wait", "forget", "raisable"]

Resumable = Coroutine[Any, Any, Any] | Generator[Any, Any, Any]


class Wait(Deferred[Any]):
    """What a coroutine yields while it waits for a Deferred.

    To Twisted it is a Deferred because `_inlineCallbacks` asks for the type, and then calls
    `addBoth` and `cancel`. `seen` is called when somebody has taken a failure.
    """

    # How a wait begins. There are many, and most of them change little of this.
    value: Any = None
    ended = False
    _wake: Callable[[], object] | None = None
    _cancelling = False
    _failed_at_once = False
    _has_taken = False
    _cancelled: tuple[Any, ...] | None = None  # the arguments of the CancelledError
    _asyncio_future_blocking = True

    def __init__(
        self, awaited: Deferred[Any], seen: Callable[[Deferred[Any], Failure], object]
    ) -> None:
        # Nothing is ever put into the chain of callbacks of its own, so there need not be one.
        self._awaited = awaited
        self._seen = seen

    def __repr__(self) -> str:
        return f"<wait for {self.__dict__.get('_awaited', 'what has failed')}>"

    # What Twisted's driver calls. The overloads of the real one say nothing more.
    def addBoth(self, callback: Any, *args: Any, **kwargs: Any) -> Deferred[Any]:  # noqa: N802 - Twisted's name
        def wake() -> None:
            callback(self.value, *args, **kwargs)
            if isinstance(self.value, Failure):
                self._seen(self._awaited, self.value)

        self._wake = wake
        self._awaited.addBoth(self._arrived)
        return self

    # What an asyncio Task calls.
    def get_loop(self) -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    def add_done_callback(
        self, callback: Callable[[Wait], object], *, context: Context | None = None
    ) -> None:
        loop = asyncio.get_running_loop()
        self._wake = partial(loop.call_soon, callback, self, context=context)
        self._awaited.addBoth(self._arrived)

    def result(self) -> None:  # type: ignore[override]  # no Deferred's result: this one never fires
        """Whoever resumes the coroutine looks by `error`: here there is never anything to raise."""

    # What both call, asyncio with a message.
    def cancel(self, msg: Any = None) -> bool:  # type: ignore[override]  # see above
        if self.ended:
            return False
        self._cancelled = () if msg is None else (msg,)
        self._cancelling = True
        try:
            self._awaited.cancel()
        except Exception as broken:  # noqa: BLE001 - a canceller that fails is no reason to wait for ever
            self._arrived(Failure(broken))
        finally:
            self._cancelling = False
        return True

    def _arrived(self, value: Any) -> Any:
        wake, self._wake = self._wake, None
        if wake is None:
            return value
        awaited = self._awaited
        self.value = value
        self.ended = True
        self._failed_at_once = self._cancelling
        wake()
        if isinstance(value, Failure) and self._seen is forget and not _somebody_waits(awaited):
            self._has_taken = True
            return None
        return value

    def leave(self) -> None:
        """Nobody will ask for what came. A failure that was taken is given back."""
        failure = self.value
        if self._has_taken and isinstance(failure, Failure):
            self.value = None
            self._awaited.addCallback(lambda _: failure)

    def error(self) -> BaseException | None:
        """What to raise in the coroutine. Asking counts as having taken the failure."""
        failure = self.value
        if not isinstance(failure, Failure):
            return None
        self._seen(self._awaited, failure)
        # What is raised has a traceback, and that has a frame that has us.
        self.value = None
        del self._awaited
        return self._translated(raisable(failure))

    def _translated(self, error: BaseException) -> BaseException:
        if self._cancelled is None:
            return error
        if not self._failed_at_once and not isinstance(error, CancelledError):
            return error
        cancelled = asyncio.CancelledError(*self._cancelled)
        cancelled.__cause__ = error
        return cancelled

    def resume(self, coroutine: Resumable) -> Any:
        """Go on with a coroutine that awaits a plain Deferred, which now has ended."""
        error = self.error()
        if error is not None:
            try:
                return coroutine.throw(error)
            finally:
                del error
        if self._awaited.result is self.value and not self._awaited.paused:
            return coroutine.send(None)
        return self._resume_as_of_then(coroutine)

    def _resume_as_of_then(self, coroutine: Resumable) -> Any:
        # `Deferred.__await__` will look at the result of now, which callbacks behind ours have
        # changed since. It gets to see the one we were given.
        awaited = self._awaited
        now = awaited.result, awaited.paused
        awaited.result, awaited.paused = self.value, 0
        try:
            return coroutine.send(None)
        finally:
            if awaited.result is self.value:
                awaited.result, awaited.paused = now


def raisable(failure: Failure) -> BaseException:
    """The exception of `failure` with the traceback it came with."""
    if isinstance(failure.value, BaseException):
        return failure.value.with_traceback(failure.tb)
    # One that came over a wire has no exception, but knows what to raise in its place.
    catcher = _catcher()
    next(catcher)
    try:
        failure.throwExceptionIntoGenerator(catcher)
    except StopIteration as caught:
        error: BaseException = caught.value
        return error.with_traceback(None)
    raise AssertionError("a failure raises something")


def _catcher() -> Generator[None, None, BaseException]:
    try:
        yield
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is what was asked for
        return error
    raise AssertionError("something is thrown in")


def _somebody_waits(deferred: Deferred[Any]) -> bool:
    """Whether the next one to hear of a failure is somebody who waits, too."""
    return isinstance(getattr(next_errback(deferred), "__self__", None), Wait)


def forget(deferred: Deferred[Any], failure: Failure) -> None:
    """Let `failure` end here, if nobody behind us in the chain of `deferred` does something else.

    A plain Deferred is used up by awaiting it, with Twisted, too. And what is awaited is in the
    traceback of what it raises: a Deferred that kept the failure would make a circle.
    """
    deferred.addErrback(lambda last: None if last is failure else last)
