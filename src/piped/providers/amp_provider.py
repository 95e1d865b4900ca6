"""AMP: commands with typed arguments and answers, over a connection."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from piped.dependencies import ResourceDependency
from piped.environment import RuntimeEnvironment
from piped.provider import Provider
from piped.providers.amp_settings import AMPClientSettings, AMPServerSettings

__all__ = ["AMPClientProvider", "AMPServerProvider"]


class AMPServerProvider(Provider):
    """Hand a baton to a processor for each command that is received.

    The baton has `message` (the name of the command), `args` (always empty), `kwargs`, and
    `deferred`, by which the pipeline answers with a mapping::

        amp:
            servers:
                sums:                   # the resource amp.server.sums
                    listen: tcp:8790
                    processor: pipeline.sum
                    commands:
                        Sum:
                            arguments: {a: integer, b: integer}
                            response: {total: integer}
                        Divide: my_package.commands.Divide      # a class of one's own
    """

    section: ClassVar[str] = "amp.servers"
    settings: ClassVar[Any] = dict[str, AMPServerSettings]

    def offers(self, settings: dict[str, AMPServerSettings]) -> Iterable[str]:
        return [f"amp.server.{name}" for name in settings]

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        from piped.providers.amp_server import AMPServer

        servers: dict[str, AMPServerSettings] = runtime_environment.settings(self.section, {})
        for name, settings in servers.items():
            named = settings.processor
            processor = ResourceDependency(named.path, named.configuration)
            server = AMPServer(name, settings, processor, runtime_environment.clock)
            runtime_environment.dependency_manager.add_dependency(server, processor)
            runtime_environment.offer(f"amp.server.{name}", resource=server)
            server.setServiceParent(runtime_environment.application)


class AMPClientProvider(Provider):
    """Stay connected to a server, so that commands can be sent to it.

    `amp-call-remote` sends them; the types are those of the server::

    amp:
        clients:
            sums:                   # the resource amp.client.sums, while it is connected
                endpoint: tcp:host=localhost:port=8790
                commands:
                    Sum:
                        arguments: {a: integer, b: integer}
                        response: {total: integer}
    """

    section: ClassVar[str] = "amp.clients"
    settings: ClassVar[Any] = dict[str, AMPClientSettings]

    def offers(self, settings: dict[str, AMPClientSettings]) -> Iterable[str]:
        return [f"amp.client.{name}" for name in settings]

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        from piped.providers.amp_client import AMPClient

        clients: dict[str, AMPClientSettings] = runtime_environment.settings(self.section, {})
        for name, settings in clients.items():
            offer = runtime_environment.offer(f"amp.client.{name}")
            client = AMPClient(name, settings, runtime_environment.clock, offer)
            client.setServiceParent(runtime_environment.application)
