"""The body of a request on its way in: in memory, in a file, or handed on as it comes."""

from __future__ import annotations

import asyncio
import tempfile
from collections import deque
from collections.abc import AsyncIterator, Callable
from io import BytesIO
from typing import IO

from piped.web.engine.head import Refusal

__all__ = ["Body"]

# A reader that is this far behind makes the client wait; when it is this near, the client goes on.
_FAR, _NEAR = 64 * 1024, 16 * 1024
_PIECE = 64 * 1024


class Body:
    """What comes of a body. Until `stream` is called it is kept, beyond `memory` on disk."""

    __slots__ = (
        "_chunks",
        "_error",
        "_file",
        "_kept",
        "_others",
        "_pause",
        "_waiter",
        "is_complete",
        "is_streamed",
        "limit",
        "memory",
        "size",
    )

    def __init__(self, limit: int, memory: int) -> None:
        self.limit = limit
        self.memory = memory
        self.size = 0
        self.is_complete = False
        self.is_streamed = False
        self._kept = 0
        self._chunks: deque[bytes] = deque()
        self._file: IO[bytes] | None = None
        self._others: list[IO[bytes]] | None = None
        self._pause: Callable[[bool], None] | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._error: Exception | None = None

    def stream(self, pause: Callable[[bool], None]) -> None:
        """Hand chunks on as they come. `pause` is told when to stop reading, and when to go on."""
        self.is_streamed = True
        self._pause = pause

    def feed(self, chunk: bytes) -> None:
        self.size += len(chunk)
        if self.size > self.limit:
            raise Refusal(413, "a body that is too large")
        if self._file is not None:
            self._file.write(chunk)
            return
        self._chunks.append(chunk)
        self._kept += len(chunk)
        if self.is_streamed:
            if self._kept > _FAR and self._pause is not None:
                self._pause(True)
            self._wake()
        elif self._kept > self.memory:
            self._spill()

    def end(self) -> None:
        self.is_complete = True
        self._wake()

    def break_off(self, error: Exception) -> None:
        """There will be no more of it."""
        if not self.is_complete:
            self._error = error
            self._wake()

    def content(self) -> IO[bytes]:
        """All of it, as a file."""
        if self._file is not None:
            self._file.seek(0)
            return self._file
        return BytesIO(b"".join(self._chunks))

    def close_too(self, file: IO[bytes]) -> None:
        """`file` is part of the body, and lives as long."""
        if self._others is None:
            self._others = []
        self._others.append(file)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
        for file in self._others or ():
            file.close()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if not self.is_streamed:
            content = self.content()
            while piece := content.read(_PIECE):
                yield piece
            return
        while True:
            while self._chunks:
                chunk = self._chunks.popleft()
                self._kept -= len(chunk)
                if self._kept <= _NEAR and self._pause is not None:
                    self._pause(False)
                yield chunk
            if self.is_complete:
                return
            if self._error is not None:
                raise self._error
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None

    def _spill(self) -> None:
        # It lives as long as the request, which closes it.
        self._file = tempfile.TemporaryFile()  # noqa: SIM115
        self._file.write(b"".join(self._chunks))
        self._chunks.clear()
        self._kept = 0

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
