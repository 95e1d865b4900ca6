"""Flows that go over to other processes and machines, by any endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from piped.flow_part import DrainPart, FountPart, TubePart
from piped.flows.elsewhere.client import RemoteDrain, through
from piped.flows.elsewhere.server import RemoteFount
from piped.options import (
    Between,
    ClientEndpoint,
    Duration,
    Secret,
    ServerEndpoint,
    Size,
)
from piped.providers.flow_item_types import NO_TYPES, ItemTypes

if TYPE_CHECKING:
    from piped.flows.series import Joined

__all__ = ["RemoteDrainPart", "RemoteFountPart", "RemoteTubePart"]

_MEBIBYTE = 1 << 20
_Number = Annotated[int, Between(low=1)]


class _Calling:
    """What drains and tubes that are elsewhere have in common."""

    def __init__(
        self,
        endpoint: ClientEndpoint,
        types: ItemTypes = NO_TYPES,
        *,
        secret: Secret | None = None,
        resend: bool = True,
        patience: Duration | None = None,
        window: _Number = 10_000,
        item_size: Size = _MEBIBYTE,
        heartbeat: Duration = 15.0,
        timeout: Duration = 30.0,
        initial_delay: Duration = 1.0,
        max_delay: Duration = 30.0,
    ) -> None:
        """
        endpoint: where the other side listens
        types: the dataclasses and enums that may go over; the other side has them, too
        secret: what both sides know, and prove to one another
        resend: whether what was not answered is sent again when the connection was lost; if not,
            it is refused
        patience: how long to go on without a connection; for ever if it is not given
        window: how many items may be sent that are not answered yet
        item_size: how long an item may be
        heartbeat: how often to say something if there is nothing to say
        timeout: how long the other side may take to introduce itself
        initial_delay: how long to wait before connecting again, the first time; longer each time
        max_delay: the longest time to wait
        """
        if not 0 < initial_delay <= max_delay:
            raise ValueError("`initial_delay` is more than nothing, and at most `max_delay`")
        if heartbeat <= 0 or timeout <= 0:
            raise ValueError("`heartbeat` and `timeout` are longer than nothing")
        self.endpoint = endpoint
        self.types = types.types
        self.options: dict[str, Any] = {
            "secret": secret,
            "resend": resend,
            "patience": patience,
            "window": window,
            "item_size": item_size,
            "heartbeat": heartbeat,
            "timeout": timeout,
            "initial_delay": initial_delay,
            "max_delay": max_delay,
        }


class RemoteDrainPart(_Calling, DrainPart):
    """Send the items to a `remote` fount elsewhere. They are stored when they are stored there."""

    name = "remote"

    def make(self) -> RemoteDrain:
        return RemoteDrain(self.endpoint, self.types, **self.options)


class RemoteTubePart(_Calling, TubePart):
    """Have the items go through tubes of another process, which has them in its `flow_hosts`."""

    name = "remote"

    def make(self) -> Joined:
        made: Joined = through(self.endpoint, self.types, **self.options).make()
        return made


class RemoteFountPart(FountPart):
    """Take what `remote` drains of other processes send."""

    name = "remote"

    def __init__(
        self,
        listen: ServerEndpoint,
        types: ItemTypes = NO_TYPES,
        *,
        secret: Secret | None = None,
        ends: Literal["alone", "together"] = "alone",
        room: _Number = 1000,
        room_size: Size = 16 * _MEBIBYTE,
        item_size: Size = _MEBIBYTE,
        connections: _Number = 100,
        linger: Duration = 300.0,
        heartbeat: Duration = 15.0,
        timeout: Duration = 30.0,
    ) -> None:
        """
        listen: where to listen
        types: the dataclasses and enums that may come; the other side has them, too
        secret: what both sides know, and prove to one another
        ends: whether it ends with the last of its senders, and stops them when it is stopped:
            `together`; or goes on for others, and they for others: `alone`
        room: how many items of a sender may wait here
        room_size: how many bytes of them
        item_size: how long an item may be
        connections: how many senders may be there at once
        linger: how long to remember a sender that was lost
        heartbeat: how often to say something if there is nothing to say
        timeout: how long the other side may take to introduce itself
        """
        if heartbeat <= 0 or timeout <= 0:
            raise ValueError("`heartbeat` and `timeout` are longer than nothing")
        self.listen = listen
        self.types = types.types
        self.options: dict[str, Any] = {
            "secret": secret,
            "ends": ends,
            "room": room,
            "room_size": room_size,
            "item_size": item_size,
            "connections": connections,
            "linger": linger,
            "heartbeat": heartbeat,
            "timeout": timeout,
        }

    def make(self) -> RemoteFount:
        return RemoteFount(self.listen, self.types, **self.options)
