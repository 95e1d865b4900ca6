"""Two sides of a flow in one process, and between them a wire that carries what the test says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from twisted.internet.error import ConnectionLost
from twisted.python.failure import Failure

from piped.flows.elsewhere.link import Link, Session, Wire
from piped.flows.elsewhere.meeting import Calling, Serving
from piped.flows.elsewhere.messages import Hello
from piped.flows.elsewhere.receiver import Receiver
from piped.flows.elsewhere.sender import Sender
from piped.testing import ManualClock
from tests.flows.machines import Machine

__all__ = ["Sides", "Wired", "until"]

FORTH, BACK = 0, 1


async def until(holds: Callable[[], Any], clock: ManualClock | None = None) -> None:
    """Wait for a condition; with a clock, while seconds pass."""
    async with asyncio.timeout(30):
        while not holds():
            if clock is not None:
                await clock.advance(1)
            await asyncio.sleep(0.001)


class _End:
    """The transport of one end: what is written waits to be carried."""

    def __init__(self) -> None:
        self.written = b""
        self.is_closing = False

    def write(self, data: bytes) -> None:
        self.written += data

    def loseConnection(self) -> None:  # noqa: N802 - Twisted's name
        self.is_closing = True

    abortConnection = loseConnection  # noqa: N815 - Twisted's name


class Sides:
    """A sender and a receiver, and perhaps a connection."""

    def __init__(
        self, sender: Sender, receiver: Receiver, results: Receiver | None = None, **wire: Any
    ) -> None:
        self.clock = ManualClock()
        self.sender = sender
        self.receiver = receiver
        self.known: dict[str, Session] = {}
        self._ready: list[Callable[[], None]] = []
        self._wire = Wire(clock=self.clock, soon=self._ready.append, **wire)
        self._calling = Session("a sender", receiver=results, sender=sender)
        self.back: Sender | None = None  # by which results leave the other side
        self.links: list[Link] = []
        self.ends: list[_End] = []
        receiver.clock = self.clock

    @property
    def is_connected(self) -> bool:
        return bool(self.links)

    def connect(self) -> None:
        wire = self._wire
        nothing = lambda *_: None  # noqa: E731
        serving = Serving(wire, "serving", self._admit, self._lost, nothing)
        calling = Calling(wire, "calling", self._calling, nothing, nothing)
        self.links, self.ends = [serving, calling], [_End(), _End()]
        for link, end in zip(self.links, self.ends, strict=True):
            link.makeConnection(end)

    def carry(self, way: int, size: int | None = None) -> None:
        """Bring so many bytes to the other end."""
        end = self.ends[1 - way]
        data, end.written = end.written[:size], end.written[size:] if size is not None else b""
        if data:
            self.links[way].dataReceived(data)
        if end.is_closing and not end.written:
            self.cut()

    def turn(self) -> None:
        """The turn of what was put off."""
        ready = self._ready[:]
        del self._ready[: len(ready)]
        for each in ready:
            each()

    def carry_all(self) -> None:
        """Carry until there is nothing more to carry."""
        self.turn()
        while self.is_connected and any(each.written for each in self.ends):
            for way in (FORTH, BACK):
                if self.is_connected:
                    self.carry(way)
            self.turn()

    def cut(self) -> None:
        """What was written and not carried is lost, and the connection."""
        links, self.links, self.ends = self.links, [], []
        for each in links:
            each.connectionLost(Failure(ConnectionLost()))

    def replace_receiver(self, receiver: Receiver) -> None:
        """The process of the receiver has died, and another one has taken its place."""
        for each in self.links:
            each.session = None  # nobody tells the dead
        if self.is_connected:
            self._calling.link = None
            self.sender.detach(ConnectionLost())
            if self._calling.arriving is not None:
                self._calling.arriving.detach()
        self.links, self.ends = [], []
        self._ready.clear()
        self.known.clear()
        self.receiver = receiver
        receiver.clock = self.clock

    def _admit(self, hello: Hello) -> tuple[Session, bool]:
        arriving = self.receiver.admit(hello.sender, hello.oldest)
        found = self.known.get(hello.sender)
        is_known = found is not None and found.arriving is arriving
        session = found if found is not None and is_known else None
        session = session or Session(hello.sender, self.receiver, arriving, self.back)
        self.known[hello.sender] = session
        return session, is_known

    def _lost(self, session: Session) -> None:
        assert session.arriving is not None
        if session.receiver is self.receiver:
            if self.back is not None:
                self.back.detach(ConnectionLost())
            self.receiver.detach(session.name, session.arriving)


class Wired(Machine):
    """Between the two is a wire, which is cut at any byte. Derive from it: make the `sides`."""

    sides: Sides

    def is_done(self) -> bool:
        return self.sides.sender.is_done

    @precondition(lambda self: not self.sides.is_connected)
    @rule()
    def connect(self) -> None:
        self.sides.connect()

    @precondition(lambda self: self.sides.is_connected)
    @rule(way=st.integers(0, 1), size=st.integers(1, 600))
    def carry(self, way: int, size: int) -> None:
        self.sides.carry(way, size)

    @precondition(lambda self: self.sides.is_connected)
    @rule()
    def carry_all(self) -> None:
        self.sides.carry_all()

    @rule()
    def turn(self) -> None:
        self.sides.turn()

    @precondition(lambda self: self.sides.is_connected)
    @rule()
    def cut(self) -> None:
        self.sides.cut()

    def step(self) -> bool:
        if self.is_done():
            return False
        if not self.sides.is_connected:
            self.sides.connect()
        self.sides.carry_all()
        return True
