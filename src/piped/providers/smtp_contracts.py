"""What the parts of a server of SMTP know of one another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from piped.clock import Clock
from piped.providers.smtp_auth import Logins
from piped.providers.smtp_delivery import Delivery
from piped.providers.smtp_settings import SMTPSettings

__all__ = ["Connection", "Connections", "Server"]


class Connections(Protocol):
    """All connections to one server."""

    is_full: bool

    def remember(self, connection: Any) -> None: ...

    def forget(self, connection: Any) -> None: ...


class Server(Protocol):
    """What connections know of their server."""

    name: str
    host: str
    settings: SMTPSettings
    clock: Clock
    tls: Any
    logins: Logins
    delivery: Delivery
    lambdas: Mapping[str, Callable[..., Any]]
    connections: Connections


class Connection(Protocol):
    """What a session knows of its connection."""

    server: Server
    peer: str

    @property
    def is_secure(self) -> bool: ...

    @property
    def can_start_tls(self) -> bool: ...

    def answer(self, code: int, *lines: str) -> None: ...

    async def ask(self, question: str) -> bytes: ...

    async def read_mail(self) -> bytes: ...

    def start_tls(self) -> None: ...
