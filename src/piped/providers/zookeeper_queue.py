"""The queue before a node: who is first has what the node stands for.

1. Who wants it makes a node below, ephemeral and numbered; the lowest number is first.
2. Each waits for the one before it only: when one leaves, one is woken.
3. A place is known by its mark, and belongs to a session. After a connection was lost it is found
   again; one of a session of before is removed. One that nobody wants any more, and that could not
   be left since the connection was lost, would be there as long as the session: `forget` it.

The names are those of kazoo's locks and elections, so that programs which use those may wait in
the same queue.
"""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from typing import TYPE_CHECKING
from uuid import uuid4

from kazoo.exceptions import NoNodeError

if TYPE_CHECKING:
    from piped.providers.zookeeper_connection import Connection

__all__ = ["Place", "forget"]

_NUMBERED = re.compile(r"\d{10}$")


class Place:
    """One who waits, or has it."""

    def __init__(self, path: str, told: str, owner: str = "") -> None:
        self._path = path
        self._told = told.encode()
        self._mark = f"{owner}{uuid4().hex}__lock__"

    async def first(self, connection: Connection) -> int:
        """Wait until it is ours. Gives the number of the change that made our place.

        It is larger than that of all who had it before: who keeps the largest that was seen can
        tell one who does not know yet that it is not theirs any more.
        """
        while True:
            queue = await _queue(connection, self._path)
            ours = await self._ours(connection, queue)
            if ours is None:
                await self._enter(connection)
                continue
            before = queue[queue.index(ours) - 1] if ours != queue[0] else None
            if before is not None:
                await self._gone(connection, before)
            elif (stat := await connection.exists(f"{self._path}/{ours}")) is not None:
                return int(stat.czxid)

    async def lost(self, connection: Connection) -> None:
        """Wait until our place is not there any more: somebody has removed it."""
        for each in await _queue(connection, self._path):
            if each.startswith(self._mark):
                await self._gone(connection, each)

    async def leave(self, connection: Connection) -> None:
        """It is for the next one."""
        await forget(connection, self._path, self._mark)

    async def _ours(self, connection: Connection, queue: list[str]) -> str | None:
        for name in [each for each in queue if each.startswith(self._mark)]:
            node = f"{self._path}/{name}"
            stat = await connection.exists(node)
            if stat is not None and stat.ephemeralOwner == connection.session:
                return name
            with suppress(NoNodeError):
                await connection.delete(node)
        return None

    async def _enter(self, connection: Connection) -> None:
        node = f"{self._path}/{self._mark}"
        await connection.create(node, self._told, ephemeral=True, sequence=True, parents=True)

    async def _gone(self, connection: Connection, name: str) -> None:
        changed = asyncio.Event()
        node = f"{self._path}/{name}"
        # What is told of the node may be something else; the end of a connection is told, too.
        while await connection.exists(node, watch=lambda _: changed.set()) is not None:
            await changed.wait()
            changed.clear()


async def forget(connection: Connection, path: str, mark: str) -> None:
    """Remove all places whose marks begin so."""
    for each in await _queue(connection, path):
        if each.startswith(mark):
            with suppress(NoNodeError):
                await connection.delete(f"{path}/{each}")


async def _queue(connection: Connection, path: str) -> list[str]:
    try:
        names = await connection.get_children(path)
    except NoNodeError:
        return []
    return sorted(filter(_NUMBERED.search, names), key=lambda name: name[-10:])
