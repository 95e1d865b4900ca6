"""Batons at regular times."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from piped.environment import RuntimeEnvironment
from piped.options import Cron, Duration, ResourceName
from piped.provider import Provider

__all__ = ["Interval", "TickProvider", "Ticks"]


@dataclass(frozen=True, kw_only=True)
class Interval:
    """When to tick, and for whom.

    processor: what gets the batons
    interval: the time from one tick to the next
    cron: the times of the ticks in the manner of cron, in place of an interval
    time_zone: the zone of the cron times
    jitter: each tick comes later by a random time up to this, so that many do not come at once
    auto_start: whether to begin with the process; `start-tick-interval` begins it else
    enabled: whether it is there at all
    """

    processor: ResourceName
    interval: Duration | None = None
    cron: Cron | None = None
    time_zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    jitter: Duration = 0.0
    auto_start: bool = True
    enabled: bool = True

    def __post_init__(self) -> None:
        if (self.interval is None) == (self.cron is None):
            raise ValueError("needs either `interval` or `cron`")
        if self.interval is not None and self.interval <= 0:
            raise ValueError("an interval is longer than nothing")
        if self.jitter < 0:
            raise ValueError("a jitter is not negative")


@dataclass(frozen=True, kw_only=True)
class Ticks:
    """All intervals.

    interval: each interval by its name
    enabled: whether any is there at all
    """

    interval: dict[str, Interval] = field(default_factory=dict)
    enabled: bool = True

    def in_use(self) -> dict[str, Interval]:
        """The intervals that are to tick."""
        return {name: each for name, each in self.interval.items() if self.enabled and each.enabled}


class TickProvider(Provider):
    """Hand a baton to a processor at regular times.

    The baton has `interval`, `tick` (now), `previous_tick` and `delta`, all in seconds. A tick
    begins when its time has come and the one before it has ended; those that were missed are not
    made up for::

        ticks:
            interval:
                poll:               # the resource ticks.interval.poll
                    interval: 2m
                    processor: pipeline.poll
                report:
                    cron: "0 7 * * mon-fri"
                    time_zone: Europe/Oslo
                    processor: pipeline.report
    """

    section: ClassVar[str] = "ticks"
    settings: ClassVar[Any] = Ticks

    def offers(self, settings: Ticks) -> Iterable[str]:
        return [f"ticks.interval.{name}" for name in settings.in_use()]

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        from piped.providers.ticking import TickInterval

        manager = runtime_environment.dependency_manager
        for name, interval in runtime_environment.settings(self.section, Ticks()).in_use().items():
            ticks = TickInterval(name, interval, runtime_environment.clock)
            ticks.processor = manager.add_dependency(ticks, interval.processor)
            runtime_environment.offer(f"ticks.interval.{name}", resource=ticks)
            ticks.setServiceParent(runtime_environment.application)


def __getattr__(name: str) -> Any:
    if name == "TickInterval":  # its base class is Twisted's, which takes its time to import
        from piped.providers.ticking import TickInterval

        return TickInterval
    raise AttributeError(name)
