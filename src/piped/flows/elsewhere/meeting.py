"""How the two sides of a connection come to know one another."""

from __future__ import annotations

import logging
from collections.abc import Callable
from secrets import token_hex

from piped.exceptions import Malformed, ResourceLost
from piped.flows.elsewhere.faults import tls_fault
from piped.flows.elsewhere.link import Link, Session, Wire
from piped.flows.elsewhere.messages import Challenge, Hello, Message, Welcome

__all__ = ["Calling", "Serving"]

logger = logging.getLogger(__name__)

# Whether a session was known before, and how to leave it.
Admit = Callable[[Hello], tuple[Session, bool]]
Detached = Callable[[Session], object]


class Serving(Link):
    """A connection that was let in."""

    def __init__(
        self, wire: Wire, name: str, admit: Admit, lost: Detached, closed: Callable[[Link], object]
    ) -> None:
        super().__init__(wire, name)
        self._admit = admit
        self._lost = lost
        self._closed = closed
        self._nonce = token_hex(16)

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        super().connectionMade()
        self.send(Challenge(self._nonce))

    def introduce(self, message: Message) -> None:
        if not isinstance(message, Hello):
            raise Malformed("it does not introduce itself")
        nonces = self._nonce, message.nonce, message.sender
        self._wire.check(message.proof, "calling", *nonces)
        session, is_known = self._admit(message)
        self.begin(session)
        arriving, sender = session.arriving, session.sender
        assert arriving is not None, "something arrives here always"
        arriving.heard_up_to(message.oldest)
        oldest = 0 if sender is None else sender.oldest
        proof = self._wire.proof("serving", *nonces)
        self.send(Welcome(arriving.next, oldest, is_known, proof))
        self.flow(session, message.next if is_known else oldest, message.oldest)

    def detached(self, session: Session) -> None:
        self._lost(session)

    def gone(self, failure: BaseException) -> None:
        if fault := tls_fault(failure):
            logger.warning("%s is refused: %s", self.name, fault)
        self._closed(self)


class Calling(Link):
    """A connection that we have made."""

    def __init__(
        self,
        wire: Wire,
        name: str,
        session: Session,
        attached: Callable[[], object],
        gone: Callable[[BaseException], object],
    ) -> None:
        super().__init__(wire, name)
        self._of = session
        self._attached = attached
        self._gone = gone
        self._nonce = token_hex(16)
        self._nonces: tuple[str, ...] = ()

    def introduce(self, message: Message) -> None:
        session = self._of
        sender, arriving = session.sender, session.arriving
        assert sender is not None, "something leaves here always"
        if isinstance(message, Challenge) and not self._nonces:
            self._nonces = message.nonce, self._nonce, session.name
            due = 0 if arriving is None else arriving.next
            proof = self._wire.proof("calling", *self._nonces)
            self.send(Hello(session.name, sender.oldest, due, self._nonce, proof))
        elif isinstance(message, Welcome) and self._nonces:
            self._wire.check(message.proof, "serving", *self._nonces)
            self._welcome(session, message)
        else:
            raise Malformed("it does not introduce itself")

    def detached(self, session: Session) -> None:
        lost = ResourceLost(f"{self.name}: the connection is lost")
        if session.arriving is not None:
            session.arriving.detach()
        if session.sender is not None:
            session.sender.detach(lost)

    def gone(self, failure: BaseException) -> None:
        self._gone(failure)

    def _welcome(self, session: Session, welcome: Welcome) -> None:
        receiver = session.receiver
        if receiver is not None and (session.arriving is None or not welcome.is_known):
            session.arriving = receiver.admit_anew(session.name, welcome.oldest)
        self.begin(session)
        self._attached()
        self.flow(session, welcome.next, welcome.oldest)
