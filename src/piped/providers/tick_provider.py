"""Batons at regular times."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from piped.dependencies import ResourceDependency
from piped.environment import RuntimeEnvironment
from piped.provider import Provider
from piped.providers.intervals import Interval, Ticks

__all__ = ["Interval", "TickProvider", "Ticks"]


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
            ticks.processor = ResourceDependency(
                interval.processor.path, interval.processor.configuration
            )
            manager.add_dependency(ticks, ticks.processor)
            runtime_environment.offer(f"ticks.interval.{name}", resource=ticks)
            ticks.setServiceParent(runtime_environment.application)


def __getattr__(name: str) -> Any:
    if name == "TickInterval":  # its base class is Twisted's, which takes its time to import
        from piped.providers.ticking import TickInterval

        return TickInterval
    raise AttributeError(name)
