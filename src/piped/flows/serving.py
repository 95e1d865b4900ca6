"""The flows of a server: one, several or none for each connection."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from piped.exceptions import brief
from piped.flows.connection import Connection
from piped.flows.flow import Flow
from piped.interop import drive

__all__ = ["Each", "Serving"]

logger = logging.getLogger(__name__)

# What is made for a connection: a flow, a list of them, or None to have it closed.
Each = Callable[[Connection], Any]


class Serving:
    """Starts flows, and closes each connection when its flows have ended."""

    def __init__(self, each: Each) -> None:
        self.connections: dict[Connection, list[Flow]] = {}
        self._each = each
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_closed = False

    def add(self, connection: Connection) -> None:
        """Serve one more."""
        task = drive(self._serve(connection), name=f"{connection!r}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Take in nothing more, and wait for what is on its way."""
        self._is_closed = True
        for some in self.connections.values():
            for flow in some:
                flow.stop()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _serve(self, connection: Connection) -> None:
        try:
            await self._run(connection)
        except Exception as failure:  # noqa: BLE001 - of whatever is done with a connection
            name = type(failure).__name__
            logger.warning("%r has ended: %s: %s", connection, name, brief(failure))
            connection.abort()
        else:
            connection.close()
        finally:
            self.connections.pop(connection, None)

    async def _run(self, connection: Connection) -> None:
        if self._is_closed:
            return
        made = self._each(connection)
        flows: list[Flow] = made if isinstance(made, list) else [made] if made else []
        self.connections[connection] = flows
        for flow in flows:
            flow.start()
        for flow in flows:
            await flow.wait()
