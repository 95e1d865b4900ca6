"""A client of AMQP: `amqp.connection.NAME` is there while it is connected.

1. Servers are tried in turn, each from where the last one was left; there is a pause when all of
   them failed.
2. What is to be declared is declared before anybody sees the connection.
3. Who is silent for too long counts as gone, though the network does not say so.
4. It takes no longer than `CLOSE_SECONDS` to leave.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from aiormq.exceptions import AMQPError
from yarl import URL

from piped.exceptions import ResourceLost
from piped.interop import check_cancelled, drive
from piped.providers.amqp_connection import AMQPConnection, quiet
from piped.providers.amqp_declaring import declare
from piped.providers.amqp_wire import Wire
from piped.providers.staying import Staying

if TYPE_CHECKING:
    from piped.clock import Clock
    from piped.providers.amqp_settings import ConnectionSettings, Server
    from piped.resource import Offer

__all__ = ["AMQPClient", "ended", "said"]

logger = logging.getLogger(__name__)

CLOSE_SECONDS = 5.0


class AMQPClient(Staying):
    """Stays connected while it runs."""

    def __init__(self, name: str, settings: ConnectionSettings, clock: Clock, offer: Offer) -> None:
        super().__init__(f"amqp.connection.{name}", settings, clock)
        self._settings = settings
        self._servers = settings.addresses
        self._offer = offer

    def startService(self) -> None:
        quiet()
        super().startService()

    async def connect(self) -> None:
        for left in reversed(range(len(self._servers))):
            server = self._servers.pop(0)
            self._servers.append(server)
            try:
                connection, wire = await self._opened(server)
            except Exception as error:
                if not left:
                    raise
                logger.warning("%s: %s; trying the next one", self.name, self.said(error))
            else:
                await self._stay(connection, wire, server)

    async def _opened(self, server: Server) -> tuple[AMQPConnection, Wire]:
        wire = Wire(self._context(server))
        connection = AMQPConnection(str(self.name), self._url(server), wire)
        try:
            async with asyncio.timeout(self._settings.timeout):
                await connection.connect()
                await declare(connection, self._settings.exchanges, self._settings.queues)
            check_cancelled()
        except BaseException as error:
            await self._leave(connection, wire)
            if isinstance(error, TimeoutError):
                seconds = self._settings.timeout
                raise TimeoutError(f"{server} was not ready within {seconds:g} s") from error
            if isinstance(error, Exception):
                error.add_note(f"at {server}")
            raise
        return connection, wire

    async def _stay(self, connection: AMQPConnection, wire: Wire, server: Server) -> None:
        gone = asyncio.Event()
        reasons: list[BaseException | None] = []

        def left(_: Any, reason: BaseException | None) -> None:
            reasons.append(reason)
            gone.set()

        connection.close_callbacks.add(left)
        transport = connection.transport
        idle = drive(self._cut_when_idle(wire))
        try:
            if transport is None or transport.connection.is_closed:
                raise ResourceLost(f"the connection to {server} is lost")
            logger.info("%s is connected to %s", self.name, server)
            self.succeeded()
            self._offer.ready(connection)
            await gone.wait()
            raise ResourceLost(f"the connection to {server} is lost{_because(reasons[0])}")
        finally:
            idle.cancel()
            self._offer.lost(ResourceLost(f"{self.name}: the connection is lost"))
            await self._leave(connection, wire)

    async def _cut_when_idle(self, wire: Wire) -> None:
        limit = self._settings.max_idle_time
        while limit is not None:
            await self._clock.sleep(limit)
            if not wire.heard():
                logger.warning("%s: nothing was heard for %g s", self.name, limit)
                wire.cut()
                return

    async def _leave(self, connection: AMQPConnection, wire: Wire) -> None:
        """Say good-bye, if there is somebody to hear it."""
        wakeup = self._clock.call_later(CLOSE_SECONDS, wire.cut)
        try:
            await ended(asyncio.ensure_future(connection.close()), 2 * CLOSE_SECONDS)
        finally:
            wakeup.cancel()
            wire.cut()

    def _url(self, server: Server) -> URL:
        password = self._settings.password
        return URL.build(
            scheme="amqps" if server.secure else "amqp",
            host=server.host,
            port=server.port,
            user=self._settings.username,
            password="guest" if password is None else password.reveal(),
            path="/" + self._settings.virtual_host,
            query={"heartbeat": int(self._settings.heartbeat), "name": f"piped: {self.name}"},
        )

    def _context(self, server: Server) -> Any:
        if not server.secure:
            return None
        from piped.providers.amqp_settings import Tls

        return (self._settings.tls or Tls()).context()

    def said(self, error: Exception) -> str:
        return said(error)


async def ended(closing: asyncio.Future[Any], seconds: float) -> None:
    """Wait so long for what closes something; how it ended is of no interest."""
    try:
        await asyncio.wait([closing], timeout=seconds)
    finally:
        closing.cancel()
        closing.add_done_callback(lambda _: closing.cancelled() or closing.exception())


def said(error: BaseException) -> str:
    """What is wrong, on one line, and in the words of the broker if it has any."""
    message = " ".join(str(getattr(error, "msg", error)).split())
    if isinstance(error, AMQPError) and error.args:
        message = " ".join(str(error.args[-1]).split()) or message
    text = message if isinstance(error, ResourceLost | TimeoutError) else ""
    text = text or f"{type(error).__name__}: {message}".rstrip(": ")
    return ", ".join([text, *getattr(error, "__notes__", ())])


def _because(reason: BaseException | None) -> str:
    return "" if reason is None or not str(reason) else f" ({said(reason)})"
