"""A connection to ZooKeeper: the resource `zookeeper.client.NAME`, while it is connected.

1. All calls give futures of the loop. They are sent in the order in which they are made.
2. A connection that is lost stays lost: whatever is under way fails with `ResourceLost`, and so
   does what is called later. Whether a change was made that failed so, nobody knows.
3. What a server refuses fails with the exception of `kazoo.exceptions`, which says why.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from kazoo.client import KazooClient
from kazoo.exceptions import (
    AuthFailedError,
    BadVersionError,
    ConnectionLoss,
    NoAuthError,
    NoChildrenForEphemeralsError,
    NodeExistsError,
    NoNodeError,
    NotEmptyError,
    SessionExpiredError,
    ZookeeperError,
)
from kazoo.security import make_acl

from piped.exceptions import ResourceLost, UnfitBaton
from piped.providers.zookeeper_cache import Cache
from piped.providers.zookeeper_settings import ACL, is_path

if TYPE_CHECKING:
    from kazoo.protocol.states import ZnodeStat

__all__ = ["Connection", "acls_of"]

Watch = Callable[[Any], object]
_LOST = (ConnectionLoss, SessionExpiredError, AuthFailedError)
_EXPLAINED: dict[type[Exception], str] = {
    BadVersionError: "the node {path!r} has another version",
    NoAuthError: "it is not allowed to do this with the node {path!r}",
    NoChildrenForEphemeralsError: "an ephemeral node has no children: {path!r}",
    NodeExistsError: "the node {path!r} is there already",
    NoNodeError: "there is no node {path!r}",
    NotEmptyError: "the node {path!r} has children",
}


class Connection:
    """What can be done with the nodes. Paths begin with a slash; data are bytes."""

    def __init__(
        self, name: str, kazoo: KazooClient, session: int, max_data: int = 1_000_000
    ) -> None:
        self.name = name
        # The client of kazoo itself, for what is not offered here. What it gives is kazoo's own.
        self.kazoo = kazoo
        # The number of the session; connections that follow one another may have the same.
        self.session = session
        self._max_data = max_data
        self._loop = asyncio.get_running_loop()
        self._under_way: set[asyncio.Future[Any]] = set()
        self._lost: str | None = None
        self._cache = Cache(self)
        # Those have this for reading what changes seldom: nothing is sent while a watch holds.
        self.cached_get = self._cache.get
        self.cached_exists = self._cache.exists
        self.cached_get_children = self._cache.get_children
        # Called with the path, when what was read by one of these is out of date.
        self.on_changed = self._cache.on_changed

    def get(self, path: str, watch: Watch | None = None) -> asyncio.Future[tuple[bytes, ZnodeStat]]:
        """The data and the stat of a node."""
        return self._call(self.kazoo.get_async, path, watch=watch)

    def exists(self, path: str, watch: Watch | None = None) -> asyncio.Future[ZnodeStat | None]:
        """The stat of a node, or None if it is not there."""
        return self._call(self.kazoo.exists_async, path, watch=watch)

    def get_children(self, path: str, watch: Watch | None = None) -> asyncio.Future[list[str]]:
        """The names of the nodes below a node, in no order."""
        return self._call(self.kazoo.get_children_async, path, watch=watch)

    def set(self, path: str, data: bytes, version: int = -1) -> asyncio.Future[ZnodeStat]:
        """Replace the data of a node, if it has that version."""
        return self._call(self.kazoo.set_async, path, self._fit(path, data), version=version)

    def create(
        self,
        path: str,
        data: bytes = b"",
        acls: Sequence[ACL] = (),
        *,
        ephemeral: bool = False,
        sequence: bool = False,
        parents: bool = False,
    ) -> asyncio.Future[str]:
        """Make a node, and with `parents` those above it that are missing; give its path."""
        return self._call(
            *(self.kazoo.create_async, path, self._fit(path, data)),
            acl=acls_of(acls),
            ephemeral=ephemeral,
            sequence=sequence,
            makepath=parents,
        )

    def create_recursive(
        self, path: str, data: bytes = b"", acls: Sequence[ACL] = ()
    ) -> asyncio.Future[str]:
        """Make a node and those above it that are missing."""
        return self.create(path, data, acls, parents=True)

    def ensure_path(self, path: str) -> asyncio.Future[Any]:
        """Make what is missing of a node and those above it."""
        return self._call(self.kazoo.ensure_path_async, path)

    def delete(self, path: str, version: int = -1) -> asyncio.Future[Any]:
        """Remove a node that has no children, if it has that version."""
        return self._call(self.kazoo.delete_async, path, version=version)

    async def delete_recursive(self, path: str) -> None:
        """Remove a node and all below it, however often others add to it meanwhile."""
        while True:
            try:
                for child in await self.get_children(path):
                    await self.delete_recursive(f"{path.rstrip('/')}/{child}")
                await self.delete(path)
            except NoNodeError:
                return
            except NotEmptyError:
                continue
            return

    def get_acls(self, path: str) -> asyncio.Future[Any]:
        """What who may do with a node, and its stat."""
        return self._call(self.kazoo.get_acls_async, path)

    def set_acls(
        self, path: str, acls: Sequence[ACL], version: int = -1
    ) -> asyncio.Future[ZnodeStat]:
        """Say anew who may do what with a node."""
        return self._call(self.kazoo.set_acls_async, path, acls_of(acls), version=version)

    def sync(self, path: str) -> asyncio.Future[str]:
        """Wait until the server knows of all that was changed before, anywhere."""
        return self._call(self.kazoo.sync_async, path)

    @property
    def is_lost(self) -> bool:
        return self._lost is not None

    def lose(self, reason: str) -> None:
        """It is lost, and all that is under way with it."""
        if self._lost is None:
            self._lost = reason
            self._cache.clear()
            for each in list(self._under_way):
                if not each.done():
                    each.set_exception(self._failure())

    def _call(self, function: Any, path: str, *args: Any, **options: Any) -> asyncio.Future[Any]:
        future: asyncio.Future[Any] = self._loop.create_future()
        if self._lost is not None:
            future.set_exception(self._failure())
            return future
        result = function(_checked(path), *args, **options)
        self._under_way.add(future)
        future.add_done_callback(self._under_way.discard)
        result.rawlink(partial(self._ended, future, path))
        return future

    def _ended(self, future: asyncio.Future[Any], path: str, result: Any) -> None:
        """The handler calls this on the loop."""
        if future.done():
            return
        try:
            future.set_result(result.get_nowait())
        except _LOST:
            future.set_exception(self._failure())
        except ZookeeperError as error:
            future.set_exception(_explained(error, path))
        except Exception as error:  # noqa: BLE001 - it is the end of this call, and no other's
            future.set_exception(error)

    def _failure(self) -> ResourceLost:
        return ResourceLost(f"{self.name}: {self._lost or 'the connection is lost'}")

    def _fit(self, path: str, data: bytes) -> bytes:
        # Whoever sends more loses the connection, and all others lose what they have under way.
        if len(data) > self._max_data:
            raise UnfitBaton(
                f"{len(data)} bytes of data for the node {path!r} are more than the"
                f" {self._max_data} of `max_data`"
            )
        return data

    def __repr__(self) -> str:
        state = "connected" if self._lost is None else "lost"
        return f"<Connection of {self.name}, {state}>"


def acls_of(acls: Sequence[ACL]) -> list[Any] | None:
    """What kazoo is told of them; None for what is so by default."""
    return [_acl_of(each) for each in acls] or None


def _acl_of(acl: ACL) -> Any:
    names = [acl.perms] if isinstance(acl.perms, str) else acl.perms
    return make_acl(acl.scheme, acl.id, **dict.fromkeys(names, True))


def _checked(path: Any) -> str:
    if isinstance(path, str) and (path == "/" or is_path(path.removesuffix("/"))):
        return path.removesuffix("/") or "/"
    raise UnfitBaton(f"{path!r:.80} is no path of a node, like /workers")


def _explained(error: ZookeeperError, path: str) -> ZookeeperError:
    words = _EXPLAINED.get(type(error))
    if words is not None:
        error.args = (words.format(path=path),)
    else:
        error.add_note(f"for the node {path!r}")
    return error
