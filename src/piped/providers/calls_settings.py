"""Servers that are called by name: the settings they share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from piped.options import ResourceName, ServerEndpoint
from piped.providers.heartbeat_settings import HeartbeatSettings

__all__ = ["NO_ANSWER", "CallsSettings"]


class _NoAnswer:
    """The type of `NO_ANSWER`."""

    def __repr__(self) -> str:
        return "a failure"


NO_ANSWER: Any = _NoAnswer()


@dataclass(frozen=True, kw_only=True)
class CallsSettings(HeartbeatSettings):
    """Where to listen, and what answers.

    listen: where to listen, once or several times
    processor: what gets the batons
    wait_for_processor: whether calls wait while the processor is not available; they fail else
    queue: how many calls may wait then; one more fails
    """

    listen: ServerEndpoint | list[ServerEndpoint]
    processor: ResourceName
    wait_for_processor: bool = False
    queue: int = 1000

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.listen:
            raise ValueError("needs at least one endpoint to listen on")
        if self.queue < 1:
            raise ValueError("a queue has room for one at least")

    @property
    def endpoints(self) -> list[str]:
        return [self.listen] if isinstance(self.listen, str) else list(self.listen)

    @property
    def room(self) -> int:
        """How many calls may wait for the processor."""
        return self.queue if self.wait_for_processor else 0
