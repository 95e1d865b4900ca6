"""Batons for the beginning and the end of the process."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from piped.dependencies import ResourceDependency
from piped.environment import RuntimeEnvironment
from piped.interop import drive, settled
from piped.options import Duration, ResourceName
from piped.processing.handing import hand_to
from piped.provider import Provider

__all__ = ["SystemEvents", "SystemEventsProvider"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class SystemEvents:
    """What is run when.

    startup: run once everything is up, each as soon as its processor is available
    shutdown: run when the process is about to stop, while everything still works
    timeout: how long the shutdown waits for its processors, and for their ends
    """

    startup: dict[str, ResourceName] = field(default_factory=dict)
    shutdown: dict[str, ResourceName] = field(default_factory=dict)
    timeout: Duration = 30.0


class SystemEventsProvider(Provider):
    """Hand a baton to processors when the process has started, and when it is about to stop.

    The baton is `{event_type: startup}` or `{event_type: shutdown}`::

        system-events:
            startup:
                any_name: pipeline.greet
            shutdown:
                any_name: pipeline.say-farewell
    """

    section: ClassVar[str] = "system-events"
    settings: ClassVar[Any] = SystemEvents

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        self._settings: SystemEvents = runtime_environment.settings(self.section, SystemEvents())
        self._running: set[asyncio.Task[None]] = set()
        self._startup = self._depend_on(runtime_environment, self._settings.startup)
        self._shutdown = self._depend_on(runtime_environment, self._settings.shutdown)
        runtime_environment.on_started.handle(self._started)
        runtime_environment.on_stopping.handle(self._stopping)

    def _depend_on(
        self, runtime_environment: RuntimeEnvironment, processors: dict[str, ResourceName]
    ) -> dict[str, ResourceDependency]:
        dependencies = {
            name: ResourceDependency(each.path, each.configuration)
            for name, each in processors.items()
        }
        for dependency in dependencies.values():
            runtime_environment.dependency_manager.add_dependency(self, dependency)
        return dependencies

    def _started(self) -> None:
        for name, dependency in self._startup.items():
            task = drive(self._run("startup", name, dependency))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _stopping(self) -> None:
        shutdowns: list[Awaitable[None]] = [
            drive(self._run("shutdown", name, dependency, self._settings.timeout))
            for name, dependency in self._shutdown.items()
        ]
        await asyncio.gather(*shutdowns)
        # A startup that still waits for something will not get it any more.
        for task in self._running:
            task.cancel()

    async def _run(
        self, event: str, name: str, dependency: ResourceDependency, limit: float | None = None
    ) -> None:
        try:
            async with asyncio.timeout(limit):
                processor = await dependency.wait_for_resource()
                await settled(hand_to(processor, {"event_type": event}))
        except TimeoutError:
            state = "did not end" if dependency.is_ready else "was not available"
            logger.error("%s %s: %s %s in time", event, name, dependency.provider, state)  # noqa: TRY400
        except Exception:
            logger.exception("%s %s: %s failed", event, name, dependency.provider)
