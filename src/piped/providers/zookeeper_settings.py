"""Clients of ZooKeeper, groups, locks and leaders: the settings."""

from __future__ import annotations

import os
import re
import socket
import ssl
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Annotated, Any, Literal

from piped.conf.nodes import Node
from piped.options import Duration, ResourceName, Size
from piped.options.names import NameBelow
from piped.options.scalars import text_form
from piped.secret import Secret

__all__ = [
    "ACL",
    "Auth",
    "Client",
    "Events",
    "Leader",
    "Lock",
    "Membership",
    "Tls",
    "ZooKeeperSettings",
    "called",
    "hosts_of",
    "is_path",
]

Permission = Literal["read", "write", "create", "delete", "admin", "all"]
_HOST = re.compile(r"(?:\[[0-9a-fA-F:.]+\]|[^\s:/,\[\]]+)(?::(?P<port>\d{1,5}))?")
_NODE = re.compile(r"(?:/[^/\x00-\x1f\x7f-\x9f]+)+")


NodePath = Annotated[
    str,
    text_form(
        "path of a node",
        "the path of a node like /workers",
        lambda text: text if is_path(text) else None,
        {"type": "string", "pattern": f"^{_NODE.pattern}$"},
    ),
]


class ClientName(
    NameBelow, prefix="zookeeper.client", expected="the name of a client, as in zookeeper.clients"
):
    """The name of a client of ZooKeeper."""


@dataclass(frozen=True, kw_only=True)
class Auth:
    """
    scheme: how one shows who one is, mostly digest
    identity: who one is; for digest NAME:PASSWORD
    """

    scheme: str
    identity: Secret


@dataclass(frozen=True, kw_only=True)
class ACL:
    """
    perms: what may be done
    scheme: how those who may do it show who they are; auth means those who made the node
    id: who they are; for digest NAME:DIGEST, of which the password cannot be read
    """

    perms: Permission | list[Permission]
    scheme: str = "world"
    id: str = "anyone"

    def __post_init__(self) -> None:
        if self.scheme == "auth" and self.id == "anyone":
            object.__setattr__(self, "id", "")


@dataclass(frozen=True, kw_only=True)
class Tls:
    """
    ca: the file of the certificates that are trusted; those of the system by default
    certificate: the file of our own certificate
    private_key: the file of its key, if that is another one
    """

    ca: Path | None = None
    certificate: Path | None = None
    private_key: Path | None = None

    def __post_init__(self) -> None:
        if self.private_key is not None and self.certificate is None:
            raise ValueError("a `private_key` goes with its `certificate`")
        try:
            self.context()
        except OSError as error:
            raise ValueError(f"the files of `tls` cannot be used: {error}") from error

    def context(self) -> ssl.SSLContext:
        """What makes connections safe: the server's name must be that of its certificate."""
        context = ssl.create_default_context(cafile=self.ca)
        if self.certificate is not None:
            context.load_cert_chain(self.certificate, self.private_key)
        return context


@dataclass(frozen=True, kw_only=True)
class Events:
    """What gets a baton when something becomes of a session.

    starting: the client begins to connect
    stopping: the process is about to stop, and all still works
    connected: there is a session, a new one
    reconnecting: the connection is lost; the session may live on
    reconnected: the session lives on
    expired: the session has ended, and all of its ephemeral nodes with it
    """

    starting: ResourceName | None = None
    stopping: ResourceName | None = None
    connected: ResourceName | None = None
    reconnecting: ResourceName | None = None
    reconnected: ResourceName | None = None
    expired: ResourceName | None = None

    def in_use(self) -> dict[str, ResourceName]:
        """Those that somebody gets."""
        named = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: each for name, each in named.items() if each is not None}


@dataclass(frozen=True, kw_only=True)
class Client:
    """Where to connect to, and as whom.

    servers: one or several HOST:PORT, in a text with commas or in a list; a path behind them, the
      same for all, is put before that of every node
    session_timeout: how long the servers keep a session of which they hear nothing
    initial_delay: how long to wait before connecting again, the first time; longer each time
    max_delay: the longest time to wait
    timeout: how long a server may take until it can be used
    reuse_session: whether a session that lives on is gone on with after the connection was lost
    auth: who we are: SCHEME:IDENTITY, as a rule digest:NAME:PASSWORD; or several, in a list
    default_encoded_acls: what others may do with the nodes that we make; everything by default
    max_data: how much data a node may get; the servers close the connection of whoever sends more
    close_time: how long a server may take to end our session when we stop
    events: what gets a baton when something becomes of the session
    tls: how to connect with TLS; without it nobody is asked who they are
    """

    servers: str | list[str]
    session_timeout: Duration = 10.0
    initial_delay: Duration = 0.5
    max_delay: Duration = 5.0
    timeout: Duration = 5.0
    reuse_session: bool = True
    auth: Secret | list[Secret | Auth] = field(default_factory=list)
    default_encoded_acls: list[ACL] = field(default_factory=list)
    max_data: Size = 1_000_000
    close_time: Duration = 5.0
    events: Events | None = None
    tls: Tls | None = None

    def __post_init__(self) -> None:
        hosts_of(self.servers)
        if self.session_timeout <= 0:
            raise ValueError("a `session_timeout` is longer than nothing")
        if self.timeout <= 0:
            raise ValueError("a `timeout` is longer than nothing")
        if not 0 < self.initial_delay <= self.max_delay:
            raise ValueError("`initial_delay` is more than nothing, and at most `max_delay`")
        assert self.identities is not None, "they are looked at"

    @property
    def identities(self) -> list[Auth]:
        given = self.auth if isinstance(self.auth, list) else [self.auth]
        return [each if isinstance(each, Auth) else _auth_of(each) for each in given]


@dataclass(frozen=True, kw_only=True)
class Membership:
    """A group, and whether this process belongs to it.

    client: the name of the client
    path: the node of the group; it is made if it is not there
    join: whether this process is a member
    data: what the others are told of this process, as JSON
    name: what it is called there, with something behind it that makes it unlike all others; the
      computer and the process by default
    needs: what has to be there for this process to be a member
    """

    client: ClientName
    path: NodePath
    join: bool = True
    data: Any = None
    name: str | None = None
    needs: list[ResourceName] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.name is not None and ("/" in self.name or not self.name.isprintable()):
            raise ValueError("the `name` of a member is a text without slashes")


@dataclass(frozen=True, kw_only=True)
class Lock:
    """One at a time in all processes that name the same node.

    client: the name of the client
    path: the node of the lock; it is made if it is not there
    """

    client: ClientName
    path: NodePath


@dataclass(frozen=True, kw_only=True)
class Leader(Lock):
    """One process at a time, of all that name the same node.

    client: the name of the client
    path: the node of the election; it is made if it is not there
    name: what the others are told who leads; the computer and the process by default
    """

    name: str | None = None


@dataclass(frozen=True, kw_only=True)
class ZooKeeperSettings:
    """
    clients: each connection to ZooKeeper, by its name
    memberships: each group that is joined or looked at, by its name
    locks: each lock, by its name
    leaders: each election that this process takes part in, by its name
    """

    clients: dict[str, Client] = field(default_factory=dict)
    memberships: dict[str, Membership] = field(default_factory=dict)
    locks: dict[str, Lock] = field(default_factory=dict)
    leaders: dict[str, Leader] = field(default_factory=dict)


def called(name: str | None) -> str:
    """What this process is called by others."""
    return name or f"{socket.gethostname()}-{os.getpid()}"


def hosts_of(servers: str | list[str]) -> str:
    """The servers as kazoo takes them: `host:port,host:port/path`."""
    several = [servers] if isinstance(servers, str) else servers
    if not several:
        raise ValueError("`servers` names no server")
    each = [one.strip() for text in several for one in text.split(",")]
    hosts, roots = zip(*(one.partition("/")[::2] for one in each), strict=True)
    for host in hosts:
        found = _HOST.fullmatch(host)
        if found is None or not 0 < int(found["port"] or 2181) < 2**16:
            raise ValueError(f"`servers` has {host!r}, which is no HOST:PORT")
    # In a text the path stands behind the last one, and is meant for all.
    named = {root.rstrip("/") for root in roots if root}
    if len(named) > 1:
        raise ValueError(f"`servers` have several paths: {', '.join(sorted(named))}")
    root = f"/{named.pop()}" if named else ""
    if root not in {"", "/"} and not is_path(root):
        raise ValueError(f"`servers` have {root!r}, which is no path of a node")
    return ",".join(hosts) + root.rstrip("/")


def is_path(text: str) -> bool:
    """Whether it is the path of a node other than the root."""
    components = text.split("/")
    return _NODE.fullmatch(text) is not None and not {".", ".."}.intersection(components)


def _text(node: Node) -> str:
    value = getattr(node, "value", None)
    return value if type(value) is str else ""


def _auth_of(given: Secret) -> Auth:
    scheme, colon, identity = given.reveal().partition(":")
    if not (scheme.isalnum() and colon and identity):
        raise ValueError("`auth` is SCHEME:IDENTITY, as a rule digest:NAME:PASSWORD")
    return Auth(scheme=scheme, identity=Secret(identity))
