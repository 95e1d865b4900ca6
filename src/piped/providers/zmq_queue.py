"""The sockets of a process: opened when it starts, closed when it stops.

1. A socket is there for those who ask for it. One that nobody asks for is not opened, so processes
   may share a file that names the queues of all of them.
2. Options are set first, then it binds, then it connects. That others are there is not waited for:
   ZeroMQ connects, and connects again, by itself.
3. When the process stops, what is not sent yet is kept for `linger`, and no longer.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import zmq
from twisted.application.service import Service

from piped.exceptions import ConfigurationError, PipedError
from piped.interop import outcome_of
from piped.providers.zmq_socket import QueueSocket
from piped.providers.zmq_zap import Doorkeeper
from piped.resource import Offer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from piped.clock import Clock
    from piped.providers.zmq_settings import QueueSettings
    from piped.providers.zmq_zap import Allowed
    from piped.resource import Consumer, ResourceManager

__all__ = ["ContextService", "QueueService", "set_options"]

logger = logging.getLogger(__name__)

Socket = zmq.Socket[bytes]
_MODERN = {"XREQ": "DEALER", "XREP": "ROUTER"}


class ContextService(Service):
    """What all sockets of the process belong to."""

    def __init__(self, offer: Offer, allowed: Allowed, clock: Clock) -> None:
        self.setName("zmq.context")
        self.context: zmq.Context[Socket] | None = None
        self._offer = offer
        self._allowed = allowed
        self._clock = clock
        self._doorkeeper: Doorkeeper | None = None

    def startService(self) -> None:
        super().startService()
        self.context = zmq.Context()
        if self._allowed:
            self._doorkeeper = Doorkeeper(self.context, self._allowed, self._clock)
        self._offer.ready(self.context)

    def stopService(self) -> Any:
        super().stopService()
        self._offer.lost()
        if self._doorkeeper is not None:
            self._doorkeeper.close()
        context, self.context, self._doorkeeper = self.context, None, None
        if context is None:
            return None
        # It waits for what lingers. What others made of it, and left open, is closed.
        return outcome_of(asyncio.to_thread(context.destroy, 0))


class QueueService(Service):
    """One socket."""

    def __init__(
        self, name: str, settings: QueueSettings, context: ContextService, clock: Clock
    ) -> None:
        self.path = f"zmq.queue.{name}"
        self.setName(self.path)
        self._settings = settings
        self._domain = name
        self._context = context
        self._clock = clock
        self._offers: list[Offer] = []
        self._is_wanted = False
        self._socket: QueueSocket | None = None

    def offer(self, manager: ResourceManager, paths: Iterable[str]) -> None:
        """Offer the socket."""
        for path in paths:
            offer = _Asked(manager, path, self)
            self._offers.append(offer)
            manager.register(path, offer)

    def asked(self) -> None:
        """Somebody wants the socket."""
        self._is_wanted = True
        if self.running and self._socket is None:
            self._open()

    def startService(self) -> None:
        super().startService()
        if self._is_wanted:
            self._open()

    def stopService(self) -> None:
        super().stopService()
        opened, self._socket = self._socket, None
        for offer in self._offers:
            offer.lost()
        if opened is not None:
            opened.close(self._settings.linger if self._settings.can_send else 0)

    def _open(self) -> None:
        context = self._context.context
        assert context is not None, "it is started before"
        kind: str = self._settings.type
        socket = context.socket(getattr(zmq, _MODERN.get(kind, kind)))
        try:
            endpoints = self._prepare(socket)
        except BaseException:
            socket.close(linger=0)
            raise
        how: Any = {"multipart": self._settings.in_parts, "timeout": self._settings.timeout}
        self._socket = QueueSocket(self.path, kind, socket, self._clock, **how)
        self._socket.endpoints = endpoints
        for offer in self._offers:
            offer.ready(self._socket)

    def _prepare(self, socket: Socket) -> list[str]:
        """The endpoints that it has bound."""
        set_options(socket, self._settings, self._domain)
        bound = []
        for endpoint in self._settings.binding:
            self._at(endpoint, "bind", socket.bind)
            bound.append(_last_endpoint(socket))
            logger.info("%s listens at %s", self.name, bound[-1])
        for endpoint in self._settings.connecting:
            self._at(endpoint, "connect to", socket.connect)
        return bound

    def _at(self, endpoint: str, what: str, use: Any) -> None:
        try:
            use(endpoint)
        except zmq.ZMQError as error:
            said = error.strerror or error
            raise PipedError(f"{self.path} cannot {what} {endpoint}: {said}") from error


class _Asked(Offer):
    """An offer that tells its service when somebody asks."""

    def __init__(self, manager: ResourceManager, path: str, service: QueueService) -> None:
        super().__init__(manager, path, service.path)
        self._service = service

    def add_consumer(self, dependency: Consumer) -> None:
        self._service.asked()
        super().add_consumer(dependency)


def set_options(socket: Socket, settings: QueueSettings, domain: str) -> None:
    """Set all options. Raises a ConfigurationError that names the one that cannot be set."""
    socket.set_hwm(settings.high_water_mark)
    socket.set(zmq.MAXMSGSIZE, settings.max_message)
    socket.set(zmq.LINGER, round(settings.linger * 1000))
    if socket.type == zmq.ROUTER:
        # What is for nobody is not to vanish.
        socket.set(zmq.ROUTER_MANDATORY, 1)
    if any("[" in each for each in [*settings.binding, *settings.connecting]):
        socket.set(zmq.IPV6, 1)
    for topic in settings.topics:
        socket.set(zmq.SUBSCRIBE, topic.encode())
    if settings.curve is not None:
        _set_curve(socket, settings, domain)
    for each in settings.sockopts:
        _set(socket, each.key, each.value)


def _set(socket: Socket, key: str | int, value: Any) -> None:
    try:
        option = getattr(zmq, key) if isinstance(key, str) else zmq.SocketOption(key)
        if not isinstance(option, zmq.SocketOption):
            raise AttributeError("it is no option of a socket")  # noqa: TRY004, TRY301 - so are others
        given = value if isinstance(value, int) else value.reveal().encode()
        socket.set(option, given)
    except TypeError:
        # The usual message would show the value.
        wanted = "a text" if isinstance(value, int) else "a number"
        what = f"the option {key!r} of sockopts cannot be set: it takes {wanted}"
        raise ConfigurationError(what) from None
    except (AttributeError, ValueError, OverflowError, zmq.ZMQError) as error:
        said = getattr(error, "strerror", None) or error
        raise ConfigurationError(f"the option {key!r} of sockopts cannot be set: {said}") from error


def _set_curve(socket: Socket, settings: QueueSettings, domain: str) -> None:
    curve = settings.curve
    assert curve is not None, "it is asked before"
    secret = curve.secret.reveal().encode()
    if curve.server_key is None:
        socket.set(zmq.CURVE_SERVER, 1)
        socket.set(zmq.CURVE_SECRETKEY, secret)
        socket.set(zmq.ZAP_DOMAIN, domain.encode())
    else:
        socket.set(zmq.CURVE_SERVERKEY, curve.server_key.encode())
        socket.set(zmq.CURVE_PUBLICKEY, zmq.curve_public(secret))
        socket.set(zmq.CURVE_SECRETKEY, secret)


def _last_endpoint(socket: Socket) -> str:
    found = socket.get(zmq.LAST_ENDPOINT)
    return found.rstrip(b"\0").decode() if isinstance(found, bytes) else str(found)
