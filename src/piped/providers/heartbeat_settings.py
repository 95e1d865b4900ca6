"""How long a peer may say nothing: the setting."""

from __future__ import annotations

from dataclasses import dataclass

from piped.options import Duration

__all__ = ["HeartbeatSettings"]


@dataclass(frozen=True, kw_only=True)
class HeartbeatSettings:
    """Of both sides of a connection.

    heartbeat: how long nothing may be heard before the other side is asked whether it is there;
        after two or three times as long the connection is taken for lost. Null asks nobody
    """

    heartbeat: Duration | None = 30.0

    def __post_init__(self) -> None:
        if self.heartbeat is not None and self.heartbeat <= 0:
            raise ValueError("a `heartbeat` is longer than nothing, or null")
