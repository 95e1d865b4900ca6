"""One connection between the two sides of a flow.

1. The side that listens begins with a challenge. Where there is a secret, each side proves to the
   other one that it knows it; nothing is taken from anybody before.
2. What is not as it was agreed on ends the connection, with one line in the log.
3. A side that has nothing to say says so. Who hears nothing for twice as long takes the connection
   for lost.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twisted.internet.error import ConnectionDone
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure

from piped.clock import Clock, LoopClock
from piped.exceptions import Malformed
from piped.flows.elsewhere.boxes import Boxes, written
from piped.flows.elsewhere.messages import (
    Alive,
    Answered,
    Credit,
    Ended,
    Items,
    Message,
    Over,
    Reader,
    Refused,
    Stopped,
    boxes_of,
)
from piped.flows.elsewhere.sender import ITEM_SIZE

if TYPE_CHECKING:
    from piped.clock import Wakeup
    from piped.flows.elsewhere.receiver import Arriving, Receiver
    from piped.flows.elsewhere.sender import Sender
    from piped.secret import Secret

__all__ = ["Link", "Session", "Wire"]

logger = logging.getLogger(__name__)

_SILENT = 2
_LAST_WORDS = 5.0  # seconds that what was written last has to leave


def _soon(function: Callable[[], None]) -> None:
    asyncio.get_running_loop().call_soon(function)


@dataclass(kw_only=True)
class Wire:
    """What holds for all connections of one side."""

    secret: Secret | None = None
    heartbeat: float = 15.0
    timeout: float = 30.0  # until both sides have introduced themselves
    item_size: int = ITEM_SIZE
    clock: Clock = LoopClock()  # noqa: RUF009 - it has no state
    soon: Callable[[Callable[[], None]], object] = _soon

    def proof(self, side: str, *nonces: str) -> str:
        """What shows that one knows the secret."""
        if self.secret is None:
            return ""
        said = "\n".join((side, *nonces)).encode()
        return hmac.digest(self.secret.reveal().encode(), said, "sha256").hex()

    def check(self, proof: str, side: str, *nonces: str) -> None:
        """Raise `Malformed` if that shows nothing."""
        wanted = self.proof(side, *nonces).encode()
        if self.secret is not None and not hmac.compare_digest(proof.encode(), wanted):
            raise Malformed("its secret is another one")


@dataclass
class Session:
    """What items leave by, and where they arrive, of one connection or of one after the other."""

    name: str
    receiver: Receiver | None = None
    arriving: Arriving | None = None
    sender: Sender | None = None
    link: Link | None = None


class Link(Protocol):
    """A connection, whoever has made it."""

    transport: Any

    def __init__(self, wire: Wire, name: str) -> None:
        self.name = name
        self.session: Session | None = None  # once both sides know one another
        self._wire = wire
        self._boxes = Boxes()
        self._reader = Reader(wire.item_size)
        self._is_closed = False
        self._is_lost = False
        self._has_heard = self._has_said = True
        self._silent = 0  # beats without a word
        self._beat: Wakeup | None = None
        self._limit: Wakeup | None = None

    def __repr__(self) -> str:
        return self.name

    # What Twisted calls.

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        self._limit = self._wire.clock.call_later(self._wire.timeout, self._too_late)
        self._beat = self._wire.clock.call_later(self._wire.heartbeat, self._on_beat)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        self._has_heard = True
        try:
            for box in () if self._is_closed else self._boxes.feed(data):
                message = self._reader.read(box)
                if message is not None:
                    self._hear(message)
                if self._is_closed:
                    return
        except Malformed as fault:
            self.refuse(fault.msg)

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802 - Twisted's name
        self._is_closed = self._is_lost = True
        for each in (self._beat, self._limit):
            if each is not None:
                each.cancel()
        session, self.session = self.session, None
        if session is not None and session.link is self:
            session.link = None
            self.detached(session)
        self.gone(reason.value or ConnectionDone())

    # For those who use it.

    def send(self, message: Message) -> None:
        """Say something, if there is still somebody."""
        if not self._is_closed:
            self._has_said = True
            self.transport.write(b"".join(map(written, boxes_of(message))))

    def close(self) -> None:
        """End the connection when all that was said has left."""
        if not self._is_closed:
            self._is_closed = True
            self.transport.loseConnection()
            if self._limit is not None:
                self._limit.cancel()
            self._limit = self._wire.clock.call_later(_LAST_WORDS, self.abort)

    def abort(self) -> None:
        """End the connection now."""
        self._is_closed = True
        if self.transport is not None and not self._is_lost:
            self.transport.abortConnection()

    def refuse(self, said: str) -> None:
        """Tell the other side what it has done wrong, and end the connection."""
        logger.warning("%s is refused: %s", self.name, said)
        self.send(Refused(said))
        self.close()

    # For those who derive from it.

    def introduce(self, message: Message) -> None:
        """Take a message of somebody who is not known yet."""
        raise NotImplementedError

    def detached(self, session: Session) -> None:
        """The connection of a session is lost."""
        raise NotImplementedError

    def gone(self, failure: BaseException) -> None:
        """The connection is lost."""

    def begin(self, session: Session) -> None:
        """Both sides know one another: what is said belongs to that session."""
        if self._limit is not None:
            self._limit.cancel()
        if session.link is not None:  # of before: this one is newer
            before, session.link = session.link, None
            before.session = None
            before.abort()
        session.link = self
        self.session = session

    def flow(self, session: Session, next: int, oldest: int) -> None:
        """Let the items flow."""
        if session.receiver is not None and session.arriving is not None:
            session.receiver.attach(session.arriving, self.send, self._wire.soon, oldest)
        if session.sender is not None:
            session.sender.attach(self.send, next)

    def _hear(self, message: Message) -> None:
        session = self.session
        if isinstance(message, Refused):
            logger.warning("%s refuses us: %s", self.name, message.said)
            self.abort()
        elif session is None:
            self.introduce(message)
        elif isinstance(message, Items | Ended) or (
            isinstance(message, Alive) and session.receiver is not None
        ):
            if session.receiver is None or session.arriving is None:
                raise Malformed("items do not flow this way")
            session.receiver.hear(session.arriving, message)
        elif isinstance(message, Answered | Credit | Stopped | Over):
            if session.sender is None:
                raise Malformed("items do not flow that way")
            session.sender.hear(message)
        elif not isinstance(message, Alive):
            raise Malformed("it introduces itself twice")

    def _on_beat(self) -> None:
        self._silent = 0 if self._has_heard else self._silent + 1
        if self._silent == _SILENT:
            logger.warning("%s is silent: its connection is taken for lost", self.name)
            self.abort()
            return
        session = self.session
        sender = session.sender if session is not None else None
        if not self._has_said and session is not None:
            self.send(Alive(0 if sender is None else sender.oldest))
        self._has_heard = self._has_said = False
        self._beat = self._wire.clock.call_later(self._wire.heartbeat, self._on_beat)

    def _too_late(self) -> None:
        self.refuse("it did not introduce itself in time")
