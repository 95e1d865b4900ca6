"""Between a process and its own child: what leaves for the other end, and what arrives from there.

Messages are pickled. Whoever can write here can run what he likes: it is for those alone of whom
one has started the other.
"""

from __future__ import annotations

import asyncio
import pickle
import struct
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from piped.exceptions import FailedElsewhere
from piped.flows.codec import Pickled
from piped.flows.elsewhere.messages import Answered, Ended, Items, Message, Stopped
from piped.flows.elsewhere.receiver import Receiver
from piped.flows.elsewhere.sender import Sender
from piped.flows.reason import Reason
from piped.flows.receipt import Answer

__all__ = ["Channel"]

_LENGTH = struct.Struct(">Q")


class Channel(asyncio.Protocol):
    """Has a sender and a receiver, which begin when it is connected. It connects once."""

    def __init__(self, lost: Callable[[Exception | None], object], room: int = 1000) -> None:
        most = sys.maxsize  # what bounds memory is the credit
        self.sender = Sender(Pickled(), resend=False, window=most, window_size=most, item_size=most)
        self.receiver = Receiver(Pickled(), room=room, ends="together")
        self._arriving = self.receiver.admit("the other end", 0)
        self._lost = lost
        self._came = bytearray()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        soon = asyncio.get_running_loop().call_soon
        self.receiver.attach(self._arriving, self._send, soon, 0)
        self.sender.attach(self._send, 0)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._arriving.detach()
        self._lost(exc)

    def data_received(self, data: bytes) -> None:
        self._came += data
        head = _LENGTH.size
        while len(self._came) >= head:
            end = head + _LENGTH.unpack_from(self._came)[0]
            if len(self._came) < end:
                return
            kind, *values = pickle.loads(self._came[head:end])  # noqa: S301 - of our own child or parent
            del self._came[:end]
            self._hear(kind(*values))

    def close(self) -> None:
        """Say no more; what was said arrives."""
        if self._transport is not None:
            self._transport.close()

    def _hear(self, message: Message) -> None:
        if isinstance(message, Items | Ended):
            self.receiver.hear(self._arriving, message)
        else:
            self.sender.hear(message)

    def _send(self, message: Message) -> None:
        if self._transport is not None:
            # A tuple is pickled in a third of the time that the message itself takes.
            data = pickle.dumps((type(message), *_portable(message)), pickle.HIGHEST_PROTOCOL)
            self._transport.write(_LENGTH.pack(len(data)) + data)


def _portable(message: Message) -> list[Any]:
    """The values of a message, with failures that can be pickled."""
    match message:
        case Answered(runs):
            return [[(first, count, _known(answer)) for first, count, answer in runs]]
        case Ended(reason) | Stopped(reason):
            return [_told(reason)]
    return [getattr(message, name) for name in message.__slots__]


def _known(answer: Answer) -> Answer:
    return answer if answer.failure is None else replace(answer, failure=_sent(answer.failure))


def _told(reason: Reason) -> Reason:
    if reason.failure is None:
        return reason
    return Reason(reason.said, _sent(reason.failure), tuple(map(_told, reason.reasons)))


def _sent(failure: BaseException) -> BaseException:
    """A failure that comes out as what went in, or one that says what it was."""
    with suppress(Exception):  # of whoever wrote its class
        if type(pickle.loads(pickle.dumps(failure))) is type(failure):  # noqa: S301 - made right here
            return failure
    return FailedElsewhere(f"{type(failure).__name__}: {failure}")
