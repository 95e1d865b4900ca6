"""The two ends of a connection: a fount of what the peer sends, and a drain that sends.

1. The fount ends when the peer has closed its side for writing. The drain's end closes ours; each
   goes on without the other.
2. While the fount is paused nothing is read. While too much waits to be sent, the drain holds its
   fount back. A receipt is answered when its bytes have gone to the operating system.
3. A connection that is lost is a failure, and so the reason of both ends. A drain that is told of
   a failure drops the connection, so that nobody takes a part for the whole.
4. It is closed when both sides have ended. Who wants nothing of the fount stops it.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Protocol

from piped.flows.batch import Batch
from piped.flows.drain import Drain
from piped.flows.fount import Fount
from piped.flows.reason import END, STOPPED, Reason, failed
from piped.flows.receipt import unfinished

if TYPE_CHECKING:
    from piped.flows.pause import Pause

__all__ = ["MOST", "Connection", "Incoming", "Outgoing", "Wire"]

MOST = 65_536  # bytes that may wait to be sent


class Wire(Protocol):
    """What carries the bytes. It says `sent` when nothing waits any more."""

    def pause(self) -> None:
        """Read nothing for a while."""

    def resume(self) -> None:
        """Read again."""

    def write(self, data: bytes) -> None:
        """Send it, now or later."""

    def waiting(self) -> int:
        """How many bytes have not gone yet."""

    @property
    def has_halves(self) -> bool:
        """Whether one side can be closed alone."""

    def finish(self) -> None:
        """Close our side for writing when all has gone, if it can be closed alone."""

    def close(self) -> None:
        """Close it when all has gone."""

    def abort(self) -> None:
        """Drop it."""


class Incoming(Fount):
    """What the peer sends, as it comes."""

    output = bytes

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self.connection = connection

    def on_flow(self) -> None:
        if not self.connection.is_lost:
            self.connection.wire.resume()

    def on_pause(self) -> None:
        if not self.connection.is_lost:
            self.connection.wire.pause()

    def on_stop(self, reason: Reason) -> None:
        self.on_pause()
        self.end(reason)
        self.connection.check()


class Outgoing(Drain):
    """Sends what it gets."""

    input = bytes

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self.connection = connection
        self._unsent: deque[Batch] = deque()
        self._full: Pause | None = None
        self.lost: Reason | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to be sent."""
        return self.reason is not None

    def flowing_from(self, fount: Any) -> Any:
        super().flowing_from(fount)
        if self.lost is not None:
            fount.stop(self.lost)
        return self

    def receive(self, batch: Batch) -> None:
        if self.lost is not None:
            batch.settle(unfinished(self.lost))
            return
        self.received += len(batch)
        wire = self.connection.wire
        wire.write(b"".join(batch.items))
        waiting = wire.waiting()
        if not waiting and not self._unsent:
            batch.settle()
            return
        self.begun()
        self._unsent.append(batch)
        if waiting > MOST and self._full is None and self.fount is not None:
            self._full = self.fount.pause()

    def flow_ended(self, reason: Reason) -> None:
        super().flow_ended(self.lost or reason)
        if reason.failure is not None:
            self.connection.abort()
        else:
            self.connection.check()

    def sent(self) -> None:
        """All has gone."""
        while self._unsent:
            self._unsent.popleft().settle()
            self.ended()
        full, self._full = self._full, None
        if full is not None:
            full.resume()

    def connection_lost(self, reason: Reason) -> None:
        """What has not gone is refused, and nothing more is wanted."""
        self.lost = reason
        if self._unsent and self.reason is not None:
            self.reason = reason  # it had been told of the end too early
        unsent, self._unsent = self._unsent, deque()
        for batch in unsent:
            batch.settle(unfinished(reason))
            self.ended()
        if self.reason is None:
            self.stop(reason)


class Connection:
    """Has a `fount` and a `drain`; `close` and `abort` are for who does not wait for their ends."""

    def __init__(self, wire: Wire, peer: Any = None) -> None:
        self.wire = wire
        self.peer = peer
        self.fount = Incoming(self)
        self.drain = Outgoing(self)
        self._is_finished = False
        self.is_lost = False
        wire.pause()  # until the fount has a drain

    def __repr__(self) -> str:
        return f"<Connection with {self.peer}>"

    def close(self) -> None:
        """Take in nothing more, and close it when all has gone that was given to be sent."""
        self.fount.stop(STOPPED)
        if not self.is_lost:
            self.wire.close()

    def abort(self) -> None:
        """Drop it."""
        if not self.is_lost:
            self.wire.abort()

    def check(self) -> None:
        """Close what is done with."""
        if self.is_lost or not self.drain.is_over:
            return
        if self.fount.reason is not None:
            self.wire.close()
        elif not self._is_finished:
            self._is_finished = True
            self.wire.finish()

    # For the wire.

    def received(self, data: bytes) -> None:
        """Some bytes have come."""
        if self.fount.reason is None:
            self.fount.emit(Batch([data]))

    def peer_finished(self) -> None:
        """The peer sends no more."""
        self.fount.end(END)
        self.check()

    def lost(self, failure: BaseException | None) -> None:
        """It is closed, or lost with a failure."""
        if self.is_lost:
            return
        self.is_lost = True
        if failure is None:  # the peer has closed both sides, or we have
            self.fount.end(END)
            failure = ConnectionError("the connection was closed")
        reason = failed(failure)
        self.drain.connection_lost(reason)
        self.fount.end(reason)
