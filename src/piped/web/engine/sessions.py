"""Sessions as `twisted.web` has them, on a clock of ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.web.resource import Resource
from twisted.web.server import Site

from piped.clock import Clock, Wakeup

__all__ = ["Time", "site_on"]


class Time:
    """What sessions want of a reactor: the time, and calls at a later time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def seconds(self) -> float:
        return self._clock.time()

    def callLater(self, delay: float, function: Callable[..., object], *args: Any) -> Call:
        return Call(self._clock, delay, function, args)


class Call:
    """A call that is to come, and may be put off."""

    def __init__(
        self, clock: Clock, delay: float, function: Callable[..., object], args: tuple[Any, ...]
    ) -> None:
        self._clock = clock
        self._function = function
        self._args = args
        self._wakeup: Wakeup | None = clock.call_later(delay, self._call)

    def active(self) -> bool:
        return self._wakeup is not None

    def cancel(self) -> None:
        wakeup, self._wakeup = self._wakeup, None
        if wakeup is not None:
            wakeup.cancel()

    def reset(self, delay: float) -> None:
        self.cancel()
        self._wakeup = self._clock.call_later(delay, self._call)

    def _call(self) -> None:
        self._wakeup = None
        self._function(*self._args)


def site_on(clock: Clock, resource: Any = None) -> Site:
    """A site that needs no reactor."""
    return Site(resource if resource is not None else Resource(), reactor=Time(clock))
