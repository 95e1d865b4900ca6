"""Send what comes piece by piece, as fast as the client takes it.

1. The first piece is there, and is fit, before anything is sent.
2. Nothing more is asked for while the client has enough.
3. When the client is gone the rest is not asked for, and what it came from is closed.
4. What fails in the middle ends the connection: the client must not take the half for the whole.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Any

from twisted.internet.interfaces import IAddress, IPushProducer
from zope.interface import implementer

from piped.exceptions import UnfitBaton
from piped.interop import settled
from piped.processors.http_statuses import HAVE_NO_BODY
from piped.web.site.answers import is_over

__all__ = ["END", "Outlet", "close", "is_stream", "pieces_of", "plain", "send"]

END: Any = object()
_PIECE = 64 * 1024
_HINT = "Make text of it first: encode-json writes JSON, format-string any text."


def is_stream(content: Any) -> bool:
    """Whether it comes in pieces: a file, or an iterator of either kind."""
    kind = type(content)
    return any(hasattr(kind, name) for name in ("__aiter__", "__next__", "read"))


def plain(content: Any, path: str) -> str | bytes:
    """What to write for content that is neither text, nor bytes, nor a stream."""
    if isinstance(content, str):
        return str(content)
    if isinstance(content, bytes | bytearray | memoryview):
        return bytes(content)
    if IAddress.providedBy(content):
        host: str | bytes = getattr(content, "host", "") or getattr(content, "hostname", b"")
        return host
    message = f"there is {content!r} at {path!r}, which cannot be sent"
    raise UnfitBaton(message, hint=_HINT)


async def pieces_of(stream: Any) -> AsyncIterator[Any]:
    """The pieces of a stream, which is closed at the end of them."""
    try:
        if hasattr(type(stream), "__aiter__"):
            async for piece in stream:
                yield piece
        elif hasattr(stream, "read"):
            while piece := await _read(stream):
                yield piece
        else:
            for piece in stream:
                yield await settled(piece)
                # One that always has more is not to keep all others waiting.
                await asyncio.sleep(0)
    finally:
        await close(stream)


async def close(stream: Any) -> None:
    """Let it go: a file, a connection."""
    ending = getattr(stream, "aclose", None) or getattr(stream, "close", None)
    if ending is not None:
        await settled(ending())


async def _read(file: Any) -> Any:
    if isinstance(file, io.IOBase) and not isinstance(file, io.BytesIO | io.StringIO):
        return await asyncio.to_thread(file.read, _PIECE)
    return await settled(file.read(_PIECE))


@implementer(IPushProducer)
class Outlet:
    """The way to a client, which says when it has enough."""

    def __init__(self, request: Any) -> None:
        self._request = request
        self._may_go_on = asyncio.Event()
        self._may_go_on.set()
        self._waiting: asyncio.Task[Any] | None = None
        self.is_gone = False
        request.notifyFinish().addErrback(lambda _: self.stopProducing())
        request.registerProducer(self, True)

    async def write(self, piece: bytes) -> bool:
        """Write, and wait until more is wanted. False says that nobody is there."""
        if not self.is_gone:
            self._request.write(piece)
            await self._may_go_on.wait()
        return not self.is_gone

    async def next_of(self, stream: AsyncIterator[Any]) -> Any:
        """The next piece of `stream`; `END` at its end, or as soon as nobody is there."""
        gone = self.is_gone
        if gone:
            return END
        self._waiting = task = asyncio.current_task()
        try:
            return await anext(stream, END)
        except asyncio.CancelledError:
            # It may be that somebody else has cancelled us, too.
            if not self.is_gone or task is None or task.uncancel() > 0:
                raise
            return END
        finally:
            self._waiting = None

    def close(self) -> None:
        """Nothing more comes from here."""
        if not self.is_gone:
            self._request.unregisterProducer()

    def abort(self) -> None:
        """End the connection at once."""
        if not self.is_gone:
            transport = self._request.transport
            getattr(transport, "abortConnection", self._request.loseConnection)()

    def pauseProducing(self) -> None:  # noqa: N802 - Twisted's name for it
        self._may_go_on.clear()

    def resumeProducing(self) -> None:  # noqa: N802 - Twisted's name for it
        self._may_go_on.set()

    def stopProducing(self) -> None:  # noqa: N802 - Twisted's name for it
        if self._waiting is not None and not self.is_gone:
            self._waiting.cancel()
        self.is_gone = True
        self._may_go_on.set()


async def send(
    request: Any,
    stream: AsyncIterator[Any],
    encoded: Callable[[Any], bytes],
    begin: Callable[[Any], None],
) -> bool:
    """Send the pieces of `stream`; `begin` is called with the first one, or None if there is none.

    False says that the client is gone.
    """
    async with aclosing(stream):  # type: ignore[type-var]  # they are generators
        first = await anext(stream, None)
        data = b"" if first is None else encoded(first)
        if is_over(request):
            return False
        begin(first)
        if request.method == b"HEAD" or request.code in HAVE_NO_BODY:
            request.write(b"")
            return True
        outlet = Outlet(request)
        try:
            await outlet.write(data)
            while (piece := await outlet.next_of(stream)) is not END:
                await outlet.write(encoded(piece))
        except BaseException:
            outlet.abort()
            raise
        finally:
            outlet.close()
        return not outlet.is_gone
