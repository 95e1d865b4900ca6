"""Clients of StatsD: the settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from piped.options import Between, Duration, Port

__all__ = ["StatsdSettings"]


@dataclass(frozen=True, kw_only=True)
class StatsdSettings:
    """Where metrics go, and how.

    host: the server
    port: its port, of UDP
    prefix: what stands before all names, with a dot between
    tagged: whether the server knows tags (DogStatsD); else the values of labels are put into names
    tags: tags of all that is sent, like `env:production`
    packet_size: the most bytes of a packet: what fits into one on the wire
    flush_interval: how long a packet that is not full waits for more
    resolve_interval: how often the address of the server is looked up
    """

    host: str = "localhost"
    port: Port = 8125
    prefix: str = ""
    tagged: bool = False
    tags: list[str] = field(default_factory=list)
    packet_size: Annotated[int, Between(64, 65507)] = 1432
    flush_interval: Annotated[Duration, Between(low=0.01)] = 0.5
    resolve_interval: Annotated[Duration, Between(low=1)] = 60.0

    def __post_init__(self) -> None:
        if self.tags and not self.tagged:
            raise ValueError("`tags` go to a server that knows them: say `tagged: true`")
