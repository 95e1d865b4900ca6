"""How the flows of a process stop: all at once, but whoever hands something to another one first.

One that stopped before could not take what is still on its way to it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from twisted.application.service import Service

from piped.interop import outcome_of, settled

if TYPE_CHECKING:
    from piped.dependencies import DependencyManager
    from piped.providers.flow_service import FlowService

__all__ = ["FlowStopping"]


class FlowStopping(Service):
    """Attached behind all flows, it stops before them, and has them stop."""

    def __init__(self, flows: list[FlowService], manager: DependencyManager) -> None:
        self.setName("flows")
        self._flows = flows
        self._manager = manager

    def stopService(self) -> Any:
        super().stopService()
        return outcome_of(self._stop())

    async def _stop(self) -> None:
        needs = {flow.name: self._needs_of(flow) for flow in self._flows}
        ended: dict[str, asyncio.Event] = {name: asyncio.Event() for name in needs}

        async def stop(flow: FlowService) -> None:
            for name, needed in needs.items():
                if flow.name in needed and name not in needs[flow.name]:  # in a circle nobody waits
                    await ended[name].wait()
            try:
                await settled(flow.stopService())
            finally:
                ended[flow.name].set()

        await asyncio.gather(*map(stop, self._flows))

    def _needs_of(self, flow: FlowService) -> set[str]:
        """The names of resources that it needs, and that these need."""
        names: set[str] = set()
        found, todo = set(), [self._manager.as_dependency(flow)]
        while todo:
            each = todo.pop()
            if id(each) not in found:
                found.add(id(each))
                names.add(getattr(each, "provider", ""))
                todo += self._manager.get_dependencies_of(each)
        return names
