"""What a client has sent and nobody has read yet."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from piped.clock import Clock
from piped.mail.addresses import CommandFault
from piped.mail.body import Body

__all__ = ["Incoming", "Leaving", "TooSlow"]

_READ_AHEAD = 64 * 1024


class TooSlow(Exception):
    """The client has said nothing for too long."""


class Leaving(Exception):
    """We are about to close, and nothing is under way."""


class Incoming:
    """Bytes are fed from one side, and read as lines and mails from the other."""

    def __init__(
        self, clock: Clock, *, pause: Callable[[], object], resume: Callable[[], object]
    ) -> None:
        """`pause` is called when there is too much to keep, `resume` when there is room again."""
        self._clock = clock
        self._pause = pause
        self._resume = resume
        self._buffer = bytearray()
        self._waiter: asyncio.Future[None] | None = None
        self._end: Exception | None = None
        self.is_in_mail = False
        self._is_paused = False

    def feed(self, data: bytes) -> None:
        self._buffer += data
        self._wake()
        if len(self._buffer) > _READ_AHEAD and not self._is_paused:
            self._is_paused = True
            self._pause()

    def lost(self, reason: Exception) -> None:
        """Nothing more will come."""
        self._end = reason
        self._wake()

    def leave(self) -> None:
        """No further command is wanted; a mail that is being read is read to its end."""
        if self._end is None:
            self._end = Leaving()
        if not self.is_in_mail:
            self._wake()

    def discard(self) -> None:
        """Forget what has come and was not read."""
        self._buffer.clear()

    async def line(self, longest: int, patience: float) -> bytes:
        """The next line, without its CRLF. One that is too long is skipped: a `CommandFault`."""
        is_too_long = False
        self._check_end()
        while (end := self._buffer.find(b"\r\n")) < 0:
            if len(self._buffer) > longest + 1:
                is_too_long = True
                del self._buffer[:-1]
            await self._more(patience)
            self._check_end()
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 2]
        if is_too_long or len(line) > longest:
            raise CommandFault(500, "the line is too long")
        return line

    async def mail(self, body: Body, patience: float, in_all: float) -> None:
        """Read `body` to its end."""
        ends = self._clock.monotonic() + in_all
        self.is_in_mail = True
        try:
            while True:
                if not isinstance(self._end, Leaving):
                    self._check_end()
                data, self._buffer = self._buffer, bytearray()
                rest = body.take(data)
                if rest is not None:
                    self._buffer[:0] = rest
                    return
                await self._more(min(patience, ends - self._clock.monotonic()))
        finally:
            self.is_in_mail = False

    def _check_end(self) -> None:
        if self._end is not None:
            raise self._end

    async def _more(self, patience: float) -> None:
        if self._is_paused:
            self._is_paused = False
            self._resume()
        if patience <= 0:
            raise TooSlow
        self._waiter = asyncio.get_running_loop().create_future()
        wakeup = self._clock.call_later(patience, self._too_slow)
        try:
            await self._waiter
        finally:
            wakeup.cancel()
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _too_slow(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(TooSlow())
