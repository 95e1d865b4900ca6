"""Manholes: the settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from piped.checkers import Checker
from piped.options import Between, DottedName, Port, ResourceName, ServerEndpoint
from piped.providers.heartbeat_settings import HeartbeatSettings

__all__ = ["ManholeSettings"]

_PORT = 10022


@dataclass(frozen=True, kw_only=True)
class ManholeSettings(HeartbeatSettings):
    """Where to listen, and who may come in.

    enabled: whether it is there at all
    port: the port to listen on, at 127.0.0.1 only; 10022 if nothing is said
    listen: where to listen instead, once or several times
    host_key: the file of the server's private key; it is made where there is none, and kept
    checkers: who may log in with a password, by Twisted's checkers; each is asked in turn
    authorized_keys: who may log in with a key: for each name, the file or files of public keys
    namespace: more that is known at the prompt: dotted names, by the names to use there
    dependencies: resources by the names under which `dependencies` (or `d`) has them
    max_connections: how many clients may be connected at once
    """

    enabled: bool = True
    port: Port | None = None
    listen: ServerEndpoint | list[ServerEndpoint] | None = None
    host_key: Path = Path("ssh_host_ed25519_key")
    checkers: dict[str, Checker] = field(default_factory=dict)
    authorized_keys: dict[str, Path | list[Path]] = field(default_factory=dict)
    namespace: dict[str, DottedName] = field(default_factory=dict)
    dependencies: dict[str, ResourceName] = field(default_factory=dict)
    max_connections: Annotated[int, Between(1)] = 10

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.port is not None and self.listen is not None:
            raise ValueError("has either a `port` or `listen`")
        if self.listen == []:
            raise ValueError("needs at least one endpoint to listen on")
        if not self.checkers and not self.authorized_keys:
            raise ValueError("nobody could log in: needs `authorized_keys` or `checkers`")
        for name in self.names():
            if not name.isidentifier():
                raise ValueError(f"{name!r} in `namespace` is no name in Python")
        self._look_at_checkers()
        self._look_at_keys()

    def _look_at_checkers(self) -> None:
        from twisted.cred.credentials import ISSHPrivateKey, IUsernamePassword

        for name, checker in self.checkers.items():
            if not {ISSHPrivateKey, IUsernamePassword} & {*checker.make().credentialInterfaces}:
                raise ValueError(f"the checker {name!r} knows neither passwords nor keys")

    def _look_at_keys(self) -> None:
        from piped.providers.manhole_keys import authorized, read_host_key

        for files in self.key_files.values():
            for path in files:
                if not list(authorized(path)):
                    raise ValueError(f"{path} has no keys")
        read_host_key(self.host_key.expanduser())

    @property
    def endpoints(self) -> list[str]:
        if self.listen is None:
            port = _PORT if self.port is None else self.port
            return [f"tcp:{port}:interface=127.0.0.1"]
        return [self.listen] if isinstance(self.listen, str) else list(self.listen)

    @property
    def key_files(self) -> dict[str, list[Path]]:
        """The files of public keys, by the names of those who have the private ones."""
        return {
            name: [each.expanduser() for each in ([files] if isinstance(files, Path) else files)]
            for name, files in self.authorized_keys.items()
        }

    def names(self) -> dict[str, Any]:
        """What `namespace` stands for."""
        try:
            return {name: each.load() for name, each in self.namespace.items()}
        except (ImportError, AttributeError) as error:
            raise ValueError(f"`namespace`: {error}") from error
