"""Perspective Broker: methods that are called over a connection."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from piped.dependencies import ResourceDependency
from piped.environment import RuntimeEnvironment
from piped.provider import Provider
from piped.providers.pb_settings import PBClientSettings, PBServerSettings

if TYPE_CHECKING:
    from piped.providers.pb_client import PipedPBClientFactory
    from piped.providers.pb_server import PipedPBServerFactory

__all__ = ["PBClientProvider", "PBServerProvider", "PipedPBClientFactory", "PipedPBServerFactory"]


class PBServerProvider(Provider):
    """Hand a baton to a processor for each method that is called.

    The baton has `message` (the name of the method), `args`, `kwargs`, and `deferred`, by which
    the pipeline answers; with a checker `avatar_id`, too, who has logged in::

        pb:
            servers:
                tutorial:               # the resource pb.server.tutorial
                    listen: tcp:8789
                    processor: pipeline.pb-server
                    checker:
                        name: twisted.cred.checkers.InMemoryUsernamePasswordDatabaseDontUse
                        arguments: {ada: !secret {environment: ADAS_PASSWORD}}
    """

    section: ClassVar[str] = "pb.servers"
    settings: ClassVar[Any] = dict[str, PBServerSettings]

    def offers(self, settings: dict[str, PBServerSettings]) -> Iterable[str]:
        return [f"pb.server.{name}" for name in settings]

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        from piped.providers.pb_server import PBServer

        servers: dict[str, PBServerSettings] = runtime_environment.settings(self.section, {})
        for name, settings in servers.items():
            named = settings.processor
            processor = ResourceDependency(named.path, named.configuration)
            server = PBServer(name, settings, processor, runtime_environment.clock)
            runtime_environment.dependency_manager.add_dependency(server, processor)
            runtime_environment.offer(f"pb.server.{name}", resource=server)
            server.setServiceParent(runtime_environment.application)


class PBClientProvider(Provider):
    """Stay connected to a server, so that its methods can be called.

    `pb.client.NAME` is there while it is connected, `pb.client.NAME.root_object` once the server
    has given its root object, or has let it log in::

        pb:
            clients:
                tutorial:
                    endpoint: tcp:host=localhost:port=8789
                    username: ada
                    password: !secret {environment: ADAS_PASSWORD}
    """

    section: ClassVar[str] = "pb.clients"
    settings: ClassVar[Any] = dict[str, PBClientSettings]

    def offers(self, settings: dict[str, PBClientSettings]) -> Iterable[str]:
        for name in settings:
            yield f"pb.client.{name}"
            yield f"pb.client.{name}.root_object"

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        from piped.providers.pb_client import PBClient

        clients: dict[str, PBClientSettings] = runtime_environment.settings(self.section, {})
        for name, settings in clients.items():
            path = f"pb.client.{name}"
            offers = (
                runtime_environment.offer(path),
                runtime_environment.offer(f"{path}.root_object"),
            )
            client = PBClient(name, settings, runtime_environment.clock, offers)
            client.setServiceParent(runtime_environment.application)


def __getattr__(name: str) -> Any:
    # Their base classes are Twisted's, which take their time to import.
    if name == "PipedPBClientFactory":
        from piped.providers.pb_client import PipedPBClientFactory

        return PipedPBClientFactory
    if name == "PipedPBServerFactory":
        from piped.providers.pb_server import PipedPBServerFactory

        return PipedPBServerFactory
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
