"""A host of the configuration, while the process runs.

1. It listens when all is there that its parts need and do not wait for by themselves. While
   something of that is lost, it takes nothing more.
2. Where it cannot listen, the process stops: it is of no use to anybody.
3. When the process stops, it leaves: see `piped.flows.elsewhere.host`.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from twisted.application.service import Service

from piped.exceptions import brief
from piped.flows.elsewhere.host import Host
from piped.flows.reason import Reason
from piped.flows.series import series
from piped.interop import drive, outcome_of
from piped.providers.flow_joining import tube_of
from piped.providers.flow_making import Hosted
from piped.providers.flow_needs import let_items_pass, needs_of

if TYPE_CHECKING:
    from piped.environment import RuntimeEnvironment
    from piped.providers.flow_host_settings import FlowHostSettings

__all__ = ["FlowHostService"]

logger = logging.getLogger(__name__)

_STOPPING = Reason("the process stops")


class FlowHostService(Service):
    """Listens for the flows that go through it."""

    def __init__(
        self, name: str, settings: FlowHostSettings, made: Hosted, environment: RuntimeEnvironment
    ) -> None:
        self.setName(f"flow_host.{name}")
        self.name: str = f"flow_host.{name}"
        self._settings = settings
        self._environment = environment
        self._offer = environment.offer(self.name)
        self._loop: asyncio.Task[None] | None = None
        self._needs = needs_of(self, made.parts(), environment)
        self._needs.on_ready += lambda _: self._host.go_on()
        self._needs.on_lost += lambda _, reason: self._lost(reason)
        self._host = Host(
            settings.listen,
            series(*map(tube_of, made.tubes)),
            settings.types.types,
            name=self.name,
            secret=settings.secret,
            heartbeat=settings.heartbeat,
            timeout=settings.timeout,
            item_size=settings.item_size,
            connections=settings.connections,
            clock=environment.clock,
            room=settings.room,
            room_size=settings.room_size,
            linger=settings.linger,
        )

    def seen(self) -> dict[str, Any]:
        """What there is to see of all flows that go through it, together."""
        parts = [each.as_data() for each in self._host.seen()]
        told = {"name": self.name, "flows": self._offer.is_ready, "parts": parts}
        return {**told, "senders": self._host.senders}

    def startService(self) -> None:
        super().startService()
        if self._environment.feeding:
            let_items_pass()
            self._loop = drive(self._begin(), name=self.name)

    def stopService(self) -> Any:
        super().stopService()
        return outcome_of(self._end())

    async def _begin(self) -> None:
        await self._needs.wait_for_resource()
        try:
            await self._host.start()
        except Exception as failure:  # noqa: BLE001 - of whatever endpoint it is
            said = f"{self.name} cannot listen: {type(failure).__name__}: {brief(failure)}"
            logger.error("%s", said)  # noqa: TRY400 - it says all
            self._offer.lost(said)
            self._environment.stop(1)
            return
        self._offer.ready(self)
        if not self._needs.is_ready:
            self._lost("what it needs is lost again")

    def _lost(self, reason: object) -> None:
        if self._offer.is_ready:
            said = brief(reason) if isinstance(reason, BaseException) else reason
            logger.warning("%s waits: %s", self.name, said)
            self._host.hold_back()

    async def _end(self) -> None:
        loop, self._loop = self._loop, None
        if loop is None:
            return
        loop.cancel()  # perhaps it still waits for something
        await asyncio.wait([loop])
        self._offer.lost(f"{self.name}: the process stops")
        await self._host.stop(_STOPPING, within=self._settings.stop_time)
