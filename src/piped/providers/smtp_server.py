"""A server of SMTP: it listens while it runs, and can be stopped and started again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from twisted.internet.protocol import ServerFactory
from twisted.mail.smtp import DNSNAME

from piped.clock import Clock
from piped.interop import outcome_of, settled
from piped.options import DottedName
from piped.providers.listening import Listening
from piped.providers.smtp_auth import Logins
from piped.providers.smtp_delivery import Delivery
from piped.providers.smtp_protocol import PipedESMTP

if TYPE_CHECKING:
    from piped.dependencies import ResourceDependency
    from piped.providers.smtp_settings import SMTPSettings

__all__ = ["PipedSMTPServer"]

logger = logging.getLogger(__name__)


class PipedSMTPServer(Listening):
    """What its connections share."""

    def __init__(
        self, name: str, settings: SMTPSettings, processor: ResourceDependency, clock: Clock
    ) -> None:
        self.connections: Any = _Factory(self, settings.max_connections)
        super().__init__(f"smtp.{name}", settings.endpoints, self.connections)
        self.settings = settings
        self.clock = clock
        self.name: str = f"smtp.{name}"
        self.host = settings.host or DNSNAME.decode("ascii", "replace")
        self.tls = settings.tls.context() if settings.tls else None
        self.logins = Logins([each.make() for each in settings.checkers])
        self.delivery = Delivery(f"smtp.{name}", processor, settings.max_wait, clock)
        self.lambdas: Mapping[str, Callable[..., Any]] = self._bound()

    def startService(self) -> Any:
        for option, whom in (("validate_from", "senders"), ("validate_to", "recipients")):
            if option not in self.lambdas:
                logger.warning("%s rejects all %s: it has no `%s`", self.name, whom, option)
        return super().startService()

    def stopService(self) -> Any:
        """Nobody may come in any more; who is sending a mail may do so, for a while."""
        listening = super().stopService()
        return outcome_of(self._close(listening))

    async def _close(self, listening: Any) -> None:
        await settled(listening)
        wakeup = self.clock.call_later(self.settings.close_time, self.connections.abort)
        try:
            await self.connections.empty.wait()
        finally:
            wakeup.cancel()

    def _bound(self) -> dict[str, Callable[..., Any]]:
        namespace = {
            name: each.load() if isinstance(each, DottedName) else each
            for name, each in self.settings.namespace.items()
        }
        given = {
            option: getattr(self.settings, option)
            for option in ("validate_from", "validate_to", "received_header")
        }
        return {
            option: each.bind(**{"self": self, **namespace})
            for option, each in given.items()
            if each is not None
        }


class _Factory(ServerFactory):
    """Makes the connections of one server, and knows those that are there."""

    noisy = False

    def __init__(self, server: PipedSMTPServer, most: int) -> None:
        self._server = server
        self._most = most
        self.there: set[PipedESMTP] = set()
        self.empty = asyncio.Event()
        self.empty.set()

    @property
    def is_full(self) -> bool:
        return len(self.there) > self._most

    def buildProtocol(self, addr: Any) -> PipedESMTP:  # noqa: N802 - Twisted's name
        del addr
        return PipedESMTP(self._server)

    def remember(self, protocol: PipedESMTP) -> None:
        self.there.add(protocol)
        self.empty.clear()

    def forget(self, protocol: PipedESMTP) -> None:
        self.there.discard(protocol)
        if not self.there:
            self.empty.set()

    def disconnect(self) -> None:
        """End all connections, each as soon as it is between two mails."""
        for each in list(self.there):
            each.leave()

    def abort(self) -> None:
        for each in list(self.there):
            each.abort()
