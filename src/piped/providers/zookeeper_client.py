"""A client of ZooKeeper: it stays connected while it runs.

1. `zookeeper.client.NAME` is there when a session is there, those whom `auth` names have been
   told, and a first question was answered. It is lost with the connection, though the session may
   live on: what is not known to hold does not hold.
2. kazoo connects again by itself. Where it does not go on (refused, failed), or must not
   (`reuse_session: false`), it is left, and there is another one.
3. Stopping ends the session, which removes its ephemeral nodes. A server that does not answer is
   left after `close_time`; no thread stays behind.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from functools import partial
from typing import TYPE_CHECKING, Any

from kazoo.client import KazooClient
from kazoo.exceptions import ZookeeperError
from kazoo.protocol.states import KazooState, KeeperState
from kazoo.retry import KazooRetry
from twisted.application.service import Service

from piped.backoff import Backoff
from piped.exceptions import ResourceLost
from piped.interop import drive, outcome_of
from piped.providers.zookeeper_connection import Connection, acls_of
from piped.providers.zookeeper_settings import hosts_of
from piped.providers.zookeeper_thread import Handler, Quiet

if TYPE_CHECKING:
    from piped.clock import Clock
    from piped.providers.zookeeper_events import SessionEvents
    from piped.providers.zookeeper_settings import Client
    from piped.resource import Offer

__all__ = ["ZooKeeperClient"]

logger = logging.getLogger(__name__)

_GRACE = 5.0  # seconds for a thread to end that was told to; a look-up of a name cannot be ended
_ATTEMPTS = 20  # to tell it within that time


class ZooKeeperClient(Service):
    """Stays connected while it runs."""

    def __init__(
        self, name: str, settings: Client, clock: Clock, offer: Offer, events: SessionEvents
    ) -> None:
        self._path = f"zookeeper.client.{name}"
        self.setName(self._path)
        self._settings = settings
        self._clock = clock
        self._offer = offer
        self._events = events
        self._backoff = Backoff(settings.initial_delay, settings.max_delay)
        self._task: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[None] | None = None

    def startService(self) -> None:
        super().startService()
        self._events.happened("starting")
        self._task = drive(self._stay_connected(), name=self.name)

    def stopService(self) -> Any:
        super().stopService()
        task, self._task = self._task, None
        return outcome_of(self._end(task)) if task is not None else None

    async def _end(self, task: asyncio.Task[None]) -> None:
        task.cancel()
        await asyncio.wait([task])
        if self._closing is not None:
            await self._closing
        await self._events.end()

    async def _stay_connected(self) -> None:
        while True:
            link = _Link(self._path, self._settings, self._offer, self._events, self._backoff)
            try:
                reason = await link.ended
            finally:
                # It goes on when we are cancelled, and whoever cancels us waits for it.
                self._closing = drive(link.close())
                await asyncio.shield(self._closing)
            delay = self._backoff.next()
            logger.warning("%s: %s; connecting anew in %.1f s", self.name, reason, delay)
            await self._clock.sleep(delay)


class _Link:
    """One client of kazoo, from its first attempt to connect until it is of no use any more."""

    def __init__(
        self, name: str, settings: Client, offer: Offer, events: SessionEvents, backoff: Backoff
    ) -> None:
        self._name = name
        self._settings = settings
        self._offer = offer
        self._events = events
        self._backoff = backoff
        self._loop = asyncio.get_running_loop()
        # Why it is of no use any more.
        self.ended: asyncio.Future[str] = self._loop.create_future()
        self._connection: Connection | None = None
        self._introduction: asyncio.Task[None] | None = None
        self._session: int | None = None
        self._why = "the connection is lost"
        tls = settings.tls
        context = tls.context() if tls is not None else None
        self._handler = Handler(self._crashed, context, settings.timeout)
        self._kazoo = self._made()
        self._kazoo.add_listener(self._listen)
        self._kazoo.start_async()

    def _made(self) -> KazooClient:
        settings = self._settings
        retry = KazooRetry(
            max_tries=-1,
            delay=settings.initial_delay,
            max_delay=settings.max_delay,
            sleep_func=self._handler.sleep_func,
        )
        return KazooClient(
            hosts_of(settings.servers),
            timeout=settings.session_timeout,
            handler=self._handler,
            connection_retry=retry,
            default_acl=acls_of(settings.default_encoded_acls),
            auth_data=[(each.scheme, each.identity.reveal()) for each in settings.identities],
            logger=Quiet(self._warned),
        )

    async def close(self) -> None:
        """End the session, if that can be done in time; and the thread in any case."""
        self.ended.cancel()
        is_connected = self._connection is not None
        self._lose("the client is stopped")
        ending = self._loop.create_future()
        thread = threading.Thread(
            target=self._stop, args=(ending,), name="piped-zookeeper-stop", daemon=True
        )
        thread.start()
        if is_connected:
            await asyncio.wait([ending], timeout=self._settings.close_time)
        for _ in range(_ATTEMPTS):
            if ending.done():
                break
            self._handler.abort()  # what the thread waits for may have begun just now
            await asyncio.wait([ending], timeout=_GRACE / _ATTEMPTS)
        if ending.done():
            thread.join()
        else:
            logger.warning("%s: a thread is still looking for the servers' names", self._name)

    def _stop(self, ending: asyncio.Future[None]) -> None:
        """In a thread of its own: kazoo waits for the end of its thread."""
        try:
            self._kazoo.stop()
            self._kazoo.close()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is at its end
            self._warned(str(error))
        finally:
            self._handler.put(partial(_done, ending))

    # What kazoo tells, in its thread.

    def _warned(self, what: str) -> None:
        self._handler.put(lambda: self._heard_why(what))

    def _listen(self, state: str) -> None:
        keeper, session = self._kazoo.client_state, (self._kazoo.client_id or (0, b""))[0]
        self._handler.put(lambda: self._heard(state, keeper, session))

    # The same, on the loop.

    def _heard_why(self, what: str) -> None:
        """Why it was lost, or why it cannot be reached: this is told once, not at each attempt."""
        if what == "Transition to CONNECTING":
            return
        news, self._why = what != self._why, what
        if news and self._connection is None and not self.ended.done():
            logger.warning("%s: %s; trying again", self._name, what)

    def _heard(self, state: str, keeper: str, session: int) -> None:
        if self.ended.done():
            return
        if state == KazooState.CONNECTED:
            self._introduction = drive(self._introduce(session))
            return
        self._lose("the connection is lost")
        if keeper == KeeperState.EXPIRED_SESSION:
            self._expired()
        elif keeper == KeeperState.AUTH_FAILED:
            self._end("the server does not accept `auth`")
        elif not self._settings.reuse_session:
            self._end("the connection is lost")

    def _crashed(self, error: Exception) -> None:
        self._end(f"what answers is no ZooKeeper: {type(error).__name__}: {error}")

    def _end(self, reason: str) -> None:
        self._lose(reason)
        if not self.ended.done():
            self.ended.set_result(reason)

    def _expired(self) -> None:
        logger.warning("%s: the session has expired", self._name)
        self._session = None
        self._events.happened("expired")

    async def _introduce(self, session: int) -> None:
        """What is answered is answered after `auth` was."""
        connection = Connection(self._name, self._kazoo, session, self._settings.max_data)
        self._connection = connection
        try:
            root = await connection.exists("/")
        except ResourceLost:
            return
        except ZookeeperError as error:
            self._end(f"{type(error).__name__}: {error}")
            return
        if root is None:
            logger.warning("%s: there is no node %s yet", self._name, self._kazoo.chroot)
        self._backoff.reset()
        self._why = "the connection is lost"
        again, self._session = session == self._session, session
        where = hosts_of(self._settings.servers)
        logger.info("%s is connected to %s, session %x", self._name, where, session)
        self._offer.ready(connection)
        self._events.happened("reconnected" if again else "connected", connection)

    def _lose(self, reason: str) -> None:
        connection, self._connection = self._connection, None
        if self._introduction is not None:
            self._introduction.cancel()
        if connection is None:
            return
        connection.lose(reason)
        if self._offer.is_ready:
            self._offer.lost(ResourceLost(f"{self._name}: {reason}"))
            if not self.ended.done():
                logger.warning("%s: %s; trying again", self._name, self._why)
                self._events.happened("reconnecting")


def _done(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
