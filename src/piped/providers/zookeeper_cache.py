"""Cached reads: what was read holds until ZooKeeper says that it does not.

1. Each read leaves a watch; its result is kept until the watch fires or the connection is lost.
2. Who asks for the same while it is read gets the same.
3. What failed is not kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from piped.event import Event

if TYPE_CHECKING:
    from kazoo.protocol.states import ZnodeStat

__all__ = ["Cache"]

Key = tuple[str, str]


class Reads(Protocol):
    """A connection, as far as it is read from."""

    @property
    def is_lost(self) -> bool: ...


class Cache:
    """What was read over one connection."""

    def __init__(self, connection: Reads) -> None:
        self._connection = connection
        self._read: dict[Key, asyncio.Future[Any]] = {}
        self.on_changed = Event()

    async def get(self, path: str) -> tuple[bytes, ZnodeStat]:
        """The data and the stat of a node."""
        data, stat = await self._once("get", path)
        return data, stat

    async def exists(self, path: str) -> ZnodeStat | None:
        """The stat of a node, or None if it is not there."""
        stat: ZnodeStat | None = await self._once("exists", path)
        return stat

    async def get_children(self, path: str) -> list[str]:
        """The names of the nodes below a node, in no order."""
        return list(await self._once("get_children", path))

    def clear(self) -> None:
        """Nothing holds any more."""
        self._read.clear()

    async def _once(self, kind: str, path: str) -> Any:
        future = self._read.get((kind, path))
        if future is None:
            read: Callable[..., asyncio.Future[Any]] = getattr(self._connection, kind)
            future = read(path, watch=self._watch(kind, path))
            self._keep((kind, path), future)
        # One who waits no more is no reason for the others not to get it.
        return await asyncio.shield(future)

    def _keep(self, key: Key, future: asyncio.Future[Any]) -> None:
        self._read[key] = future
        future.add_done_callback(lambda ended: self._forget_failed(key, ended))

    def _forget_failed(self, key: Key, ended: asyncio.Future[Any]) -> None:
        if (ended.cancelled() or ended.exception()) and self._read.get(key) is ended:
            del self._read[key]

    def _watch(self, kind: str, path: str) -> Callable[[Any], None]:
        def changed(_: Any) -> None:
            # A watch of a connection that is lost says nothing: all of that is gone.
            if not self._connection.is_lost and self._read.pop((kind, path), None) is not None:
                self.on_changed(path)

        return changed
