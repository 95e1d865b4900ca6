"""How much a client may send, and how long it may take: the key `limits` of a site, too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from piped.options import Between, Duration, Size

__all__ = ["Limits"]

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """
    How much a client may send, and how long it may take.

    target: the path and query of a request; a longer one is answered with 414
    head: all headers and the target together (431)
    fields: how many headers a request may have (431)
    body: the body of a request (413); a place may have a `body_limit` of its own
    memory: what is larger than this goes to a temporary file
    parts: how many arguments, or parts of a form, a request may have (400)
    pipelined: how much is read ahead while a request is being answered
    connections: how many clients may be connected at once; more are turned away (503)
    head_time: from the first byte of a request to the end of its headers (408)
    body_time: the longest time without a byte of a body (408)
    body_rate: the bytes a second at which a body has to come, on the whole (408)
    idle_time: how long a connection may wait for the next request
    write_time: how long a client may take no byte of what is being sent
    linger: how long a client is heard out that was answered before it had said all
    close_time: how long requests may go on when the site stops
    """

    target: Size = 8 * KIB
    head: Size = 32 * KIB
    fields: Annotated[int, Between(1)] = 128
    body: Size = 16 * MIB
    memory: Size = 256 * KIB
    parts: Annotated[int, Between(1)] = 1000
    pipelined: Size = 64 * KIB
    connections: Annotated[int, Between(1)] = 10_000
    head_time: Duration = 20.0
    body_time: Duration = 30.0
    body_rate: Size = 256
    idle_time: Duration = 60.0
    write_time: Duration = 60.0
    linger: Duration = 2.0
    close_time: Duration = 10.0
