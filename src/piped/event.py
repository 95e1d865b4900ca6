"""Events: those who want to hear of something are called when it happens."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self

from piped.exceptions import TimeoutError  # noqa: A004 - its name since 2011

if TYPE_CHECKING:
    from asyncio import TimerHandle

    from piped.interop import Outcome

__all__ = ["Event", "Failures"]

Handler = Callable[..., Any]


class Event:
    """Something that happens now and then: `event += handler` hears of it, `event()` makes it.

    Handlers are called in the order in which they came, those that were there when it began. A
    handler that fails ends a plain event: its exception goes to the one who made it happen.

    An asynchronous event calls every handler, whatever the others do, and gives the outcome of
    all: a list of (succeeded, value or exception), when the last has come to its end.
    """

    __slots__ = ("_handlers", "asynchronous")

    def __init__(self, asynchronous: bool = False) -> None:
        self.asynchronous = asynchronous
        self._handlers: list[Handler] = []

    def handle(self, handler: Handler) -> Self:
        """Call `handler` from now on: as often as it was given."""
        self._handlers.append(handler)
        return self

    def unhandle(self, handler: Handler) -> Self:
        """Call `handler` once less. A ValueError if it is none of ours."""
        self._handlers.remove(handler)
        return self

    __iadd__ = handle
    __isub__ = unhandle

    def __contains__(self, handler: object) -> bool:
        return handler in self._handlers

    def __len__(self) -> int:
        return len(self._handlers)

    def __bool__(self) -> bool:
        """An event is an event, though nobody listens."""
        return True

    def __repr__(self) -> str:
        return f"<Event with {len(self)} handlers>"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Let it happen."""
        handlers = self._handlers.copy()
        if self.asynchronous:
            return _ends_of([_begun(handler, args, kwargs) for handler in handlers])
        for handler in handlers:
            handler(*args, **kwargs)
        return None

    def wait_until_fired(
        self,
        timeout: float | None = None,
        *,
        when: Callable[..., bool] | None = None,
        what: str = "the event",
    ) -> Outcome[tuple[tuple[Any, ...], dict[str, Any]]]:
        """The outcome of the next time, as its `(args, kwargs)`; with `when`, the next such time.

        It fails with a `TimeoutError` that names `what`, if there is none in `timeout` seconds.
        """
        return _Wait(self, when, what).begin(timeout)


class Failures:
    """What failed while all were told, though one of them failed."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._failures: list[Exception] = []

    def attempt(self, function: Callable[..., object], *args: Any) -> None:
        try:
            function(*args)
        except Exception as failure:  # noqa: BLE001 - `check` raises it when all were told
            self.add(failure)

    def add(self, failure: Exception) -> None:
        self._failures.append(failure)

    def check(self) -> None:
        """Raise what failed: as it is, or all of it as a group."""
        failures, self._failures = self._failures, []
        if len(failures) > 1:
            raise ExceptionGroup(self._what, failures)
        for failure in failures:
            raise failure


class _Wait:
    """One who waits for an event, and leaves neither handler nor timer behind."""

    def __init__(self, event: Event, when: Callable[..., bool] | None, what: str) -> None:
        from piped.interop import Outcome

        self._event = event
        self._when = when
        self._what = what
        self._timer: TimerHandle | None = None
        self._outcome: Outcome[Any] = Outcome(lambda _: self._end())

    def begin(self, timeout: float | None) -> Outcome[Any]:
        if timeout is not None:
            from asyncio import get_running_loop

            self._timer = get_running_loop().call_later(max(timeout, 0), self._give_up, timeout)
        self._event.handle(self._happened)
        return self._outcome

    def _happened(self, *args: Any, **kwargs: Any) -> None:
        # An event calls those who listened when it began, and one of them may have ended us.
        if not self._outcome.called and (self._when is None or self._when(*args, **kwargs)):
            self._end()
            self._outcome.callback((args, kwargs))

    def _give_up(self, timeout: float) -> None:
        self._end()
        self._outcome.errback(TimeoutError(f"waited {timeout:g} seconds for {self._what}"))

    def _end(self) -> None:
        self._event.unhandle(self._happened)
        if self._timer is not None:
            self._timer.cancel()


def _begun(handler: Handler, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What `handler` will give: a Deferred."""
    from twisted.internet.defer import Deferred, fail, succeed

    from piped.interop import outcome_of

    try:
        value = handler(*args, **kwargs)
    except Exception as failure:  # noqa: BLE001 - it is one of the ends that we report
        return fail(failure)
    if isinstance(value, Deferred):
        return value
    return outcome_of(value) if hasattr(value, "__await__") else succeed(value)


def _ends_of(begun: list[Any]) -> Outcome[list[tuple[bool, Any]]]:
    from twisted.internet.defer import DeferredList

    from piped.interop import outcome_of

    def pairs(ends: list[tuple[bool, Any]]) -> list[tuple[bool, Any]]:
        return [(succeeded, end if succeeded else end.value) for succeeded, end in ends]

    return outcome_of(DeferredList(begun, consumeErrors=True).addCallback(pairs))
