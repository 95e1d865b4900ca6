"""One connection to a server of SMTP.

1. Commands are answered in the order in which they came, each when it is done: a validator may
   take its time, and a client need not wait before it says more.
2. A client that is wrong too often, too slow, or does not read what it is told, is left.
3. When the server stops, a client that is sending a mail may do so, and is told what became of it.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import re
from typing import Any

from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IPushProducer, ISSLTransport, ITLSTransport
from twisted.mail.smtp import ESMTP
from twisted.python.failure import Failure
from zope.interface import implementer

from piped.interop import drive
from piped.mail.addresses import CommandFault
from piped.mail.body import Body
from piped.mail.incoming import Incoming, Leaving, TooSlow
from piped.providers.smtp_contracts import Server
from piped.providers.smtp_session import Session

__all__ = ["PipedESMTP"]

logger = logging.getLogger(__name__)

# What AUTH needs; all other commands are shorter.
_LONGEST_COMMAND = 12_288
_MOST_FAULTS = 20
_LAST_WORDS = 10.0
_UNPRINTABLE = re.compile(r"[^ -~]")


class _Lost(Exception):
    """The client is gone."""


@implementer(IPushProducer)
class PipedESMTP(ESMTP):
    """What the lambdas get as `protocol`; `avatar_id` is who has logged in."""

    noisy = False

    def __init__(self, server: Server) -> None:
        super().__init__(contextFactory=server.tls)
        self.server = server
        self.host = server.host
        self.peer = ""
        self.task: asyncio.Task[None] | None = None
        self.session = Session(self)
        self.incoming: Incoming
        self._last_words: Any = None
        self._writable = asyncio.Event()
        self._writable.set()

    @property
    def avatar_id(self) -> Any:
        return self.session.avatar_id

    @property
    def can_start_tls(self) -> bool:
        return bool(self.canStartTLS and not self.is_secure)

    @property
    def is_secure(self) -> bool:
        return bool(ISSLTransport.providedBy(self.transport))

    # What Twisted calls

    def connectionMade(self) -> None:  # noqa: N802
        transport: Any = self.transport
        self.peer = str(getattr(transport.getPeer(), "host", "a local client"))
        self.canStartTLS = self.ctx is not None and ITLSTransport.providedBy(transport)
        self.incoming = Incoming(
            self.server.clock, pause=transport.pauseProducing, resume=transport.resumeProducing
        )
        transport.registerProducer(self, True)
        self.server.connections.remember(self)
        self.task = drive(self._talk())

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        self.incoming.feed(data)

    def connectionLost(self, reason: Failure = Failure(ConnectionDone())) -> None:  # noqa: B008, N802
        self.incoming.lost(_Lost(str(reason.value)))
        self._writable.set()
        if self._last_words is not None:
            self._last_words.cancel()
        self.server.connections.forget(self)

    def pauseProducing(self) -> None:  # noqa: N802
        self._writable.clear()

    def resumeProducing(self) -> None:  # noqa: N802
        self._writable.set()

    def stopProducing(self) -> None:  # noqa: N802
        """The connection is about to be lost; that is told as well."""

    # What the session asks for

    def answer(self, code: int, *lines: str) -> None:
        transport: Any = self.transport
        last = len(lines) - 1
        reply = "".join(
            f"{code}{' ' if index == last else '-'}{_UNPRINTABLE.sub('?', line)[:500]}\r\n"
            for index, line in enumerate(lines)
        )
        transport.write(reply.encode("ascii"))

    async def ask(self, question: str) -> bytes:
        """What the client says to that, in the middle of AUTH."""
        self.answer(334, base64.b64encode(question.encode()).decode())
        return await self._line()

    async def read_mail(self) -> bytes:
        """The mail that comes now. Raises `CommandFault`."""
        settings = self.server.settings
        body = Body(settings.max_size, settings.line_length)
        await self.incoming.mail(body, settings.idle_time, settings.mail_time)
        return body.content()

    def start_tls(self) -> None:
        """Go on over TLS. What has come without it is nobody's word."""
        self.answer(220, "go ahead")
        transport: Any = self.transport
        transport.startTLS(self.ctx)
        self.incoming.discard()

    # The conversation

    async def _talk(self) -> None:
        host = self.server.host
        try:
            if self.server.connections.is_full:
                self.answer(421, f"{host} has too many clients")
            else:
                self.answer(220, f"{host} ESMTP")
                await self._commands()
        except _Lost:
            return
        except Leaving:
            self.answer(421, f"{host} is closing")
        except TooSlow:
            self.answer(421, f"{host} has waited too long")
        except Exception:
            logger.exception("%s: a conversation with %s failed", self.server.name, self.peer)
            self.answer(421, f"{host} has a problem")
        self._close()

    async def _commands(self) -> None:
        faults = 0
        while not self.session.is_over:
            if not self._writable.is_set():
                await self._drained()
            try:
                await self.session.command(await self._line())
            except CommandFault as fault:
                self.answer(fault.code, fault.text)
                faults += fault.code >= 500
            if faults >= _MOST_FAULTS:
                self.answer(421, "that is enough")
                return

    async def _line(self) -> bytes:
        return await self.incoming.line(_LONGEST_COMMAND, self.server.settings.idle_time)

    async def _drained(self) -> None:
        """Wait until the client has read what it was told."""
        too_slow = False

        def expire() -> None:
            nonlocal too_slow
            too_slow = True
            self._writable.set()

        wakeup = self.server.clock.call_later(self.server.settings.idle_time, expire)
        try:
            await self._writable.wait()
        finally:
            wakeup.cancel()
        if too_slow:
            raise TooSlow

    def _close(self) -> None:
        transport: Any = self.transport
        # A client that does not read its last answer is not waited for.
        self._last_words = self.server.clock.call_later(_LAST_WORDS, transport.abortConnection)
        transport.unregisterProducer()
        transport.loseConnection()

    def leave(self) -> None:
        """Go, as soon as no mail is under way."""
        self.incoming.leave()

    def abort(self) -> None:
        """Leave at once; what is being handled is cancelled."""
        if self.task is not None:
            self.task.cancel()
        transport: Any = self.transport
        transport.abortConnection()
