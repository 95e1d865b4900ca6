"""Hosts of stages for the flows of other processes: the settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from piped.options import Between, Duration, Secret, ServerEndpoint, Size
from piped.providers.flow_item_types import NO_TYPES, ItemTypes
from piped.providers.flow_settings import Tubes

__all__ = ["FlowHostSettings"]

_MEBIBYTE = 1 << 20
_Number = Annotated[int, Between(low=1)]


@dataclass(frozen=True, kw_only=True)
class FlowHostSettings:
    """One host.

    listen: where to listen for `remote` tubes
    through: the tubes that their items go through; each flow has stages of its own
    types: the dataclasses and enums that may come and go; the other side has them, too
    secret: what both sides know, and prove to one another
    room: how many items of a flow may wait here
    room_size: how many bytes of them
    item_size: how long an item may be
    connections: how many flows may go through here at once
    linger: how long to remember a flow whose connection was lost
    heartbeat: how often to say something if there is nothing to say
    timeout: how long the other side may take to introduce itself
    stop_time: how long what is on its way may take to its end when the process stops
    """

    listen: ServerEndpoint
    through: Tubes
    types: ItemTypes = NO_TYPES
    secret: Secret | None = None
    room: _Number = 1000
    room_size: Size = 16 * _MEBIBYTE
    item_size: Size = _MEBIBYTE
    connections: _Number = 100
    linger: Duration = 300.0
    heartbeat: Duration = 15.0
    timeout: Duration = 30.0
    stop_time: Duration = 30.0

    def __post_init__(self) -> None:
        if self.heartbeat <= 0 or self.timeout <= 0:
            raise ValueError("`heartbeat` and `timeout` are longer than nothing")
        if not self.through:
            raise ValueError("`through` names one tube at least")
