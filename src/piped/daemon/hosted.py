"""A configuration as a service of Twisted's: for `twistd`, in a .tac file or a plugin of its own.

1. The configuration is checked when the service is made. What is wrong with it ends the host there
   and then, in words.
2. Twisted's reactor has to be on asyncio's loop. If nobody has chosen one yet, ours is taken.
3. It begins when the reactor runs. What keeps it from beginning is told in the log, and stops the
   reactor.
4. What is logged goes where Twisted's own log goes, without secrets. Of the section `logging`
   only the level counts: files and forms are the host's.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from twisted.application.service import Service
from twisted.internet.asyncioreactor import AsyncioSelectorReactor
from twisted.internet.error import ReactorNotRunning
from twisted.logger import Logger

from piped.checking import check_file
from piped.daemon.configuring import announce, configured
from piped.daemon.phases import Phase, PhaseFailed, Phases
from piped.daemon.telling import text_of
from piped.daemon.to_twisted import ToTwisted
from piped.environment import RuntimeEnvironment
from piped.exceptions import PipedError
from piped.interop import drive, outcome_of, settled
from piped.interop.reactor import choose_loop, chosen
from piped.logs import Logging
from piped.secret import redact

__all__ = ["HostedService"]

logger = logging.getLogger("piped")


class HostedService(Service):
    """All that a configuration describes, between the start and the stop of a service."""

    environment: RuntimeEnvironment

    def __init__(
        self, configuration: str | os.PathLike[str], overrides: Sequence[str] = ()
    ) -> None:
        try:
            self.checked = check_file(configuration, overrides)
            self.checked.raise_errors()
            self._reactor = _reactor()
        except PipedError as error:
            raise SystemExit(redact(text_of(error))) from error
        self.setName(self.checked.settings.get("service_name", "piped"))
        self._starting: asyncio.Task[None] | None = None
        level = self.checked.settings.get("logging", Logging()).level or "info"
        self._log = ToTwisted(logging.getLevelNamesMapping()[level.upper()])
        self._phases = Phases(
            (
                Phase("the log", self._log.install, self._log.remove),
                Phase("the providers", self._configure),
                Phase("the dependencies", self._resolve),
                Phase("the services", self._start_services, self._stop_services),
                Phase("the announcement", self._announce_start, self._announce_stop),
            )
        )

    def startService(self) -> None:
        super().startService()
        # When a reactor says that it runs, its loop is about to.
        self._reactor.callWhenRunning(self._reactor.callLater, 0, self._begin)

    def stopService(self) -> Any:
        super().stopService()
        starting, self._starting = self._starting, None
        return None if starting is None else outcome_of(self._stop(starting))

    def _begin(self) -> None:
        if self.running:
            self._starting = drive(self._start(), name=str(self.name))

    async def _start(self) -> None:
        try:
            await self._phases.start()
        except PhaseFailed as failure:
            Logger("piped").critical("{text}", text=redact(text_of(failure.cause)))
            self._ask_to_stop()
        else:
            logger.info("%s: %s", self.name, self.checked.summary())

    async def _stop(self, starting: asyncio.Task[None]) -> None:
        if not starting.done():
            starting.cancel()  # which closes what is open
            await asyncio.wait([starting])
        await drive(self._phases.stop())

    def _ask_to_stop(self, exit_code: int = 0) -> None:
        del exit_code  # the host has its own
        with suppress(ReactorNotRunning):
            self._reactor.stop()

    # The phases, in their order.

    def _configure(self) -> None:
        self.environment = configured(self.checked, self._ask_to_stop)

    def _resolve(self) -> None:
        self.environment.dependency_manager.resolve_initial_states()

    async def _start_services(self) -> None:
        await settled(self.environment.application.startService())

    async def _stop_services(self) -> None:
        await settled(self.environment.application.stopService())

    async def _announce_start(self) -> None:
        await announce(self.environment.on_started)

    async def _announce_stop(self) -> None:
        await announce(self.environment.on_stopping)


def _reactor() -> Any:
    """Twisted's reactor, on asyncio's loop."""
    there = chosen()
    if there is None:
        from twisted.internet.main import installReactor

        from piped.interop.guest import Reactor

        there = Reactor(choose_loop("asyncio"))
        installReactor(there)
    elif not isinstance(there, AsyncioSelectorReactor):
        raise PipedError(
            f"Twisted has a reactor already, and not on asyncio's loop: {type(there).__name__}",
            hint="Leave the choice to piped, or take the one of asyncio: twistd --reactor asyncio",
        )
    return there
