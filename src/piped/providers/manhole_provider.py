"""Manholes: a Python prompt inside the running process, over SSH."""

from __future__ import annotations

from typing import Any, ClassVar

from piped.environment import RuntimeEnvironment
from piped.provider import Provider
from piped.providers.manhole_settings import ManholeSettings

__all__ = ["ManholeProvider"]


class ManholeProvider(Provider):
    """Let those come in over SSH who may, to a Python prompt inside the running process.

    `runtime_environment`, `dependencies` and `d` are known there, and what `namespace` says;
    `await` works, for whatever can be waited for. Whoever is let in can do whatever the process
    can: it listens at 127.0.0.1 unless something else is said::

        manholes:
            my_manhole:
                port: 10022
                authorized_keys: {ada: ~/.ssh/id_ed25519.pub}
                checkers:
                    passwords:
                        name: twisted.cred.checkers.InMemoryUsernamePasswordDatabaseDontUse
                        arguments: {grace: !secret {environment: GRACES_PASSWORD}}
                dependencies: {visitors: context.visitors}
    """

    section: ClassVar[str] = "manholes"
    settings: ClassVar[Any] = dict[str, ManholeSettings]
    requires: ClassVar[tuple[str, ...]] = ("bcrypt", "cryptography")
    extra: ClassVar[str] = "manhole"

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        from piped.providers.manhole_server import ManholeService

        manholes: dict[str, ManholeSettings] = runtime_environment.settings(self.section, {})
        for name, settings in manholes.items():
            if settings.enabled and runtime_environment.feeding:
                service = ManholeService(name, settings, runtime_environment)
                service.setServiceParent(runtime_environment.application)
