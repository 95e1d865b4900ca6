"""A server of SSH that has a Python prompt, and nothing else.

1. Whoever comes in has been let in by a key or by a checker; each is told of in the log, and each
   attempt that failed, with the address, never with a password.
2. There are terminals only: no commands, no files, no forwarding.
3. A client has a minute and six attempts to log in, and a limited number is there at once. One that
   has fallen silent is not there any more.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from twisted.conch.avatar import ConchUser
from twisted.conch.error import IgnoreAuthentication, ValidPublicKey
from twisted.conch.interfaces import IConchUser, ISession
from twisted.conch.manhole_ssh import TerminalSessionTransport
from twisted.conch.ssh.connection import SSHConnection
from twisted.conch.ssh.factory import SSHFactory
from twisted.conch.ssh.session import SSHSession
from twisted.conch.ssh.transport import SSHServerTransport
from twisted.conch.ssh.userauth import SSHUserAuthServer
from twisted.cred.error import LoginFailed, UnauthorizedLogin
from twisted.internet.defer import Deferred
from twisted.internet.error import ProcessDone, ProcessTerminated
from twisted.python.failure import Failure
from zope.interface import implementer

from piped.checkers import checkers_of
from piped.exceptions import ConfigurationError
from piped.interop import outcome_of, settled
from piped.providers.connections import Connections
from piped.providers.listening import Listening
from piped.providers.manhole_keys import KeyChecker, KeyFault, host_key
from piped.providers.manhole_terminal import Screen

if TYPE_CHECKING:
    from twisted.conch.ssh.keys import Key

    from piped.clock import Clock
    from piped.environment import RuntimeEnvironment
    from piped.providers.manhole_settings import ManholeSettings

__all__ = ["ManholeService"]

logger = logging.getLogger(__name__)

_LOGIN_SECONDS, _ATTEMPTS = 60, 6


class ManholeService(Listening):
    """Listens while it runs, and can be stopped and started again."""

    def __init__(
        self, name: str, settings: ManholeSettings, runtime_environment: RuntimeEnvironment
    ) -> None:
        path = f"manholes.{name}"
        dependencies = runtime_environment.create_dependency_map(self, **settings.dependencies)
        names = {
            "__name__": "__manhole__",
            "runtime_environment": runtime_environment,
            "dependencies": dependencies,
            "d": dependencies,
            **settings.names(),
        }
        checkers = checkers_of(settings.checkers)
        if settings.authorized_keys:
            checkers.append(KeyChecker(settings.key_files))
        portal = _Portal(path, checkers, names)
        clock = runtime_environment.clock
        connections = Connections(path, settings.heartbeat, clock)
        factory = _Factory(path, portal, settings.max_connections, clock, connections)
        super().__init__(path, settings.endpoints, factory)
        self._key_file = settings.host_key.expanduser()

    def startService(self) -> Any:
        try:
            self.factory.present(host_key(self._key_file))
        except KeyFault as fault:
            raise ConfigurationError(f"{self.name}: {fault}") from fault
        return super().startService()


class _Portal:
    """Lets those in whom one of the checkers knows."""

    def __init__(self, name: str, checkers: list[Any], names: dict[str, Any]) -> None:
        self._name = name
        self._checkers = checkers
        self._names = names

    def listCredentialsInterfaces(self) -> list[Any]:  # noqa: N802 - Twisted's name
        return list({kind for each in self._checkers for kind in each.credentialInterfaces})

    def login(self, credentials: Any, mind: Any, *interfaces: Any) -> Deferred[Any]:
        del mind, interfaces
        return outcome_of(self._login(credentials))

    async def _login(self, credentials: Any) -> Any:
        for checker in self._checkers:
            if not any(kind.providedBy(credentials) for kind in checker.credentialInterfaces):
                continue
            try:
                avatar_id = await settled(checker.requestAvatarId(credentials))
            except ValidPublicKey:
                raise  # it has only been asked whether such a key may be of use
            except LoginFailed:
                continue
            except Exception:
                logger.exception("%s: a checker failed", self._name)
                continue
            user = _User(self._name, avatar_id, self._names)
            return IConchUser, user, user.left
        raise UnauthorizedLogin


class _User(ConchUser):
    """Somebody who has logged in."""

    def __init__(self, name: str, avatar_id: Any, names: dict[str, Any]) -> None:
        super().__init__()
        self.manhole = name
        self.avatar_id = avatar_id.decode() if isinstance(avatar_id, bytes) else avatar_id
        self.names = {**names, "avatar_id": self.avatar_id}
        self.channelLookup[b"session"] = SSHSession

    def __conform__(self, interface: Any) -> Any:
        return _Session(self) if interface is ISession else None

    def left(self) -> None:
        logger.info("%s: %r has left", self.manhole, self.avatar_id)


@implementer(ISession)
class _Session:
    """What a client may ask for on one channel: a terminal."""

    def __init__(self, user: _User) -> None:
        self._user = user
        self._terminal: Any = None
        self._size = (80, 24)

    def getPty(self, term: bytes, windowSize: Any, modes: Any) -> None:  # noqa: N802, N803 - Twisted's names
        del term, modes
        self.windowChanged(windowSize)

    def windowChanged(self, newWindowSize: Any) -> None:  # noqa: N802, N803 - Twisted's names
        height, width = newWindowSize[:2]
        self._size = (width, height)
        if self._terminal is not None and self._terminal.terminalProtocol is not None:
            self._terminal.terminalProtocol.terminalSize(*self._size)

    def openShell(self, proto: Any) -> None:  # noqa: N802 - Twisted's name
        done = Failure(ProcessDone(0))
        self._terminal = Screen(self._user.names, lambda: proto.processEnded(done))
        TerminalSessionTransport(proto, self._terminal, self._user, *self._size)

    def execCommand(self, proto: Any, command: bytes) -> None:  # noqa: N802 - Twisted's name
        del command
        proto.errReceived(b"there is a terminal here, and no commands\r\n")
        proto.processEnded(Failure(ProcessTerminated(exitCode=1)))

    def eofReceived(self) -> None:  # noqa: N802 - Twisted's name
        if self._terminal is not None and self._terminal.terminalProtocol is not None:
            self._terminal.terminalProtocol.end_of_input()

    def closed(self) -> None:
        """The transport has told the terminal."""


class _Login(SSHUserAuthServer):
    """Asks who it is."""

    loginTimeout = _LOGIN_SECONDS  # noqa: N815 - Twisted's name
    attemptsBeforeDisconnect = _ATTEMPTS  # noqa: N815 - Twisted's name

    def serviceStarted(self) -> None:  # noqa: N802 - Twisted's name
        from twisted.internet import reactor

        self.clock = reactor  # not that of the moment at which the class was made
        super().serviceStarted()

    def tryAuth(self, kind: bytes, user: bytes, data: bytes) -> Any:  # noqa: N802 - Twisted's name
        trial = super().tryAuth(kind, user, data)
        return trial if kind == b"none" else trial.addCallbacks(self._let_in, self._refuse)

    def _let_in(self, login: Any) -> Any:
        logger.info("%s: %r has come in from %s", *self._told(), self._address())
        return login

    def _refuse(self, failure: Failure) -> Failure:
        if not failure.check(IgnoreAuthentication):
            method = self.method.decode("ascii", "backslashreplace")
            what = "%s: %r was not let in from %s by %s"
            logger.warning(what, *self._told(), self._address(), method)
        return failure

    def _told(self) -> tuple[str, str]:
        connection: Any = self.transport
        user: Any = self.user
        return connection.factory.name, user.decode("utf-8", "backslashreplace")

    def _address(self) -> str:
        connection: Any = self.transport
        peer = connection.transport.getPeer()
        return getattr(peer, "host", None) or str(peer)


class _Connection(SSHServerTransport):
    """One client. Who has not logged in in time, has to go, however far it has come."""

    factory: Any
    transport: Any
    has_spoken = True

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        super().connectionMade()
        self.factory.there.add(self)
        self._wakeup = self.factory.clock.call_later(_LOGIN_SECONDS, self._be_in_time)

    def connectionLost(self, reason: Failure | None = None) -> None:  # noqa: N802 - Twisted's name
        self._wakeup.cancel()
        self.factory.there.remove(self)
        super().connectionLost(reason)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        self.has_spoken = True
        super().dataReceived(data)

    def ask(self) -> None:
        """Ask for something that no client knows, once somebody has logged in."""
        if isinstance(self.service, SSHConnection):
            asked = self.service.sendGlobalRequest(b"keepalive@piped", b"", wantReply=1)
            asked.addErrback(lambda _: None)
        else:
            self.has_spoken = True  # there is a limit for that

    def _be_in_time(self) -> None:
        if not hasattr(self, "avatar"):
            self.transport.abortConnection()


class _Factory(SSHFactory):
    """Makes the connections of one manhole, and knows those that are there."""

    noisy = False
    protocol = _Connection
    services = {b"ssh-userauth": _Login, b"ssh-connection": SSHConnection}  # noqa: RUF012 - Twisted's

    def __init__(
        self, name: str, portal: _Portal, most: int, clock: Clock, there: Connections
    ) -> None:
        self.name = name
        self.portal = portal
        self.clock = clock
        self.there = there
        self._most = most

    def present(self, key: Key) -> None:
        """Have `key` as that of the server."""
        self.privateKeys = {key.sshType(): key}
        self.publicKeys = {key.sshType(): key.public()}

    def buildProtocol(self, addr: Any) -> Any:  # noqa: N802 - Twisted's name
        if len(self.there) >= self._most:
            logger.warning("%s: %d clients are there, one more has to go", self.name, self._most)
            return None
        return super().buildProtocol(addr)

    def disconnect(self) -> None:
        """End all connections."""
        for each in self.there:
            each.transport.abortConnection()
