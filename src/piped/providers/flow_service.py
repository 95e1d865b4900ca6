"""A flow of the configuration, while the process runs.

1. It begins when all is there that its parts need and do not wait for by themselves. While
   something of that is lost, its founts are held back.
2. Stopping stops its founts first. What is on its way has `stop_time` to come to its end; after
   that it is refused to its originators. It stops while all else still works, so that what it needs
   is there; but a flow that others put batons into stops after those who do.
3. It has ended when all that it took in is stored. Then it is left, begun again, or the process
   stops, as `on_end` says.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from twisted.application.service import Service

from piped.backoff import Backoff
from piped.exceptions import FlowStopped, ResourceLost, brief
from piped.flows.feed import Feed
from piped.flows.flow import Flow
from piped.flows.reason import Reason
from piped.flows.seen import seen
from piped.interop import drive, outcome_of, settled
from piped.providers.flow_joining import drain_of, fount_of, tube_of
from piped.providers.flow_needs import let_items_pass, needs_of

if TYPE_CHECKING:
    from piped.environment import RuntimeEnvironment
    from piped.flows.pause import Pause
    from piped.providers.flow_making import Made
    from piped.providers.flow_settings import FlowSettings

__all__ = ["FlowService"]

logger = logging.getLogger(__name__)

_STOPPING = Reason("the process stops")
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 60.0
_SOON = 1.0  # until somebody who stops the process wonders what it waits for


class FlowService(Service):
    """Runs one flow. It takes batons, if these are where its items come from."""

    def __init__(
        self, name: str, settings: FlowSettings, made: Made, environment: RuntimeEnvironment
    ) -> None:
        self.setName(f"flow.{name}")
        self.name: str = f"flow.{name}"
        self.flow: Flow | None = None  # the one that flows, or flowed last
        self._settings = settings
        self._made = made
        self._environment = environment
        self._clock = environment.clock
        self._offer = environment.offer(self.name)
        self._loop: asyncio.Task[None] | None = None
        self._holds: list[Pause] = []
        self._needs = needs_of(self, made.parts(), environment)
        environment.on_stopping.handle(self._stopping)
        self._needs.on_ready += lambda _: self._found()
        self._needs.on_lost += lambda _, reason: self._lost(reason)

    def seen(self) -> dict[str, Any]:
        """What there is to see of it."""
        flow = self.flow
        parts = [] if flow is None else [each.as_data() for each in seen(flow)]
        return {"name": self.name, "flows": self._offer.is_ready, "parts": parts}

    def startService(self) -> None:
        super().startService()
        if self._environment.feeding:
            let_items_pass()
            self._loop = drive(self._stay(), name=self.name)

    def stopService(self) -> Any:
        super().stopService()
        return outcome_of(self._end())

    async def __call__(self, baton: Any) -> None:
        """Take a baton in, and wait for what its fount says."""
        feed = self.feed
        await (feed.confirmed(baton) if feed.confirms else feed.put(baton))

    @property
    def feed(self) -> Feed:
        """Where batons are put in. Raises `ResourceLost` while it does not flow."""
        flow = self.flow
        if flow is None or not self._offer.is_ready:
            raise ResourceLost(f"{self.name} does not flow")
        found = _batons_of(flow)
        if found is None:
            raise FlowStopped(f"{self.name} takes no batons: it has no fount `batons`")
        return found

    async def _stay(self) -> None:
        backoff = Backoff(_FIRST_WAIT, _LONGEST_WAIT)
        while True:
            await self._needs.wait_for_resource()
            failure = await self._flow()
            if not self.running:  # it has ended because the process does
                return
            if self._settings.on_end == "stop":
                self._environment.stop(0 if failure is None else 1)
            if self._settings.on_end != "restart":
                return
            if failure is None:
                backoff.reset()
            delay = backoff.next()
            logger.info("%s begins again in %.1f s", self.name, delay)
            await self._clock.sleep(delay)

    async def _flow(self) -> BaseException | None:
        """Flow to the end. Gives what ended it, if that was a failure."""
        try:
            flow = self.flow = self._started()
            self._offer.ready(self)
            if not self._needs.is_ready:
                self._lost("what it needs is lost again")
            reason = await flow.wait()
        except Exception as failure:  # noqa: BLE001 - whatever ended it
            said = brief(failure)
            logger.error("%s has failed: %s: %s", self.name, type(failure).__name__, said)  # noqa: TRY400 - it says all
            self._offer.lost(f"{self.name} has failed: {said}")
            return failure
        else:
            logger.info("%s has ended: %s", self.name, reason)
            self._offer.lost(f"{self.name} has ended: {reason}")
            return None
        finally:
            self._holds.clear()

    def _started(self) -> Flow:
        made = self._made
        flow = Flow(
            fount_of(made.founts, self._settings.ends),
            *map(tube_of, made.tubes),
            drain_of(made.drains),
            name=self.name,
            clock=self._clock,
        )
        flow.start()
        return flow

    def _lost(self, reason: object) -> None:
        founts = [] if self.flow is None or not self._offer.is_ready else self.flow.founts
        founts = [each for each in founts if not each.is_over]
        if founts and not self._holds:
            said = brief(reason) if isinstance(reason, BaseException) else reason
            logger.warning("%s waits: %s", self.name, said)
            self._holds = [each.pause() for each in founts]

    def _found(self) -> None:
        holds, self._holds = self._holds, []
        for each in holds:
            each.resume()

    async def _stopping(self) -> None:
        """End while all that it needs still works, unless others may yet put something in."""
        if self.flow is None or _batons_of(self.flow) is None:
            await settled(self.stopService())

    async def _end(self) -> None:
        loop = self._loop
        if loop is None:
            return
        flow = self.flow
        if flow is None or not self._offer.is_ready:  # it waits for something, or for its turn
            loop.cancel()
            await asyncio.wait([loop])
            return
        flow.stop(_STOPPING)
        time = self._settings.stop_time
        wakeups = [
            self._clock.call_later(min(_SOON, time), self._tell_of_stop, time),
            self._clock.call_later(time, flow.abort, _STOPPING),
        ]
        await asyncio.wait([loop])
        for each in wakeups:
            each.cancel()

    def _tell_of_stop(self, time: float) -> None:
        logger.info("%s: what is on its way has %g s to come to its end", self.name, time)


def _batons_of(flow: Flow) -> Feed | None:
    """Its fount `batons`, if it has one."""
    feeds = (each for each in flow.parts if isinstance(each, Feed) and each.confirms is not None)
    return next(feeds, None)
