"""A client of Perspective Broker.

`pb.client.NAME` is there while it is connected; `pb.client.NAME.root_object` once the server has
given its root object, or has let it log in. A server that does not is left, and tried again.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from twisted.cred.credentials import UsernamePassword
from twisted.python.failure import Failure
from twisted.spread import pb

from piped.event import Event
from piped.exceptions import ResourceLost
from piped.interop import settled
from piped.providers.pb_broker import CarefulBroker
from piped.providers.reconnecting import Reconnecting

if TYPE_CHECKING:
    from piped.clock import Clock
    from piped.providers.pb_settings import PBClientSettings
    from piped.resource import Offer

__all__ = ["PBClient", "PipedPBClientFactory"]


class PBClient(Reconnecting):
    """Stays connected while it runs."""

    factory: PipedPBClientFactory

    def __init__(
        self, name: str, settings: PBClientSettings, clock: Clock, offers: tuple[Offer, Offer]
    ) -> None:
        super().__init__(f"pb.client.{name}", settings, clock)
        self._account = settings.account
        self._offer, self._root_offer = offers
        self._root: Any = None

    def make_factory(self) -> Any:
        return PipedPBClientFactory()

    def watch(self, protocol: pb.Broker, gone: asyncio.Event) -> None:
        if protocol.disconnected:
            raise ResourceLost("the connection is lost")
        protocol.notifyOnDisconnect(gone.set)

    async def introduce(self, protocol: pb.Broker) -> None:
        self._offer.ready(self.factory)
        self.factory.on_connected(self.factory, protocol)
        try:
            self._root = await settled(self._root_object())
        except Exception as failure:
            self.factory.on_failed_getting_root_object(failure)
            raise

    def _root_object(self) -> Any:
        if self._account is None:
            return self.factory.getRootObject()
        username, password = self._account
        return self.factory.login(UsernamePassword(username.encode(), password.reveal().encode()))

    def connected(self, protocol: pb.Broker) -> None:
        del protocol
        self._root_offer.ready(self._root)
        self.factory.on_got_root_object(self.factory, self._root)

    def disconnected(self, reason: ResourceLost) -> None:
        self._root = None
        self._root_offer.lost(reason)
        self._offer.lost(reason)
        self.factory.on_disconnected(self.factory, reason)

    def said(self, error: Exception) -> str:
        if isinstance(error, pb.RemoteError):
            name = error.remoteType
            name = name.decode() if isinstance(name, bytes) else name
            return f"{name}: {error}".rstrip(": ")
        return super().said(error)


class PipedPBClientFactory(pb.PBClientFactory):
    """Makes the connections of one client. `getRootObject` is for those who want it anew."""

    noisy = False
    protocol = CarefulBroker

    def __init__(self) -> None:
        super().__init__()
        self.on_connected = Event()
        self.on_got_root_object = Event()
        self.on_failed_getting_root_object = Event()
        self.on_disconnected = Event()

    def clientConnectionMade(self, broker: pb.Broker) -> None:  # noqa: N802 - Twisted's name
        super().clientConnectionMade(broker)
        # An endpoint has no connector that would tell the factory.
        broker.notifyOnDisconnect(lambda: self.clientConnectionLost(None, _LOST))


_LOST = Failure(pb.PBConnectionLost("the connection is lost"))
