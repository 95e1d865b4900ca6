"""Messages of a crossing between a process and its own child, pickled.

Whoever can write here can run what he likes: it is for those alone who have started one another.
"""

from __future__ import annotations

import asyncio
import pickle
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from piped.exceptions import FailedElsewhere
from piped.flows.crossing import Answered, Ended, Message, Stopped
from piped.flows.reason import Reason
from piped.flows.receipt import Answer

__all__ = ["Channel"]

_LENGTH = struct.Struct(">Q")


class Channel(asyncio.Protocol):
    """Carries messages both ways, in order."""

    def __init__(
        self, hear: Callable[[Message], object], lost: Callable[[Exception | None], object]
    ) -> None:
        self._hear = hear
        self._lost = lost
        self._came = bytearray()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._lost(exc)

    def data_received(self, data: bytes) -> None:
        self._came += data
        head = _LENGTH.size
        while len(self._came) >= head:
            end = head + _LENGTH.unpack_from(self._came)[0]
            if len(self._came) < end:
                return
            message = pickle.loads(self._came[head:end])  # noqa: S301 - of our own child or parent
            del self._came[:end]
            self._hear(message)

    def send(self, message: Message) -> None:
        """Have the other side hear it, if it still listens."""
        if self._transport is not None:
            data = pickle.dumps(_portable(message), pickle.HIGHEST_PROTOCOL)
            self._transport.write(_LENGTH.pack(len(data)) + data)

    def close(self) -> None:
        """Say no more; what was said arrives."""
        if self._transport is not None:
            self._transport.close()


def _portable(message: Message) -> Message:
    """The same, with failures that can be pickled."""
    match message:
        case Answered(runs):
            return Answered([(first, count, _known(answer)) for first, count, answer in runs])
        case Ended(reason) | Stopped(reason):
            return replace(message, reason=_told(reason))
    return message


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
