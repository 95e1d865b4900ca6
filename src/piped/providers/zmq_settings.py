"""Queues of ZeroMQ: the settings."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from piped.options import Between, Duration, ResourceName, Size
from piped.options.scalars import text_form
from piped.secret import Secret

__all__ = ["Curve", "QueueSettings", "SocketOption", "ZMQSettings"]

Kind = Literal[
    "REQ",
    "REP",
    "PUB",
    "SUB",
    "PAIR",
    "XREQ",
    "XREP",
    "PULL",
    "PUSH",
    "DEALER",
    "ROUTER",
    "XPUB",
    "XSUB",
]
_ONLY_SEND = {"PUSH", "PUB"}
_ONLY_RECEIVE = {"PULL", "SUB"}
_IN_TURNS = {"REQ", "REP"}
_SEVERAL_PARTS = {"ROUTER", "XREP"}
_KEY = r"[0-9a-zA-Z.\-:+=^!/*?&<>()\[\]{}@%$#]{40}"
_ENDPOINT = re.compile(r"tcp://.+:(\*|\d{1,5})|(ipc|inproc)://.+")
_SECRET_LINE = re.compile(rf'^\s*secret-key\s*=\s*"({_KEY})"\s*$', re.MULTILINE)

PublicKey = Annotated[
    str,
    text_form(
        "public key of CURVE",
        "a public key, 40 characters of Z85",
        lambda text: text if re.fullmatch(_KEY, text) else None,
        {"type": "string", "pattern": f"^{_KEY}$"},
    ),
]


@dataclass(frozen=True, kw_only=True)
class SocketOption:
    """An option of ZeroMQ's own.

    key: its name, as pyzmq has it, or its number
    value: what it is set to
    """

    key: str | int
    value: int | Secret


@dataclass(frozen=True, kw_only=True)
class Curve:
    """Encryption, and who one is. Either `server_key` or `allowed` goes with one's own key.

    secret_key: our own secret key, 40 characters, as `zmq.curve_keypair()` makes it
    certificate: the file that has it, as `zmq.auth.create_certificates` writes it
    server_key: the public key of those whom we connect to, and nobody else
    allowed: the public keys of those who may come in; `any` for whoever knows ours
    """

    secret_key: Secret | None = None
    certificate: Path | None = None
    server_key: PublicKey | None = None
    allowed: Literal["any"] | list[PublicKey] | None = None

    def __post_init__(self) -> None:
        if (self.secret_key is None) == (self.certificate is None):
            raise ValueError("`curve` needs a `secret_key`, or a `certificate` that has it")
        if (self.server_key is None) == (self.allowed is None):
            raise ValueError(
                "`curve` needs the `server_key` of those we connect to, or the keys of who is"
                " `allowed` to come in; and not both"
            )
        assert self.secret, "it is looked at"

    @property
    def secret(self) -> Secret:
        """Our own key."""
        if self.secret_key is not None:
            if re.fullmatch(_KEY, self.secret_key.reveal()) is None:
                raise ValueError("the `secret_key` is none: it has 40 characters of Z85")
            return self.secret_key
        assert self.certificate is not None, "it has one of the two"
        try:
            text = self.certificate.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ValueError(f"the `certificate` cannot be read: {error}") from error
        if (found := _SECRET_LINE.search(text)) is None:
            raise ValueError(f"the `certificate` {str(self.certificate)!r} has no secret key")
        return Secret(found[1])


@dataclass(frozen=True, kw_only=True)
class QueueSettings:
    """One socket of ZeroMQ.

    type: what kind of a socket it is
    binds: where others connect to it: tcp://HOST:PORT, ipc://FILE or inproc://NAME; several, in a
      list
    connects: where it connects to, one or several
    processor: what gets a baton for each message that comes in
    concurrency: how many of these batons may be under way; no more is received meanwhile
    multipart: whether a message is a list of its parts; for a ROUTER it always is
    subscribe: what the messages begin with that a SUB gets; '' for all
    high_water_mark: how many messages wait for each peer, on either side, before a sender has to
      wait, or a PUB drops them; 0 is no limit
    max_message: the largest message that is taken; who sends a larger one is disconnected
    timeout: how long a message may wait for room before sending it fails; null for ever
    linger: how long what is not sent yet is kept when we stop
    close_time: how long runs that are under way are waited for when we stop
    curve: encryption, and who may come in
    sockopts: further options of ZeroMQ's own
    """

    type: Kind
    binds: str | list[str] = field(default_factory=list)
    connects: str | list[str] = field(default_factory=list)
    processor: ResourceName | None = None
    concurrency: Annotated[int, Between(1)] = 1
    multipart: bool | None = None
    subscribe: str | list[str] | None = None
    high_water_mark: Annotated[int, Between(0)] = 1000
    max_message: Size = 16 * 2**20
    timeout: Duration | None = 10.0
    linger: Duration = 1.0
    close_time: Duration = 10.0
    curve: Curve | None = None
    sockopts: list[SocketOption] = field(default_factory=list)

    def __post_init__(self) -> None:
        faults = [*self._faults_of_endpoints(), *self._faults_of_type()]
        if faults:
            raise ValueError(faults[0])

    @property
    def binding(self) -> list[str]:
        return _several(self.binds)

    @property
    def connecting(self) -> list[str]:
        return _several(self.connects)

    @property
    def topics(self) -> list[str]:
        return _several(self.subscribe if self.subscribe is not None else [])

    @property
    def can_send(self) -> bool:
        return self.type not in _ONLY_RECEIVE

    @property
    def in_parts(self) -> bool:
        """Whether a message is a list."""
        return self.type in _SEVERAL_PARTS if self.multipart is None else self.multipart

    def _faults_of_endpoints(self) -> list[str]:
        endpoints = [*self.binding, *self.connecting]
        if not endpoints:
            return ["a queue needs an endpoint that it `binds`, or `connects` to"]
        faults = [
            f"{each!r} is no endpoint like tcp://127.0.0.1:5555, ipc://FILE or inproc://NAME"
            for each in endpoints
            if not _is_endpoint(each)
        ]
        return faults + [
            f"nobody can connect to {each!r}, for its asterisk means any"
            for each in self.connecting
            if "*" in each
        ]

    def _faults_of_type(self) -> list[str]:
        kind = self.type
        options = {each.key for each in self.sockopts}
        faults = {
            f"a {kind} only sends, it has nothing for a `processor`": (
                kind in _ONLY_SEND and self.processor is not None
            ),
            f"the `concurrency` of a {kind} is 1: it has to answer before it gets the next": (
                kind in _IN_TURNS and self.concurrency > 1
            ),
            f"`subscribe` is for a SUB, and not for a {kind}": (
                kind != "SUB" and self.subscribe is not None
            ),
            "a SUB gets nothing without `subscribe`; '' is all there is": (
                kind == "SUB" and not self.topics and not {"SUBSCRIBE", 6} & options
            ),
            f"a message of a {kind} always has several parts, `multipart` cannot be false": (
                kind in _SEVERAL_PARTS and self.multipart is False
            ),
        }
        return [fault for fault, is_so in faults.items() if is_so]


@dataclass(frozen=True, kw_only=True)
class ZMQSettings:
    """
    queues: the sockets, by their names
    maximum_batch_size: how many messages of one queue are received before others have their turn
    """

    queues: dict[str, QueueSettings] = field(default_factory=dict)
    maximum_batch_size: Annotated[int, Between(1)] = 10


def _several(given: str | list[str]) -> list[str]:
    return [given] if isinstance(given, str) else given


def _is_endpoint(text: str) -> bool:
    found = _ENDPOINT.fullmatch(text)
    return found is not None and (found[1] in {None, "*"} or int(found[1]) < 2**16)
