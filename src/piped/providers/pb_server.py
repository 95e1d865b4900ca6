"""A server of Perspective Broker.

Whatever method a caller names becomes a baton. What is taken from the wire are plain values only:
numbers, texts, bytes, dates, lists, tuples, sets and dictionaries of them, references to objects
of the other side, and copies of those classes that the program's own code has registered for it
with `setUnjellyableForClass`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from twisted.cred.portal import IRealm, Portal
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from twisted.spread import pb
from zope.interface import implementer

from piped.checkers import checkers_of
from piped.exceptions import UnfitBaton
from piped.providers.calls import Calls
from piped.providers.connections import Connections
from piped.providers.listening import Listening
from piped.providers.pb_broker import LARGEST, CarefulBroker

if TYPE_CHECKING:
    from piped.clock import Clock
    from piped.dependencies import ResourceDependency
    from piped.providers.pb_settings import PBServerSettings

__all__ = ["PBServer", "PipedPBServerFactory"]

logger = logging.getLogger(__name__)


class PBServer(Listening):
    """Listens while it runs, and can be stopped and started again."""

    def __init__(
        self, name: str, settings: PBServerSettings, processor: ResourceDependency, clock: Clock
    ) -> None:
        path = f"pb.server.{name}"
        self.calls = Calls(
            path,
            processor,
            room=settings.room,
            default=settings.default_callback,
            keep_open=settings.keep_open,
        )
        connections = Connections(path, settings.heartbeat, clock)
        factory = PipedPBServerFactory(self.calls, checkers_of(settings.checker), connections)
        factory.largest = settings.max_message
        super().__init__(path, settings.endpoints, factory)

    def stopService(self) -> Any:
        self.calls.stop()
        return super().stopService()


class _Serving(CarefulBroker):
    """One connection."""

    factory: Any

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        super().connectionMade()
        self.factory.connections.add(self)

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802 - Twisted's name
        self.factory.connections.remove(self)
        super().connectionLost(reason)


class PipedPBServerFactory(pb.PBServerFactory):
    """Makes the connections of one server, and knows those that are there."""

    noisy = False
    protocol = _Serving
    largest = LARGEST

    def __init__(self, calls: Calls, checkers: list[Any], connections: Connections) -> None:
        super().__init__(Portal(_Callers(calls), checkers) if checkers else _Calling(calls))
        self.connections = connections

    def buildProtocol(self, addr: Any) -> pb.Broker:  # noqa: N802 - Twisted's name
        broker: _Serving = super().buildProtocol(addr)
        broker.largest = self.largest
        return broker

    def disconnect(self) -> None:
        """End all connections."""
        self.connections.leave()


class _Calling(pb.Root):
    """What callers have at first, where nobody logs in: it has every method."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def remoteMessageReceived(  # noqa: N802 - Twisted's name
        self, broker: pb.Broker, message: str, args: Any, kw: Any
    ) -> Any:
        values, named = _unserialized(broker, args, kw)
        answer = self._calls.call(message, values, named)
        return answer.addCallback(_serialized, broker, None, message)


@implementer(IRealm)
class _Callers:
    """Those who have logged in."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def requestAvatar(self, avatarId: Any, mind: Any, *interfaces: Any) -> Any:  # noqa: N802, N803 - Twisted's names
        del mind
        if pb.IPerspective not in interfaces:
            raise NotImplementedError("there are only callers of Perspective Broker here")
        return pb.IPerspective, _Caller(self._calls, avatarId), lambda: None


class _Caller(pb.Avatar):
    """One who has logged in; it has every method, too."""

    def __init__(self, calls: Calls, avatar_id: Any) -> None:
        self._calls = calls
        self._id = avatar_id.decode() if isinstance(avatar_id, bytes) else avatar_id

    def perspectiveMessageReceived(  # noqa: N802 - Twisted's name
        self, broker: pb.Broker, message: str | bytes, args: Any, kw: Any
    ) -> Any:
        name = _text(message)
        values, named = _unserialized(broker, args, kw, self)
        answer = self._calls.call(name, values, named, avatar_id=self._id)
        return answer.addCallback(_serialized, broker, self, name)


def _unserialized(
    broker: pb.Broker, args: Any, kw: Any, perspective: Any = None
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    try:
        values = tuple(broker.unserialize(args, perspective))
        named = broker.unserialize(kw, perspective)
        return values, {_text(key): each for key, each in named.items()}
    except Exception as failure:  # noqa: BLE001 - Twisted has no name for what may come of it
        why = f"{type(failure).__name__}: {failure}"
        logger.warning("refused a call with arguments that are not taken: %s", why)
        raise pb.Error(f"these arguments are not taken: {why}") from None


def _serialized(answer: Any, broker: pb.Broker, perspective: Any, message: str) -> Any:
    if broker.disconnected:
        return None  # Nobody is there to hear it, and a broker that has ended cannot serialize.
    sent = broker.serialize(answer, perspective, message)
    for reason in _unsent(sent):
        raise UnfitBaton(f"the answer to {message!r} has something that cannot be sent: {reason}")
    return sent


def _unsent(sent: Any) -> Iterator[str]:
    """Why parts of what is sent would be replaced by a remark, on which nobody counts."""
    left = [sent]
    while left:
        each = left.pop()
        if isinstance(each, list | tuple):
            if each and each[0] == b"unpersistable":
                yield str(each[-1])
            left += each


def _text(name: str | bytes) -> str:
    if not isinstance(name, str | bytes):
        raise TypeError(f"{name!r} is no name")
    return name.decode() if isinstance(name, bytes) else name
