"""Give work to whoever is there."""

from __future__ import annotations

import asyncio
from collections.abc import Container
from itertools import count
from typing import Any

from twisted.spread.pb import DeadReferenceError, PBConnectionLost

from piped import Processor
from piped.environment import RuntimeEnvironment
from piped.options import KeyPath
from piped.paths import get_path

__all__ = ["CallAnyWorker"]


class CallAnyWorker(Processor):
    """Call a method of the workers in turn, of those that are there.

    While there is none, the baton waits. When a worker is lost during a call, another one is
    called, so a call may be made twice: what workers do is such that this does no harm.
    """

    name = "call-any-worker"

    def __init__(
        self,
        *,
        clients: list[str],
        method: str,
        input_path: KeyPath = "",
        output_path: KeyPath | None = "result",
        **node: Any,
    ) -> None:
        """
        clients: the clients that are connected to workers, as in pb.clients
        method: what is called
        input_path: where its argument is
        output_path: where the answer goes
        """
        super().__init__(**node)
        self.clients = clients
        self.method = method
        self.input_path = input_path
        self.output_path = output_path

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        self._turn = count()
        self._came = asyncio.Event()
        self._workers = runtime_environment.create_dependency_map(self)
        for client in self.clients:
            provider = {"provider": f"pb.client.{client}.root_object"}
            # One that is lost makes neither this processor nor its pipeline unavailable.
            worker = self._workers.add_dependency(client, provider, gates=False)
            worker.on_ready.handle(lambda *_: self._came.set())

    async def process(self, baton: Any) -> Any:
        argument = get_path(baton, self.input_path)
        # By their ids: two that are connected elsewhere cannot be compared.
        lost: dict[int, Any] = {}
        while True:
            worker = await self._next(lost)
            try:
                answer = await worker.callRemote(self.method, argument)
            except (PBConnectionLost, DeadReferenceError):
                lost[id(worker)] = worker
            else:
                return self.get_resulting_baton(baton, self.output_path, answer)

    async def _next(self, lost: Container[int]) -> Any:
        while not (there := [each for each in self._workers.values() if id(each) not in lost]):
            self._came.clear()
            await self._came.wait()
        return there[next(self._turn) % len(there)]
