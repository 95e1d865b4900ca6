"""A client of AMP: `amp.client.NAME` is there while it is connected."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from twisted.internet.protocol import Factory, connectionDone
from twisted.python.failure import Failure

from piped.exceptions import ResourceLost, UnfitBaton
from piped.problems import did_you_mean
from piped.providers.amp_commands import commands_of
from piped.providers.amp_peer import AMPPeer
from piped.providers.reconnecting import Reconnecting

if TYPE_CHECKING:
    from piped.clock import Clock
    from piped.providers.amp_settings import AMPClientSettings
    from piped.resource import Offer

__all__ = ["AMPClient", "Connection"]


class Connection(AMPPeer):
    """A connection, which is the resource: `call` is for names, `callRemote` for commands."""

    commands: dict[str, Any]
    _gone: Callable[[], object] | None = None

    def call(self, name: str, /, **arguments: Any) -> Any:
        """The Deferred of the answer, a dictionary."""
        if name not in self.commands:
            near = did_you_mean(name, self.commands)
            raise UnfitBaton(f"there is no command {name!r}{near}")
        return self.callRemote(self.commands[name], **arguments)

    def watch(self, gone: Callable[[], object]) -> None:
        """Let `gone` be called when the connection is lost."""
        self._gone = gone

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802 - Twisted's name
        super().connectionLost(reason)
        if self._gone is not None:
            self._gone()


class AMPClient(Reconnecting):
    """Stays connected while it runs."""

    def __init__(self, name: str, settings: AMPClientSettings, clock: Clock, offer: Offer) -> None:
        self._commands = commands_of(settings.commands)
        super().__init__(f"amp.client.{name}", settings, clock)
        self._offer = offer

    def make_factory(self) -> Any:
        metaclass: Any = type(Connection)
        made = metaclass("Connection", (Connection,), {"commands": self._commands})
        factory = Factory.forProtocol(made)
        factory.noisy = False
        return factory

    def watch(self, protocol: Connection, gone: asyncio.Event) -> None:
        protocol.watch(gone.set)

    def connected(self, protocol: Connection) -> None:
        self._offer.ready(protocol)

    def disconnected(self, reason: ResourceLost) -> None:
        self._offer.lost(reason)
