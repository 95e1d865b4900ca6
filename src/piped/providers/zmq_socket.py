"""A socket of ZeroMQ on the loop: what others send through, and what a feeder receives from.

1. ZeroMQ tells of a change once, at a file descriptor. Every look at it takes all there is: what
   waits to be sent, and what is there to be received, until ZeroMQ has no more or takes no more.
2. Sending and receiving may swallow such a telling, so another look follows them, if anybody waits.
3. What cannot be sent at once waits, in order, up to its time. Those for one peer of a ROUTER do
   not wait for those for another.
4. What is sent was handed to ZeroMQ; whether it ever came to anybody, ZeroMQ does not say.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import zmq

from piped import exceptions
from piped.exceptions import PipedError, ResourceLost
from piped.providers.zmq_messages import OddMessage, parts_of

if TYPE_CHECKING:
    from piped.clock import Clock, Wakeup

__all__ = ["QueueSocket"]

logger = logging.getLogger(__name__)

_ROUTERS = {"ROUTER", "XREP"}


@dataclass(slots=True, eq=False)
class _Unsent:
    """A message that waits for room."""

    parts: list[bytes]
    sent: asyncio.Future[None]
    limit: Wakeup | None = None


class QueueSocket:
    """One socket. What is offered as `zmq.socket.NAME`; `socket` is pyzmq's."""

    def __init__(
        self,
        name: str,
        kind: str,
        socket: zmq.Socket[bytes],
        clock: Clock,
        *,
        multipart: bool,
        timeout: float | None = None,
    ) -> None:
        self.name = name
        self.socket = socket
        self.endpoints: list[str] = []
        # What is called when there is something to receive.
        self.on_readable: Callable[[], None] | None = None
        # Whether somebody who asked has had no answer yet.
        self.owes_answer = False
        self._kind = kind
        self._clock = clock
        self._multipart = multipart
        self._timeout = timeout
        self._waiting: deque[_Unsent] = deque()
        self._next_look: asyncio.Handle | None = None
        self._loop = asyncio.get_running_loop()
        self._descriptor = socket.FD
        self._loop.add_reader(self._descriptor, self._look)

    async def send(self, message: Any) -> None:
        """Hand a message to ZeroMQ, as soon as there is room for it."""
        later = self.send_soon(message)
        if later is not None:
            await later

    def send_soon(self, message: Any) -> asyncio.Future[None] | None:
        """The same: None if it is done at once, else what ends when it is."""
        parts = parts_of(message, several=self._multipart)
        if self.socket.closed:
            raise ResourceLost(f"{self.name} is closed")
        if not (self._waiting and self._is_behind(parts)) and self._try(parts):
            return None
        unsent = _Unsent(parts, self._loop.create_future())
        if self._timeout is not None:
            unsent.limit = self._clock.call_later(self._timeout, self._expire, unsent)
        self._waiting.append(unsent)
        unsent.sent.add_done_callback(lambda _: self._forget(unsent))
        self.look_again()
        return unsent.sent

    def receive(self) -> list[bytes] | None:
        """The parts of a message, or None if there is none."""
        parts: list[bytes] | None
        try:
            # A frame knows whether there are more; to ask the socket takes longer.
            frame = self.socket.recv(zmq.NOBLOCK, copy=False)
            parts = [frame.bytes]
            while frame.more:
                frame = self.socket.recv(copy=False)
                parts.append(frame.bytes)
        except zmq.Again:
            parts = None
        except zmq.ZMQError as error:
            if error.errno != zmq.EFSM:  # it is not its turn
                raise
            parts = None
        else:
            self.owes_answer = self._kind == "REP"
        if self._waiting:
            self.look_again()
        return parts

    def message_of(self, parts: list[bytes]) -> Any:
        """What a processor gets."""
        if self._multipart:
            return parts
        if len(parts) > 1:
            way_out = "with `multipart: true` it would be a list"
            raise OddMessage(f"a message of {len(parts)} parts is lost; {way_out}")
        return parts[0]

    def answer_nothing(self) -> None:
        """Send an empty answer, for there will be no other."""
        self.owes_answer = False
        if not self.socket.closed:
            self._try([b""])

    def look_again(self) -> None:
        """Look at the socket in the next turn of the loop."""
        if self._next_look is None and not self.socket.closed:
            self._next_look = self._loop.call_soon(self._look)

    def close(self, linger: float) -> None:
        """Send and receive no more. What ZeroMQ has not sent yet is kept for so many seconds."""
        self._loop.remove_reader(self._descriptor)
        if self._next_look is not None:
            self._next_look.cancel()
        self.on_readable = None
        self.socket.close(linger=round(linger * 1000))
        for each in list(self._waiting):
            if not each.sent.done():
                each.sent.set_exception(ResourceLost(f"{self.name} is closed"))

    def _look(self) -> None:
        """See what has changed. Asking for it is what makes ZeroMQ tell of the next change."""
        self._next_look = None
        events: Any = self.socket.get(zmq.EVENTS)
        if self._waiting and events & zmq.POLLOUT:
            self._send_waiting()
        if self.on_readable is not None and events & zmq.POLLIN:
            self.on_readable()

    def _try(self, parts: list[bytes]) -> bool:
        """Whether ZeroMQ took it."""
        try:
            if len(parts) == 1:  # by far the most frequent, and `send_multipart` is slow
                self.socket.send(parts[0], zmq.NOBLOCK)
            else:
                self.socket.send_multipart(parts, zmq.NOBLOCK)
        except zmq.Again:
            return False
        except zmq.ZMQError as error:
            raise PipedError(f"{self.name} cannot send it: {self._reason(error, parts)}") from error
        self.owes_answer = False
        if self.on_readable is not None:
            self.look_again()
        return True

    def _reason(self, error: zmq.ZMQError, parts: list[bytes]) -> str:
        if error.errno == zmq.EHOSTUNREACH:
            return f"nobody is there whose name is {parts[0]!r:.80}"
        if error.errno == zmq.EFSM:
            return f"it is not its turn, for questions and answers of a {self._kind} alternate"
        return str(error)

    def _is_behind(self, parts: list[bytes]) -> bool:
        """Whether others wait that have to be sent before."""
        key = self._key(parts)
        return any(self._key(each.parts) == key for each in self._waiting)

    def _key(self, parts: list[bytes]) -> bytes | None:
        """For whom it is, if the socket knows its peers by name."""
        return parts[0] if self._kind in _ROUTERS else None

    def _send_waiting(self) -> None:
        full = set()
        for each in list(self._waiting):
            key = self._key(each.parts)
            if key in full or each.sent.done():
                continue
            try:
                if self._try(each.parts):
                    each.sent.set_result(None)
                else:
                    full.add(key)
            except PipedError as failure:
                each.sent.set_exception(failure)
            if full == {None}:
                return

    def _expire(self, unsent: _Unsent) -> None:
        if not unsent.sent.done():
            late = f"{self.name} had no room for a message within {self._timeout:g} s"
            hint = "Nobody is connected, or whoever is takes them too slowly."
            unsent.sent.set_exception(exceptions.TimeoutError(late, hint=hint))

    def _forget(self, unsent: _Unsent) -> None:
        if unsent.limit is not None:
            unsent.limit.cancel()
        if unsent in self._waiting:
            self._waiting.remove(unsent)
