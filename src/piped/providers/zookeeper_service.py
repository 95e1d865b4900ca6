"""What goes on while a client is connected, and begins anew when it is connected again."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, ClassVar

from kazoo.exceptions import ZookeeperError

from piped.backoff import Backoff
from piped.dependencies import ResourceDependency
from piped.exceptions import ResourceLost
from piped.service import PipedDependencyService

if TYPE_CHECKING:
    from piped.environment import RuntimeEnvironment
    from piped.providers.zookeeper_connection import Connection

__all__ = ["ConnectedService"]

logger = logging.getLogger(__name__)


class ConnectedService(PipedDependencyService):
    """`follow` runs while the client is connected; what a server refuses is tried again."""

    leaving_time: ClassVar[float] = 5.0  # seconds that a last word may take

    def __init__(self, path: str, client: str) -> None:
        super().__init__()
        self.path = path
        self.setName(path)
        self.client = ResourceDependency(f"zookeeper.client.{client}")
        self._backoff = Backoff(1.0, 30.0)

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        super().configure(runtime_environment)
        runtime_environment.dependency_manager.add_dependency(self, self.client)

    async def run_with_dependencies(self) -> None:
        connection = self.client.get_resource()
        while not connection.is_lost:
            try:
                await self.follow(connection)
            except ResourceLost:
                return  # we are told when there is another one
            except ZookeeperError as error:
                delay = self._backoff.next()
                why = f"{type(error).__name__}: {error}"
                logger.error("%s: %s; trying again in %.1f s", self.path, why, delay)  # noqa: TRY400
                await self.runtime_environment.clock.sleep(delay)

    async def follow(self, connection: Connection) -> None:
        """What goes on. It is cancelled when the connection is lost, or the process stops."""
        raise NotImplementedError

    def well(self) -> None:
        """What was refused is not refused any more."""
        self._backoff.reset()
