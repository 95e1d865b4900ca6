"""Read and change the nodes of ZooKeeper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from piped.exceptions import ConfigurationError, UnfitBaton
from piped.interop import is_later, settled
from piped.options import KeyPath
from piped.paths import BatonPath
from piped.processors.dependency_processors import DependencyProcessor
from piped.processors.fixed import ZooKeeperClientName, ZooKeeperLockName, fixed
from piped.processors.pipeline_processors import RunPipeline

if TYPE_CHECKING:
    from piped.environment import RuntimeEnvironment

__all__ = [
    "CreateZooKeeperNode",
    "DeleteZooKeeperNode",
    "GetZooKeeperChildren",
    "GetZooKeeperData",
    "RunPipelineLocked",
    "SetZooKeeperData",
    "ZooKeeperNodeExists",
    "ZooKeeperProcessor",
]

Flag = Literal["EPHEMERAL", "SEQUENCE"]


class ZooKeeperProcessor(DependencyProcessor):
    """Does something with one node.

    While the client is not connected, the baton waits for it.
    """

    def __init__(
        self,
        *,
        client: ZooKeeperClientName,
        path: str,
        output_path: KeyPath | None = None,
        **node: Any,
    ) -> None:
        """
        client: the name of the client, as in zookeeper.clients
        path: the node
        output_path: where the result goes; '' replaces the baton, null discards it
        """
        super().__init__(**node)
        self.client = fixed("client", client)
        self.path = _absolute(path)
        self.output_path = output_path

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        self.depend_on(runtime_environment, {"provider": f"zookeeper.client.{self.client}"})

    async def process_resource(self, resource: Any, baton: Any) -> Any:
        result = await self.process_node(resource, baton)
        return self.get_resulting_baton(baton, self.output_path, result)

    async def process_node(self, client: Any, baton: Any) -> Any:
        """Give what goes to `output_path`."""
        raise NotImplementedError

    async def read(self, client: Any, what: str, *, cached: bool) -> Any:
        """What the client knows of the node."""
        return await settled(getattr(client, f"cached_{what}" if cached else what)(self.path))


class GetZooKeeperChildren(ZooKeeperProcessor):
    """Read which nodes there are below a node: a list of names, in no order.

    Example::

        pipeline: [get-zookeeper-children: {client: main, path: /workers}]
        resources: {zookeeper.client.main: some nodes}
        given: {}
        gives: {children: [ada, bob]}
    """

    name = "get-zookeeper-children"

    def __init__(
        self, *, cached: bool = True, output_path: KeyPath | None = "children", **node: Any
    ) -> None:
        """
        cached: whether what was read before may do, as long as it is not known to have changed
        output_path: where the names go; '' replaces the baton, null discards them
        """
        super().__init__(output_path=output_path, **node)
        self.cached = cached

    async def process_node(self, client: Any, baton: Any) -> Any:
        del baton
        return await self.read(client, "get_children", cached=self.cached)


class GetZooKeeperData(ZooKeeperProcessor):
    """Read the data of a node: bytes.

    Example::

        pipeline:
            - get-zookeeper-data: {client: main, path: !path node}
            - decode-string: {encoding: utf-8, input_path: data}
        resources: {zookeeper.client.main: some nodes}
        given: {node: /workers/ada}
        gives: {node: /workers/ada, data: the first}
    """

    name = "get-zookeeper-data"

    def __init__(
        self,
        *,
        cached: bool = True,
        output_path: KeyPath | None = "data",
        metadata_output_path: KeyPath | None = None,
        **node: Any,
    ) -> None:
        """
        cached: whether what was read before may do, as long as it is not known to have changed
        output_path: where the data go; '' replaces the baton, null discards them
        metadata_output_path: where the stat of the node goes, which has its version, for one
        """
        super().__init__(output_path=output_path, **node)
        self.cached = cached
        self.metadata_output_path = metadata_output_path

    async def process_resource(self, resource: Any, baton: Any) -> Any:
        data, stat = await self.read(resource, "get", cached=self.cached)
        baton = self.get_resulting_baton(baton, self.metadata_output_path, stat)
        return self.get_resulting_baton(baton, self.output_path, data)


class ZooKeeperNodeExists(ZooKeeperProcessor):
    """Tell whether there is a node.

    Example::

        pipeline: [zookeeper-node-exists: {client: main, path: /workers/eve}]
        resources: {zookeeper.client.main: some nodes}
        given: {}
        gives: {exists: false}
    """

    name = "zookeeper-node-exists"

    def __init__(
        self,
        *,
        cached: bool = True,
        output_path: KeyPath | None = "exists",
        metadata_output_path: KeyPath | None = None,
        **node: Any,
    ) -> None:
        """
        cached: whether what was read before may do, as long as it is not known to have changed
        output_path: where true or false goes; '' replaces the baton, null discards it
        metadata_output_path: where the stat of the node goes, null if it is not there
        """
        super().__init__(output_path=output_path, **node)
        self.cached = cached
        self.metadata_output_path = metadata_output_path

    async def process_resource(self, resource: Any, baton: Any) -> Any:
        stat = await self.read(resource, "exists", cached=self.cached)
        baton = self.get_resulting_baton(baton, self.metadata_output_path, stat)
        return self.get_resulting_baton(baton, self.output_path, stat is not None)


class SetZooKeeperData(ZooKeeperProcessor):
    """Replace the data of a node; the result is its stat.

    Example::

        pipeline:
            - set-zookeeper-data: {client: main, path: /workers/ada, data: !path told}
        resources: {zookeeper.client.main: some nodes}
        given: {told: still here}
        gives: {told: still here, set: the stat of /workers/ada}
    """

    name = "set-zookeeper-data"

    def __init__(
        self,
        *,
        data: str | bytes,
        create_intermediary_nodes: bool = False,
        output_path: KeyPath | None = "set",
        **node: Any,
    ) -> None:
        """
        data: what it is to be: bytes, or a text, which is written in UTF-8
        create_intermediary_nodes: make the node and those above it, if they are missing
        output_path: where the stat goes; '' replaces the baton, null discards it
        """
        super().__init__(output_path=output_path, **node)
        self.data = data
        self.create_intermediary_nodes = create_intermediary_nodes

    async def process_node(self, client: Any, baton: Any) -> Any:
        del baton
        if self.create_intermediary_nodes:
            await settled(client.ensure_path(self.path))
        return await settled(client.set(self.path, _bytes(self.data)))


class CreateZooKeeperNode(ZooKeeperProcessor):
    """Make a node; the result is its path.

    Example::

        pipeline: [create-zookeeper-node: {client: main, path: /workers/eve, flags: EPHEMERAL}]
        resources: {zookeeper.client.main: some nodes}
        given: {}
        gives: {create: /workers/eve}
    """

    name = "create-zookeeper-node"

    def __init__(
        self,
        *,
        data: str | bytes | None = None,
        flags: Flag | list[Flag] | None = None,
        create_intermediary_nodes: bool = False,
        output_path: KeyPath | None = "create",
        **node: Any,
    ) -> None:
        """
        data: its data: bytes, or a text, which is written in UTF-8; none by default
        flags: EPHEMERAL, it goes with our session; SEQUENCE, a number is added to its name
        create_intermediary_nodes: make the nodes above it, if they are missing
        output_path: where the path goes; '' replaces the baton, null discards it
        """
        super().__init__(output_path=output_path, **node)
        self.data = data
        self.flags = flags
        self.create_intermediary_nodes = create_intermediary_nodes

    async def process_node(self, client: Any, baton: Any) -> Any:
        del baton
        flags = {self.flags} if isinstance(self.flags, str) else set(self.flags or ())
        return await settled(
            client.create(
                *(self.path, _bytes(self.data)),
                ephemeral="EPHEMERAL" in flags,
                sequence="SEQUENCE" in flags,
                parents=self.create_intermediary_nodes,
            )
        )


class DeleteZooKeeperNode(ZooKeeperProcessor):
    """Remove a node.

    Example::

        pipeline: [delete-zookeeper-node: {client: main, path: /workers/ada}]
        resources: {zookeeper.client.main: some nodes}
        given: {}
        gives: {}
    """

    name = "delete-zookeeper-node"

    def __init__(self, *, recursive: bool = False, **node: Any) -> None:
        """
        recursive: remove all below it, too, and let it be well if it is not there
        output_path: where nothing (null) goes
        """
        super().__init__(**node)
        self.recursive = recursive

    async def process_node(self, client: Any, baton: Any) -> Any:
        del baton
        delete = client.delete_recursive if self.recursive else client.delete
        await settled(delete(self.path))


class RunPipelineLocked(RunPipeline):
    """Give the input to another pipeline while having a lock: one at a time, in all processes.

    The baton waits for the lock. When it is lost meanwhile, the pipeline is cancelled, and this
    fails with a ResourceLost.

    Example::

        pipeline: [run-pipeline-locked: {lock: stock, pipeline: .take, input_path: n}]
        pipelines: {take: [eval-lambda: {lambda: "n: n - 1"}]}
        resources: {zookeeper.lock.stock: a lock}
        given: {n: 3}
        gives: {n: 2}
    """

    name = "run-pipeline-locked"

    def __init__(self, *, lock: ZooKeeperLockName, **options: Any) -> None:
        """lock: the name of the lock, as in zookeeper.locks"""
        super().__init__(**options)
        self.lock = fixed("lock", lock)

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        super().configure(runtime_environment)
        needed = {"provider": f"zookeeper.lock.{self.lock}"}
        self._lock = runtime_environment.dependency_manager.add_dependency(self, needed)

    async def process_pipeline(self, pipeline: Any, input: Any) -> Any:
        lock = await settled(self._lock.wait_for_resource())
        async with lock.held():
            output = super().process_pipeline(pipeline, input)
            return await settled(output) if is_later(output) else output


def _absolute(path: str) -> str:
    if not (isinstance(path, BatonPath) or path.startswith("/")):
        raise ConfigurationError(f"path is {path!r}, and that of a node begins with a slash")
    return path


def _bytes(data: Any) -> bytes:
    if isinstance(data, str):
        return data.encode()
    if data is None or isinstance(data, bytes):
        return data or b""
    raise UnfitBaton(f"the data of a node are bytes or a text, not {data!r:.60}")
