"""A server of SMTP that knows nothing of piped: aiosmtpd's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.policy import default
from typing import Any

from aiosmtpd.controller import UnthreadedController
from aiosmtpd.smtp import Envelope

__all__ = ["Post", "posting"]


class Post:
    """A server of aiosmtpd's. `answers` are the next ones, by command; the last one stays."""

    def __init__(self) -> None:
        self.answers: dict[str, list[str]] = {}
        self.got: list[Envelope] = []
        self.attempts = 0
        self.port = 0

    def _next(self, command: str) -> str | None:
        given = self.answers.get(command)
        return None if not given else given.pop(0) if len(given) > 1 else given[0]

    async def handle_MAIL(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        self.attempts += 1
        envelope.mail_from = address
        return self._next("MAIL") or "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        answer = self._next(address) or "250 OK"
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:  # noqa: N802
        answer = self._next("DATA") or "250 OK"
        if answer.startswith("250"):
            self.got.append(envelope)
        return answer

    def message(self) -> Any:
        content = self.got[-1].content
        assert isinstance(content, bytes)
        return message_from_bytes(content.replace(b"\r\n", b"\n"), policy=default)


@asynccontextmanager
async def posting(**settings: Any) -> AsyncIterator[Post]:
    """Such a server; `settings` are aiosmtpd's."""
    post = Post()
    loop = asyncio.get_running_loop()
    server: Any = await UnthreadedController(
        post, "127.0.0.1", 0, loop=loop, **settings
    )._create_server()
    post.port = server.sockets[0].getsockname()[1]
    yield post
    server.close()
    await server.wait_closed()
