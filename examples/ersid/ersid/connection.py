"""A connection that asks one question after the other, and costs as little as it can."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import Any
from urllib.parse import urlsplit

from httptools import HttpParserError, HttpResponseParser

__all__ = ["Connections"]


class Connections:
    """Connections to one site, kept for those who ask next."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme != "http" or not parts.hostname:
            raise ValueError(f"{url!r} is no URL like http://localhost:8080")
        self._where = parts.hostname, parts.port or 80
        self._path = parts.path.rstrip("/")
        self._host = parts.netloc
        self._idle: deque[_Connection] = deque()

    async def ask(self, method: str, path: str, body: bytes = b"") -> tuple[int, float]:
        """The status of an answer, and the seconds it took. Raises OSError without one."""
        connection = self._idle.pop() if self._idle else await self._connect()
        head = f"{method} {self._path}{path} HTTP/1.1\r\nHost: {self._host}\r\n"
        length = f"Content-Length: {len(body)}\r\n\r\n" if body or method != "GET" else "\r\n"
        answer = await connection.ask((head + length).encode() + body)
        if connection.is_open:
            self._idle.append(connection)
        return answer

    async def _connect(self) -> _Connection:
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(_Connection, *self._where)
        return connection

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()


class _Connection(asyncio.Protocol):
    """One connection, which waits for at most one answer."""

    def __init__(self) -> None:
        self.is_open = True
        self._transport: Any = None
        self._answer: asyncio.Future[tuple[int, float]] | None = None
        self._asked = 0.0
        self._parser = HttpResponseParser(self)

    def ask(self, question: bytes) -> asyncio.Future[tuple[int, float]]:
        self._answer = asyncio.get_running_loop().create_future()
        self._asked = time.perf_counter()
        self._transport.write(question)
        return self._answer

    def close(self) -> None:
        self.is_open = False
        self._transport.close()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except HttpParserError as error:
            self._fail(ConnectionError(f"this is no HTTP: {error}"))
            self.close()

    def connection_lost(self, error: Exception | None) -> None:
        self.is_open = False
        self._fail(error or ConnectionResetError("the connection was closed"))

    def on_message_complete(self) -> None:
        seconds = time.perf_counter() - self._asked
        if not self._parser.should_keep_alive():
            self.close()
        answer, self._answer = self._answer, None
        if answer is not None and not answer.done():
            answer.set_result((self._parser.get_status_code(), seconds))

    def _fail(self, error: Exception) -> None:
        answer, self._answer = self._answer, None
        if answer is not None and not answer.done():
            answer.set_exception(error)
