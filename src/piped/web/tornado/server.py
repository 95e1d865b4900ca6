"""A server of Tornado's that knows which requests are under way, and lets them end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPMessageDelegate

from piped.clock import Clock

__all__ = ["Server"]

logger = logging.getLogger(__name__)


class Server(HTTPServer):
    """Each connection is busy from the head of a request to the end of its answer."""

    def initialize(self, *args: Any, **kwargs: Any) -> None:
        super().initialize(*args, **kwargs)
        self._open: set[Any] = set()
        self._busy: set[Any] = set()
        self._is_closing = False
        self._is_quiet = asyncio.Event()

    def start_request(self, server_conn: Any, request_conn: Any) -> HTTPMessageDelegate:
        # Tornado asks for it when the connection is made, and again after each answer.
        self._open.add(server_conn)
        self._ended(server_conn)
        if self._is_closing:
            server_conn.stream.close()
        delegate = super().start_request(server_conn, request_conn)
        return _Watched(delegate, partial(self._busy.add, server_conn))

    def on_close(self, server_conn: Any) -> None:
        super().on_close(server_conn)
        self._open.discard(server_conn)
        self._ended(server_conn)

    async def close(self, clock: Clock, limit: float) -> None:
        """Let nobody in any more, and those who are being answered out, for so many seconds."""
        self.stop()
        self._is_closing = True
        for each in self._open - self._busy:
            each.stream.close()
        if self._busy:
            wakeup = clock.call_later(limit, self._is_quiet.set)
            await self._is_quiet.wait()
            wakeup.cancel()
        if self._busy:
            logger.warning("%d requests were cut off", len(self._busy))
        await self.close_all_connections()

    def _ended(self, server_conn: Any) -> None:
        self._busy.discard(server_conn)
        if self._is_closing and not self._busy:
            self._is_quiet.set()


class _Watched(HTTPMessageDelegate):
    """Says when the head of a request is there."""

    def __init__(self, delegate: HTTPMessageDelegate, begin: Callable[[], object]) -> None:
        self._delegate = delegate
        self._begin = begin

    def headers_received(self, start_line: Any, headers: Any) -> Awaitable[None] | None:
        self._begin()
        return self._delegate.headers_received(start_line, headers)

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        return self._delegate.data_received(chunk)

    def finish(self) -> None:
        self._delegate.finish()

    def on_connection_close(self) -> None:
        self._delegate.on_connection_close()
