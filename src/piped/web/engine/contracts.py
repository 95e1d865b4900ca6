"""What a request knows of its connection, and a connection of its server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from piped.clock import Clock
from piped.web.engine.compression import Compression
from piped.web.engine.handler import Handler
from piped.web.engine.heads import Heads
from piped.web.engine.limits import Limits
from piped.web.engine.outgoing import Outgoing

__all__ = ["Line", "Service"]


class Service(Protocol):
    """A server, as its connections see it."""

    handler: Handler
    limits: Limits
    clock: Clock
    name: bytes
    # The Server and Date lines.
    preface: bytes
    heads: Heads
    site: Any
    compression: Compression | None
    is_closing: bool
    record: Callable[[Any], object] | None
    # Whether the record says how long an answer took.
    has_durations: bool
    outgoing: Outgoing
    # The time that is told in seconds since 1970, and the one to measure by: not the latest.
    wall: float
    now: float

    def connect(self, connection: Any) -> asyncio.Protocol | None: ...
    def disconnect(self, connection: Any) -> None: ...
    def hand_over(self, connection: Any) -> None: ...
    def knows_host(self, value: bytes) -> bool: ...


class Line(Protocol):
    """A connection, as its requests see it."""

    server: Service
    limits: Limits
    unwritten: bytes
    transport: asyncio.Transport
    # What the access log calls the client.
    name: bytes
    producer: Any
    # Who is being answered, and whose end has not come.
    current: Any
    incoming: Any

    @property
    def stream(self) -> asyncio.Transport: ...
    @property
    def is_secure(self) -> bool: ...
    def can_drop_body(self, request: Any) -> bool: ...
    def done(self, request: Any) -> None: ...
    def close(self) -> None: ...
    def abort(self) -> None: ...
    def pause_stream(self, is_on: bool) -> None: ...
    def switch(self, protocol: asyncio.Protocol) -> None: ...
    async def drained(self) -> None: ...
