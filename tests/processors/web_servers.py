"""Web servers to be asked, well-behaved and others."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

__all__ = ["Reply", "answering", "misbehaving"]

Reply = tuple[int, dict[str, str], str | bytes]


@asynccontextmanager
async def answering(
    answer: Callable[[web.Request], Any], tls: ssl.SSLContext | None = None
) -> AsyncIterator[str]:
    """A server that answers with (status, headers, body), now or later. Gives its URL."""

    async def handle(request: Any) -> web.StreamResponse:
        found = answer(request)
        found = await found if isinstance(found, Awaitable) else found
        if isinstance(found, web.StreamResponse):
            return found
        status, headers, body = found
        data = body if isinstance(body, bytes) else body.encode()
        return web.Response(status=status, headers=headers, body=data)

    runner = web.ServerRunner(web.Server(handle), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
    await site.start()
    try:
        _, port = runner.addresses[0]
        yield f"http{'s' if tls else ''}://127.0.0.1:{port}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def misbehaving(
    talk: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[str]:
    """A server that reads the head of a request, and then does what it likes."""
    talks = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        talks.add(task)
        try:
            await reader.readuntil(b"\r\n\r\n")
            await talk(reader, writer)
        except (asyncio.CancelledError, ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            talks.discard(task)
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in list(talks):
            if task is not None:
                task.cancel()
        await asyncio.sleep(0)
