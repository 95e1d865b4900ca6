"""Environments that run without a file: providers with their settings, and what else is offered."""

from __future__ import annotations

from typing import Any

from piped.clock import Clock
from piped.environment import RuntimeEnvironment
from piped.interop import settled
from piped.provider import Provider

__all__ = ["Running", "need", "stop"]


class Running:
    """Starts environments; all are stopped at the end."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock
        self._all: list[RuntimeEnvironment] = []

    async def __call__(
        self, settings: dict[type[Provider], Any], **offers: Any
    ) -> RuntimeEnvironment:
        environment = RuntimeEnvironment(
            settings={provider.section: value for provider, value in settings.items()},
            clock=self._clock,
        )
        environment.configure()
        for name, resource in offers.items():
            environment.offer(name, resource=resource)
        for provider in settings:
            provider().configure(environment)
        environment.dependency_manager.resolve_initial_states()
        await settled(environment.application.startService())
        self._all.append(environment)
        await settled(environment.on_started())
        return environment

    async def stop_all(self) -> None:
        for environment in self._all:
            await stop(environment)


async def stop(environment: RuntimeEnvironment) -> None:
    """What the end of a process does."""
    if environment.application.running:
        await settled(environment.on_stopping())
        await settled(environment.application.stopService())


def need(environment: RuntimeEnvironment, path: str) -> Any:
    """A dependency on what is offered there."""
    return environment.dependency_manager.add_dependency(environment, {"provider": path})
