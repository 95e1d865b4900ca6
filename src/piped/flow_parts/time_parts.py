"""What comes by the clock."""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from piped.exceptions import ConfigurationError
from piped.flow_part import FountPart
from piped.flows.batch import Batch
from piped.flows.coming import ComingBatches
from piped.options import Cron, Duration

if TYPE_CHECKING:
    from piped.clock import Clock
    from piped.environment import RuntimeEnvironment

__all__ = ["TickFount"]

_UTC = ZoneInfo("UTC")


class TickFount(FountPart):
    """An item at regular times: {tick, previous_tick, delta}, in seconds.

    Of `every` the first comes at once, of a `cron` at its time. What would have come while nothing
    may flow is not made up for.
    """

    name = "ticks"
    output = dict

    def __init__(
        self,
        every: Duration | None = None,
        *,
        cron: Cron | None = None,
        time_zone: ZoneInfo = _UTC,
        jitter: Duration = 0.0,
        most: int | None = None,
    ) -> None:
        """
        every: the time from one tick to the next
        cron: the times of the ticks in the manner of cron, in place of that
        time_zone: the zone of the cron times
        jitter: each tick comes later by a random time up to this
        most: how many there are until it ends; without end by default
        """
        if (every is None) == (cron is None):
            raise ConfigurationError("needs either `every` or `cron`")
        if every is not None and every <= 0:
            raise ConfigurationError("`every` is longer than nothing")
        if jitter < 0 or (most is not None and most < 1):
            raise ConfigurationError("`jitter` is not negative, and `most` is one at least")
        self._every = every
        self._cron = cron
        self._time_zone = time_zone
        self._jitter = jitter
        self._most = most

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        self._clock: Clock = runtime_environment.clock

    def make(self) -> ComingBatches:
        made = ComingBatches(self._ticks)
        made.name, made.output = self.name, self.output
        return made

    async def _ticks(self) -> AsyncGenerator[Batch, None]:
        clock, number = self._clock, 0
        due, previous = clock.monotonic(), clock.time()
        while self._most is None or number < self._most:
            await clock.sleep(self._delay(due))
            now = clock.time()
            yield Batch([{"tick": now, "previous_tick": previous, "delta": now - previous}])
            previous, number = now, number + 1
            if self._every is not None:
                due = max(due + self._every, clock.monotonic())

    def _delay(self, due: float) -> float:
        jitter = random.uniform(0, self._jitter)  # noqa: S311 - nobody is to be kept from guessing it
        if self._cron is None:
            return jitter + max(due - self._clock.monotonic(), 0.0)
        now = self._clock.time()
        moment = datetime.fromtimestamp(now, UTC)
        return jitter + self._cron.next(moment, self._time_zone).timestamp() - now
