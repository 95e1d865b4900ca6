"""Services that are told by PostgreSQL: one to derive from, and one that hands on batons."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from piped.backoff import Backoff
from piped.dependencies import ResourceDependency
from piped.exceptions import BatonDropped, ResourceLost
from piped.interop import settled
from piped.processing.handing import hand_to
from piped.service import PipedDependencyService

if TYPE_CHECKING:
    from psycopg import Notify

    from piped.environment import RuntimeEnvironment
    from piped.providers.database_settings import ListenerSettings

__all__ = ["NotificationFeeder", "PostgresListenerService"]

logger = logging.getLogger(__name__)


class PostgresListenerService(PipedDependencyService):
    """Derive from it, and write `handle_<channel>(payload)` for each of the `channels`.

    The payload comes out of JSON. `listener_dependency` is set before `configure` is called: what
    stands for a resource `database.listener.NAME`. With a `lock_name`, only one of all who name it
    so runs at a time, in whatever process.
    """

    channels: Iterable[str] = ()
    lock_name: str | None = None
    listener_dependency: Any = None
    service_name: str | None = None

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        if self.listener_dependency is None:
            raise RuntimeError("`listener_dependency` is to be set before `configure` is called")
        if self.service_name is not None:
            self.setName(self.service_name)
        super().configure(runtime_environment)
        self._clock = runtime_environment.clock
        manager = runtime_environment.dependency_manager
        self.listener_dependency = manager.add_dependency(self, self.listener_dependency)

    def process_initial(self) -> Any:
        """Do what is to be done when listening begins: nobody knows what was missed before."""

    async def handle(self, notification: Notify) -> None:
        """Do what is to be done for a notification."""
        handler = getattr(self, f"handle_{notification.channel}", None)
        if handler is None:
            logger.warning("%s: there is no handle_%s", self._title, notification.channel)
            return
        try:
            payload = json.loads(notification.payload)
        except ValueError:
            logger.warning("%s: a payload of %r is no JSON", self._title, notification.channel)
            return
        await settled(handler(payload))

    async def run_with_dependencies(self) -> None:
        listener = self.listener_dependency.get_resource()
        backoff = Backoff(0.5, 30.0)
        while True:
            try:
                await self._listen(listener, backoff)
            except ResourceLost as reason:
                # When it is found again, this is run again.
                logger.info("%s: %s", self._title, reason.msg)
                return
            except Exception:
                delay = backoff.next()
                logger.exception("%s failed; again in %.1f s", self._title, delay)
                await self._clock.sleep(delay)

    async def _listen(self, listener: Any, backoff: Backoff) -> None:
        locked = nullcontext() if self.lock_name is None else listener.held(self.lock_name)
        async with locked:
            notifications = await listener.listen(self.channels)
            try:
                await settled(self.process_initial())
                backoff.reset()
                async for notification in notifications:
                    try:
                        await self.handle(notification)
                    except Exception:
                        logger.exception("%s: %r failed", self._title, notification.channel)
            finally:
                await listener.unlisten(notifications)


class NotificationFeeder(PostgresListenerService):
    """Hands a baton to a processor for each notification, one after the other."""

    def __init__(self, name: str, settings: ListenerSettings) -> None:
        super().__init__()
        self.setName(f"database.listeners.{name}")
        self.channels = settings.names
        self.lock_name = settings.lock
        self.listener_dependency = ResourceDependency(f"database.listener.{settings.engine}")
        self._processors = {
            kind: ResourceDependency(named.path, named.configuration)
            for kind, named in (("each", settings.processor), ("initial", settings.initial))
            if named is not None
        }

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        super().configure(runtime_environment)
        for processor in self._processors.values():
            runtime_environment.dependency_manager.add_dependency(self, processor)

    async def process_initial(self) -> None:
        if "initial" in self._processors:
            await self._hand("initial", {"channels": list(self.channels)})

    async def handle(self, notification: Notify) -> None:
        await self._hand(
            "each",
            {
                "channel": notification.channel,
                "payload": notification.payload,
                "pid": notification.pid,
            },
        )

    async def _hand(self, kind: str, baton: dict[str, Any]) -> None:
        processor = self._processors[kind]
        try:
            await settled(hand_to(processor.get_resource(), baton))
        except BatonDropped:
            logger.debug("%s: %s dropped a notification", self.name, processor.provider)
