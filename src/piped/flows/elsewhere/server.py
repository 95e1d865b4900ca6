"""Where flows arrive that come from other processes.

It listens from when it may flow for the first time, and leaves when its flow has ended and all
answers are on their way.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from piped.flows.elsewhere.door import Door
from piped.flows.elsewhere.link import Session, Wire
from piped.flows.elsewhere.receiver import Receiver
from piped.flows.elsewhere.sender import ITEM_SIZE
from piped.flows.elsewhere.types import Types
from piped.flows.reason import failed
from piped.interop import Outcome, drive

if TYPE_CHECKING:
    from piped.flows.elsewhere.messages import Hello
    from piped.secret import Secret

__all__ = ["RemoteFount"]


class RemoteFount(Receiver):
    """What flows out of `remote` drains that connect to an endpoint."""

    def __init__(
        self,
        listen: Any,
        types: Types | None = None,
        *,
        secret: Secret | None = None,
        heartbeat: float = 15.0,
        timeout: float = 30.0,
        item_size: int = ITEM_SIZE,
        connections: int = 100,
        **options: Any,
    ) -> None:
        super().__init__(types or Types({}), **options)
        wire = Wire(secret=secret, heartbeat=heartbeat, timeout=timeout, item_size=item_size)
        self._door = Door(listen, wire, connections)
        self._door.admit, self._door.lost = self._admit, self._lost
        self._sessions: dict[str, Session] = {}
        self._task: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[None] | None = None
        self.told = self._on_told

    def __repr__(self) -> str:
        return self.name or repr(self._door)

    def listening(self) -> Outcome[int]:
        """Wait until it listens. Gives the number of its port, if it has one."""
        return self._door.listening()

    def on_flow(self) -> None:
        if self._task is None:
            self._door.wire.clock = self.clock
            self._task = drive(self._listen(), name=repr(self))
        super().on_flow()

    async def _listen(self) -> None:
        try:
            await self._door.open()
        except Exception as failure:  # noqa: BLE001 - of whatever endpoint it is
            self.end(failed(failure))

    def _admit(self, hello: Hello) -> tuple[Session, bool]:
        arriving = self.admit(hello.sender, hello.oldest)
        session = self._sessions.get(hello.sender)
        is_known = session is not None and session.arriving is arriving
        if session is None or not is_known:
            session = Session(hello.sender, self, arriving)
            self._sessions[hello.sender] = session
        return session, is_known

    def _lost(self, session: Session) -> None:
        assert session.arriving is not None
        self.detach(session.name, session.arriving)
        self._sessions = {name: each for name, each in self._sessions.items() if self.knows(name)}
        self._on_told()

    def _on_told(self) -> None:
        if self.is_idle and self._closing is None:
            self._closing = drive(self._close(), name=repr(self))

    async def _close(self) -> None:
        await asyncio.sleep(0)  # what is answered in this turn leaves, too
        await self._door.close()
