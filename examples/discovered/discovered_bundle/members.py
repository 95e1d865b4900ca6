"""Give work to whoever is in a group."""

from __future__ import annotations

import asyncio
from itertools import count
from typing import Any

from twisted.internet.error import ConnectError, ConnectionClosed
from twisted.spread.pb import DeadReferenceError, PBConnectionLost

from discovered_bundle.connections import Connections
from piped import Processor
from piped.environment import RuntimeEnvironment
from piped.interop import settled
from piped.options import KeyPath
from piped.paths import get_path

__all__ = ["CallAnyMember"]

GONE = (ConnectError, ConnectionClosed, PBConnectionLost, DeadReferenceError)
PAUSE = 0.2  # seconds, before those who did not answer are asked once more


class CallAnyMember(Processor):
    """Call a method of the members of a group in turn.

    While there is none, the baton waits. When a member is lost during a call, another one is
    called, so a call may be made twice: what workers do is such that this does no harm.
    """

    name = "call-any-member"

    def __init__(
        self,
        *,
        group: str,
        method: str,
        input_path: KeyPath = "",
        output_path: KeyPath | None = "result",
        **node: Any,
    ) -> None:
        """
        group: the group, as in zookeeper.memberships; its members tell their `endpoint`
        method: what is called
        input_path: where its argument is
        output_path: where the answer goes
        """
        super().__init__(**node)
        self.group = group
        self.method = method
        self.input_path = input_path
        self.output_path = output_path

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        self._turn = count()
        self._connections = Connections()
        runtime_environment.on_stopping.handle(self._connections.close)
        self._group = runtime_environment.dependency_manager.add_dependency(
            self, {"provider": f"zookeeper.membership.{self.group}"}
        )

    async def process(self, baton: Any) -> Any:
        argument = get_path(baton, self.input_path)
        asked: set[str] = set()
        while True:
            endpoint = await self._next(asked)
            asked.add(endpoint)
            try:
                root = await self._connections.root(endpoint)
                answer = await settled(root.callRemote(self.method, argument))
            except GONE:
                self._connections.forget(endpoint)
            else:
                return self.get_resulting_baton(baton, self.output_path, answer)

    async def _next(self, asked: set[str]) -> str:
        """A member that was not asked yet; when all were, all of them once more."""
        group = await settled(self._group.wait_for_resource())
        while True:
            endpoints = {each["endpoint"] for each in group()}
            if there := sorted(endpoints - asked):
                return there[next(self._turn) % len(there)]
            asked.clear()
            await asyncio.sleep(PAUSE)
