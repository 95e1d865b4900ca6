"""Begin and end intervals of ticks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from piped.processors.dependency_processors import DependencyProcessor
from piped.processors.fixed import IntervalName, fixed

if TYPE_CHECKING:
    from piped.environment import RuntimeEnvironment

__all__ = ["IntervalProcessor", "StartTickInterval", "StopTickInterval"]


class IntervalProcessor(DependencyProcessor):
    """Does something to an interval of ticks."""

    def __init__(self, *, interval: IntervalName, **node: Any) -> None:
        """interval: the name of the interval"""
        super().__init__(**node)
        self.interval = fixed("interval", interval)

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        self.depend_on(runtime_environment, {"provider": f"ticks.interval.{self.interval}"})

    def process_resource(self, resource: Any, baton: Any) -> Any:
        return self.process_interval(resource, baton)

    def process_interval(self, interval: Any, baton: Any) -> Any:
        """Give the baton for the consumers, now or later."""
        raise NotImplementedError


class StartTickInterval(IntervalProcessor):
    """Let an interval tick. Nothing happens if it ticks already.

    Example::

        pipeline: [start-tick-interval: {interval: heartbeat}]
        resources: {ticks.interval.heartbeat: an interval}
        given: {who: ada}
        gives: {who: ada}
    """

    name = "start-tick-interval"

    def process_interval(self, interval: Any, baton: Any) -> Any:
        interval.start_ticking()
        return baton


class StopTickInterval(IntervalProcessor):
    """Let an interval tick no more. A tick that is under way comes to its end.

    Example::

        pipeline: [stop-tick-interval: {interval: heartbeat}]
        resources: {ticks.interval.heartbeat: an interval}
        given: {who: ada}
        gives: {who: ada}
    """

    name = "stop-tick-interval"

    def process_interval(self, interval: Any, baton: Any) -> Any:
        interval.stop_ticking()
        return baton
