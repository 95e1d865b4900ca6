"""A server of AMP: each command becomes a baton."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import maybeDeferred
from twisted.internet.protocol import ServerFactory, connectionDone
from twisted.protocols import amp
from twisted.python.failure import Failure

from piped.exceptions import UnfitBaton
from piped.providers.amp_commands import FAILED, commands_of
from piped.providers.amp_peer import AMPPeer
from piped.providers.calls import Calls
from piped.providers.connections import Connections
from piped.providers.listening import Listening

if TYPE_CHECKING:
    from piped.clock import Clock
    from piped.dependencies import ResourceDependency
    from piped.providers.amp_settings import AMPServerSettings

__all__ = ["AMPServer"]


class AMPServer(Listening):
    """Listens while it runs, and can be stopped and started again."""

    def __init__(
        self, name: str, settings: AMPServerSettings, processor: ResourceDependency, clock: Clock
    ) -> None:
        path = f"amp.server.{name}"
        self.calls = Calls(path, processor, room=settings.room)
        connections = Connections(path, settings.heartbeat, clock)
        factory = _Factory(_protocol_of(commands_of(settings.commands), self.calls), connections)
        super().__init__(path, settings.endpoints, factory)

    def stopService(self) -> Any:
        self.calls.stop()
        return super().stopService()


class _Factory(ServerFactory):
    """Makes the connections, and knows those that are there."""

    noisy = False

    def __init__(self, make: Callable[[], Any], connections: Connections) -> None:
        self.connections = connections
        self._make = make

    def buildProtocol(self, addr: Any) -> Any:  # noqa: N802 - Twisted's name
        del addr
        protocol = self._make()
        protocol.factory = self
        return protocol

    def disconnect(self) -> None:
        """End all connections."""
        self.connections.leave()


class _Serving(AMPPeer):
    """One connection. A command that fails leaves it open."""

    factory: _Factory

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        super().connectionMade()
        self.factory.connections.add(self)

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802 - Twisted's name
        self.factory.connections.remove(self)
        super().connectionLost(reason)

    def locateResponder(self, name: bytes) -> Any:  # noqa: N802 - Twisted's name
        respond = super().locateResponder(name)
        if respond is None:
            return None
        return lambda box: maybeDeferred(respond, box).addErrback(_told)


def _told(failure: Failure) -> Failure:
    """A failure in a form that goes over the wire, and does not end the connection."""
    error: Any = failure.value
    if failure.check(amp.RemoteAmpError):
        return failure
    said = " ".join(str(getattr(error, "msg", error)).split())
    description = f"{type(error).__module__}.{type(error).__qualname__}: {said}".rstrip(": ")
    return Failure(amp.RemoteAmpError(FAILED, description, fatal=False, local=failure))


def _protocol_of(commands: Mapping[str, Any], calls: Calls) -> Callable[[], Any]:
    """The class of the connections. AMP wants a method for each command."""
    names = {}
    for at, (name, command) in enumerate(commands.items()):
        names[f"command_{at}"] = command.responder(partial(_respond, calls, name))
    metaclass: Any = type(_Serving)
    made: Callable[[], Any] = metaclass("Serving", (_Serving,), names)
    return made


def _respond(calls: Calls, name: str, *this: Any, **arguments: Any) -> Any:
    del this
    return calls.call(name, (), arguments).addCallback(partial(_response, name))


def _response(name: str, answer: Any) -> dict[str, Any]:
    if answer is None:
        return {}
    if not isinstance(answer, Mapping):
        raise UnfitBaton(f"the answer to {name!r} is {answer!r}, and no mapping")
    return dict(answer)
