"""The parent of all services.

It differs from Twisted's in one thing: what a service's start or stop gives back is waited for, so
that a port that is taken, or a goodbye that takes its time, is noticed.

1. Services start in the order in which they were attached, each when the one before it is up.
2. One that fails ends the start; it and those that were up are stopped again.
3. They stop in reverse order; one that fails to keeps no other from stopping.
"""

from __future__ import annotations

import logging
from typing import Any

from twisted.application.service import IService, MultiService, Service

from piped.interop import outcome_of, settled

__all__ = ["Application"]

logger = logging.getLogger(__name__)


class Application(MultiService):
    """All services of one process."""

    def __init__(self) -> None:
        MultiService.__init__(self)
        self.setName("piped")

    def privilegedStartService(self) -> None:
        """Do nothing: each service is asked just before it is started."""

    def startService(self) -> Any:
        Service.startService(self)
        return outcome_of(self._start())

    def stopService(self) -> Any:
        Service.stopService(self)
        return outcome_of(self._stop([each for each in self if each.running]))

    async def _start(self) -> None:
        begun: list[IService] = []
        for service in list(self):
            begun.append(service)
            try:
                await settled(service.privilegedStartService())
                await settled(service.startService())
            except BaseException as failure:
                failure.add_note(f"while {called(service)} was started")
                Service.stopService(self)
                await self._give_up(begun)
                raise

    async def _give_up(self, services: list[IService]) -> None:
        """Stop what has begun. Why the start failed matters more than what fails now."""
        try:
            await self._stop(services)
        except ExceptionGroup:
            logger.exception("while a failed start was undone")

    async def _stop(self, services: list[IService]) -> None:
        failures = []
        for service in reversed(services):
            try:
                await settled(service.stopService())
            except Exception as failure:  # noqa: BLE001 - it is raised again with the others
                failure.add_note(f"while {called(service)} was stopped")
                failures.append(failure)
        if failures:
            raise ExceptionGroup("some services did not stop", failures)


def called(service: IService) -> str:
    """What people call a service."""
    return str(service.name or type(service).__name__)
