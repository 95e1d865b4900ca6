"""Await anything: one kind of outcome for asyncio and for Twisted."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Generator
from typing import Any, Generic, TypeVar

from twisted.internet.defer import CancelledError, Deferred
from twisted.python.failure import Failure

__all__ = ["Outcome", "outcome_of", "settled"]

T = TypeVar("T")


class Outcome(Deferred[T], Generic[T]):
    """A Deferred that any asyncio task may await."""

    def __await__(self) -> Generator[Any, None, T]:
        waiting = _Waiting(self)
        yield waiting
        value: T = waiting.result()
        return value

    __iter__ = __await__


class _Waiting(Deferred[Any]):
    """What an awaited outcome gives to its driver: a future to asyncio, a Deferred to Twisted."""

    def __init__(self, outcome: Deferred[Any]) -> None:
        super().__init__()
        self._asyncio_future_blocking = True
        self._outcome = outcome
        self._value: Any = None

    def get_loop(self) -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    def addBoth(self, callback: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N802 - Twisted's
        return self._outcome.addBoth(self._keep).addBoth(callback, *args, **kwargs)

    def add_done_callback(self, callback: Callable[[Any], object], context: Any = None) -> None:
        loop = asyncio.get_running_loop()

        def done(value: Any) -> None:
            self._keep(value)
            loop.call_soon(callback, self, context=context)

        self._outcome.addBoth(done)

    def result(self) -> Any:  # type: ignore[override]  # as a future has it
        if isinstance(self._value, Failure):
            self._value.raiseException()
        return self._value

    def cancel(self, msg: object = None) -> bool:  # type: ignore[override]  # as a future has it
        del msg
        self._outcome.cancel()
        return True

    def _keep(self, value: Any) -> Any:
        self._value = value
        return value


def outcome_of(awaitable: Any) -> Outcome[Any]:
    """The outcome of `awaitable`: a Deferred, a future, a coroutine."""
    if isinstance(awaitable, Outcome):
        return awaitable
    if isinstance(awaitable, Deferred):
        outcome: Outcome[Any] = Outcome(lambda _: awaitable.cancel())
        awaitable.addBoth(lambda value: None if outcome.called else outcome.callback(value))
        return outcome
    return _outcome_of_future(asyncio.ensure_future(awaitable))


def _outcome_of_future(future: asyncio.Future[Any]) -> Outcome[Any]:
    outcome: Outcome[Any] = Outcome(lambda _: [future.cancel()].clear())

    def done(_: Any) -> None:
        failure = CancelledError() if future.cancelled() else future.exception()
        if outcome.called:
            return
        if failure is None:
            outcome.callback(future.result())
        else:
            outcome.errback(failure)

    future.add_done_callback(done)
    return outcome


async def settled(value: Any) -> Any:
    """Wait for `value`, whatever it is."""
    if isinstance(value, Deferred):
        return await outcome_of(value)
    return await value if inspect.isawaitable(value) else value
