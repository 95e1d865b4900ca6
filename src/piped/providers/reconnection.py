"""Where a client connects to, and how it comes back: the settings."""

from __future__ import annotations

from dataclasses import dataclass

from piped.options import ClientEndpoint, Duration
from piped.providers.heartbeat_settings import HeartbeatSettings

__all__ = ["Reconnection", "Retrying"]


@dataclass(frozen=True, kw_only=True)
class Retrying:
    """How often to try to connect, and how long.

    initial_delay: how long to wait before connecting again, the first time; longer each time
    max_delay: the longest time to wait
    max_retries: how often to try in a row; for ever if it is not given
    timeout: how long a server may take until it can be used
    """

    initial_delay: Duration = 1.0
    max_delay: Duration = 30.0
    max_retries: int | None = None
    timeout: Duration = 30.0

    def __post_init__(self) -> None:
        if not 0 < self.initial_delay <= self.max_delay:
            raise ValueError("`initial_delay` is more than nothing, and at most `max_delay`")
        if self.timeout <= 0:
            raise ValueError("a `timeout` is longer than nothing")


@dataclass(frozen=True, kw_only=True)
class Reconnection(Retrying, HeartbeatSettings):
    """Where to connect to.

    endpoint: where the server is
    """

    endpoint: ClientEndpoint

    def __post_init__(self) -> None:
        Retrying.__post_init__(self)
        HeartbeatSettings.__post_init__(self)
