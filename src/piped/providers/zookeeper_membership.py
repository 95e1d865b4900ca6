"""Groups: who belongs to one, and belonging to one.

1. A member is an ephemeral node with what it tells of itself, as JSON. It is made anew when it is
   gone, whether its session has expired or somebody has removed it.
2. A process joins when it has started and all is there that it `needs`; it leaves before anything
   is stopped, so that nobody calls it who could know better.
3. What was known stays known while the connection is lost: the members may do well without
   ZooKeeper. `is_current` says whether it is known to be so now.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from kazoo.exceptions import NodeExistsError, NoNodeError, ZookeeperError

from piped.dependencies import ResourceDependency
from piped.event import Event
from piped.exceptions import ResourceLost
from piped.providers.zookeeper_service import ConnectedService
from piped.providers.zookeeper_settings import called

if TYPE_CHECKING:
    from piped.environment import RuntimeEnvironment
    from piped.providers.zookeeper_connection import Connection
    from piped.providers.zookeeper_settings import Membership
    from piped.resource import Offer

__all__ = ["Group", "MembershipService"]

logger = logging.getLogger(__name__)


class Group:
    """Who belongs to it: the resource `zookeeper.membership.NAME`.

    Called, it gives a list of what all of them tell: for `call-dependency`.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        # What each member tells of itself, by its name there.
        self.members: Mapping[str, Any] = MappingProxyType({})
        # Called with the members, when they are others, or tell something else.
        self.on_changed = Event()
        # Whether that is known to be so now, or was so when the connection was lost.
        self.is_current = False

    def know(self, members: dict[str, Any]) -> None:
        """They are these."""
        self.is_current = True
        if members != self.members:
            self.members = MappingProxyType(members)
            self.on_changed(self.members)

    def __call__(self) -> list[Any]:
        return list(self.members.values())

    def __repr__(self) -> str:
        return f"<Group {self.path} of {len(self.members)}>"


class MembershipService(ConnectedService):
    """Follows one group, and belongs to it if it is to."""

    def __init__(self, name: str, settings: Membership, offer: Offer) -> None:
        super().__init__(f"zookeeper.membership.{name}", settings.client)
        self._settings = settings
        self._offer = offer
        self._needs = [ResourceDependency(each.path, each.configuration) for each in settings.needs]
        self._changed = asyncio.Event()
        self._is_up = False
        self._us = f"{settings.path}/{called(settings.name)}-{uuid4().hex[:8]}"
        self._data = json.dumps(settings.data).encode()
        self.group = Group(settings.path)

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        super().configure(runtime_environment)
        for need in self._needs:
            # The list is there without them: they are for joining.
            runtime_environment.dependency_manager.add_dependency(self, need, gates=False)
            need.on_ready += lambda _: self._changed.set()
            need.on_lost += lambda *_: self._changed.set()
        runtime_environment.on_started.handle(self._started)
        runtime_environment.on_stopping.handle(self._stopping)

    async def follow(self, connection: Connection) -> None:
        connection.on_changed += self._heard
        while True:
            self._changed.clear()
            await self._join_or_leave(connection)
            self.group.know(await self._members(connection))
            self.well()
            if not self._offer.is_ready:
                self._offer.ready(self.group)
            await self._changed.wait()

    def cancel(self) -> None:
        self.group.is_current = False
        super().cancel()

    def stopService(self) -> Any:
        self._offer.lost()
        return super().stopService()

    def _heard(self, path: str) -> None:
        if f"{path}/".startswith(f"{self._settings.path}/"):
            self._changed.set()

    def _started(self) -> None:
        self._is_up = True
        self._changed.set()

    async def _stopping(self) -> None:
        self._is_up = False
        if self.client.is_ready:
            with suppress(ResourceLost, ZookeeperError, TimeoutError):
                async with asyncio.timeout(self.leaving_time):
                    await self._leave(self.client.get_resource())

    async def _join_or_leave(self, connection: Connection) -> None:
        if not self._settings.join:
            return
        if self._is_up and all(each.is_ready for each in self._needs):
            await self._join(connection)
        else:
            await self._leave(connection)

    async def _join(self, connection: Connection) -> None:
        stat = await connection.cached_exists(self._us)
        if stat is not None and stat.ephemeralOwner == connection.session:
            return
        if stat is not None:
            await self._leave(connection)  # it is of a session of ours that will expire
        with suppress(NodeExistsError):
            await connection.create(self._us, self._data, ephemeral=True, parents=True)
            logger.info("%s: joined as %s", self.path, self._us)

    async def _leave(self, connection: Connection) -> None:
        with suppress(NoNodeError):
            await connection.delete(self._us)
            logger.info("%s: left as %s", self.path, self._us)

    async def _members(self, connection: Connection) -> dict[str, Any]:
        path = self._settings.path
        try:
            names = await connection.cached_get_children(path)
        except NoNodeError:
            await connection.ensure_path(path)
            names = await connection.cached_get_children(path)
        told = await asyncio.gather(*(self._told(connection, f"{path}/{name}") for name in names))
        found = dict(zip(names, told, strict=True))
        return {name: found[name][0] for name in sorted(found) if found[name]}

    async def _told(self, connection: Connection, path: str) -> tuple[Any, ...]:
        """What a member tells, or nothing if it is gone."""
        try:
            data, _ = await connection.cached_get(path)
        except NoNodeError:
            return ()
        try:
            return (json.loads(data),)
        except ValueError:
            return (data,)  # it was not one of ours who made it
