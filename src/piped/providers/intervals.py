"""When it ticks: the settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from piped.options import Cron, Duration, ResourceName

__all__ = ["Interval", "Ticks"]


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
