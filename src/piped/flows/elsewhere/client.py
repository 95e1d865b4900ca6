"""A drain that stays connected to where its items go, and a tube whose stage is elsewhere.

1. It connects when it has a fount, and comes back when the connection is lost, after longer and
   longer delays. Meanwhile nothing flows in.
2. With a `patience`, it gives up after so long without a connection: what was not answered is
   refused, and its fount is stopped.
3. It leaves when it is done.
"""

from __future__ import annotations

import asyncio
import logging
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from twisted.internet.protocol import Factory

from piped.backoff import Backoff
from piped.clock import Clock, LoopClock
from piped.exceptions import ResourceLost
from piped.flows.elsewhere.faults import fault_of
from piped.flows.elsewhere.link import Session, Wire
from piped.flows.elsewhere.meeting import Calling
from piped.flows.elsewhere.receiver import Receiver
from piped.flows.elsewhere.sender import Sender
from piped.flows.elsewhere.types import Types
from piped.flows.reason import STOPPED, Reason, failed
from piped.flows.series import Joined
from piped.flows.storing import Sink
from piped.flows.tube import Tube
from piped.interop import drive, settled

if TYPE_CHECKING:
    from piped.flows.contracts import Upstream
    from piped.secret import Secret

__all__ = ["RemoteDrain", "remote", "through"]

logger = logging.getLogger(__name__)

_FAREWELL = 10.0  # seconds without a connection in which only the end is still to be told

_AN_INSTANT = 0.001  # seconds; less may be nothing where clocks are read


class RemoteDrain(Sender):
    """Sends what flows in to an endpoint. `results` is where what becomes of it comes back."""

    def __init__(
        self,
        endpoint: Any,
        types: Types | None = None,
        *,
        results: Results | None = None,
        secret: Secret | None = None,
        heartbeat: float = 15.0,
        timeout: float = 30.0,
        initial_delay: float = 1.0,
        max_delay: float = 30.0,
        patience: float | None = None,
        **limits: Any,
    ) -> None:
        super().__init__(types or Types({}), **limits)
        self.clock: Clock = LoopClock()
        self._endpoint = endpoint
        self._session = Session(token_hex(16), receiver=results, sender=self)
        self._wire = Wire(
            secret=secret, heartbeat=heartbeat, timeout=timeout, item_size=self._item_size
        )
        self._backoff = Backoff(initial_delay, max_delay)
        self._patience = patience
        self._connections = 0
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.changed = self._on_change

    def __repr__(self) -> str:
        return self.name or f"remote {self._endpoint}"

    def flowing_from(self, fount: Upstream) -> Any:
        super().flowing_from(fount)
        self._wire.clock = self.clock
        results = self._session.receiver
        if results is not None:
            results.told = self._on_change
        self._task = drive(self._stay(), name=repr(self))
        return self

    def abort(self, reason: Reason = STOPPED) -> None:
        self._patience = 0.0  # nor does it wait for anybody to hear of its end
        super().abort(reason)

    def _is_finished(self) -> bool:
        results = self._session.receiver
        return self.is_done and (results is None or results.is_idle)

    def _on_change(self) -> None:
        self._news.set()
        link = self._session.link
        if link is not None and self._is_finished():
            self._wire.soon(link.close)

    async def _stay(self) -> None:
        try:
            await self._connect_again()
        except Exception as failure:  # who waits must hear of it
            self._give_up(failure)
            raise

    async def _connect_again(self) -> None:
        since = self.clock.monotonic()
        while not self._is_finished():
            before = self._connections
            failure = await self._connect()
            if self._connections > before:
                since = self.clock.monotonic()
            if self._is_finished():
                return
            if not await self._rest(since, failure):
                self._give_up(ResourceLost(f"{self!r} has no connection: {fault_of(failure)}"))
                return

    async def _rest(self, since: float, failure: BaseException) -> bool:
        """Wait before connecting again. Gives whether there is still patience to do so."""
        delay = self._backoff.next()
        logger.warning("%r: %s; connecting again in %.1f s", self, fault_of(failure), delay)
        until = self.clock.monotonic() + delay
        while until - (now := self.clock.monotonic()) > _AN_INSTANT:
            limit = self._longest_wait()
            if now - since > limit - _AN_INSTANT:
                return False
            await self._wait(min(until, since + limit) - now)
        return True

    async def _connect(self) -> BaseException:
        """Be connected, to the end. Gives the failure that was it."""
        gone: asyncio.Future[BaseException] = asyncio.get_running_loop().create_future()

        def is_gone(failure: BaseException) -> None:
            if not gone.done():
                gone.set_result(failure)

        link = Calling(self._wire, repr(self), self._session, self._attached, is_gone)
        factory = Factory.forProtocol(lambda: link)
        factory.noisy = False
        try:
            await settled(self._made_endpoint().connect(factory))
            return await gone
        except Exception as failure:  # noqa: BLE001 - of whatever endpoint it is
            return failure
        finally:
            link.abort()

    def _made_endpoint(self) -> Any:
        if not isinstance(self._endpoint, str):
            return self._endpoint
        from twisted.internet import reactor
        from twisted.internet.endpoints import clientFromString

        return clientFromString(reactor, self._endpoint)

    def _attached(self) -> None:
        self._connections += 1
        self._backoff.reset()
        logger.info("%r is connected", self)

    def _longest_wait(self) -> float:
        """How long to go on without a connection."""
        patience = float("inf") if self._patience is None else self._patience
        if self.reason is None or self.waiting:
            return patience
        return min(patience, _FAREWELL) if self._connections else 0.0

    async def _wait(self, seconds: float) -> None:
        """Wait so long, or until something has changed."""
        self._news.clear()
        wakeup = self.clock.call_later(min(seconds, 3600.0), self._news.set)
        try:
            await self._news.wait()
        finally:
            wakeup.cancel()

    def _give_up(self, failure: BaseException) -> None:
        results = self._session.receiver
        only_end_untold = self.reason is not None and not self.waiting
        self.give_up(failure)
        if results is not None:
            results.end(self.reason if only_end_untold and self.reason else failed(failure))


class Results(Receiver):
    """What comes back of the items that went to a stage elsewhere."""

    def __init__(self, types: Types, sender: Sender | None = None, **limits: Any) -> None:
        super().__init__(types, ends="together", **limits)
        self.fount: Sender | None = sender

    def on_stop(self, reason: Reason) -> None:
        above = self.fount.fount if self.fount is not None else None
        if above is not None:
            above.stop(reason)
        super().on_stop(reason)


def remote(endpoint: Any, types: Types | None = None, **options: Any) -> Sink:
    """A drain that is in another process: see `RemoteDrain` for what can be said of it."""
    return Sink(lambda: RemoteDrain(endpoint, types, **options), f"remote {endpoint}")


def through(endpoint: Any, types: Types | None = None, **options: Any) -> Tube:
    """A tube whose stage is in another process, which a `Host` has there."""

    def make() -> Joined:
        results = Results(types or Types({}))
        sender = RemoteDrain(endpoint, types, results=results, **options)
        results.fount, sender.into = sender, results  # so a flow finds both
        return Joined(sender, results)

    return Tube(make, f"remote {endpoint}")
