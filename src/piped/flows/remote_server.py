"""Where flows arrive that come from other processes: a fount, and a host of stages for others.

1. It listens while somebody takes what comes; a fount begins when it may flow for the first time.
2. It knows so many connections at once. One that does not introduce itself in time is ended.
3. It leaves when its flow has ended and all answers are on their way.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from twisted.internet.protocol import ServerFactory

from piped.clock import Clock, LoopClock
from piped.exceptions import Malformed, ResourceLost
from piped.flows.flow import Flow
from piped.flows.reason import STOPPED, Reason, failed
from piped.flows.remote_link import Link, Session, Wire
from piped.flows.remote_meeting import Serving
from piped.flows.remote_receiver import Receiver
from piped.flows.remote_sender import ITEM_SIZE, Sender
from piped.flows.remote_types import Types
from piped.flows.tube import tube as made_tube
from piped.interop import Outcome, drive, settled

if TYPE_CHECKING:
    from piped.flows.remote_messages import Hello
    from piped.secret import Secret

__all__ = ["Host", "RemoteFount"]

logger = logging.getLogger(__name__)


class _Door(ServerFactory):
    """Listens, and lets connections in."""

    noisy = False

    def __init__(self, endpoint: Any, wire: Wire, connections: int) -> None:
        self.ports: list[Any] = []
        self.wire = wire
        self.admit: Callable[[Hello], tuple[Session, bool]]
        self.lost: Callable[[Session], object]
        self._endpoint = endpoint
        self._most = connections
        self._links: set[Link] = set()
        self._is_closed = False
        self._waiting: list[Outcome[int]] = []

    def __repr__(self) -> str:
        return f"remote {self._endpoint}"

    def listening(self) -> Outcome[int]:
        """Wait until it listens. Gives the number of its port, if it has one."""
        outcome: Outcome[int] = Outcome()
        self._waiting.append(outcome)
        self._tell()
        return outcome

    async def open(self) -> None:
        endpoint = self._endpoint
        if isinstance(endpoint, str):
            from twisted.internet import reactor
            from twisted.internet.endpoints import serverFromString

            endpoint = serverFromString(reactor, endpoint)
        port = await settled(endpoint.listen(self))
        if self._is_closed:
            await settled(port.stopListening())
            return
        self.ports.append(port)
        logger.info("%r listens", self)
        self._tell()

    async def close(self) -> None:
        """Let nobody in any more, and end all connections when what was said has left."""
        self._is_closed = True
        ports, self.ports = self.ports, []
        closing = [port.stopListening() for port in ports]
        for each in list(self._links):
            each.close()
        for each in closing:
            await settled(each)

    def buildProtocol(self, addr: Any) -> Any:  # noqa: N802 - Twisted's name
        name = f"{self!r} from {getattr(addr, 'host', '')}:{getattr(addr, 'port', '')}".rstrip(":")
        if self._is_closed or len(self._links) >= self._most:
            logger.warning("%s is refused: there are too many connections", name)
            return None
        link = Serving(self.wire, name, self.admit, self.lost, self._links.discard)
        self._links.add(link)
        return link

    def _tell(self) -> None:
        if self.ports:
            number = getattr(self.ports[0].getHost(), "port", 0)
            waiting, self._waiting = self._waiting, []
            for each in waiting:
                each.callback(number)


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
        self._door = _Door(listen, wire, connections)
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


class Host:
    """Has a stage for each `through` that connects: items arrive, and results go back."""

    def __init__(
        self,
        listen: Any,
        tube: Any,
        types: Types | None = None,
        *,
        secret: Secret | None = None,
        heartbeat: float = 15.0,
        timeout: float = 30.0,
        item_size: int = ITEM_SIZE,
        connections: int = 100,
        linger: float = 300.0,
        clock: Clock | None = None,
    ) -> None:
        self._tube = tube if hasattr(tube, "make") else made_tube(tube)
        self._types = types or Types({})
        self._item_size = item_size
        self._linger = linger
        self._clock = clock or LoopClock()
        wire = Wire(secret=secret, heartbeat=heartbeat, timeout=timeout, item_size=item_size)
        wire.clock = self._clock
        self._most = connections
        self._door = _Door(listen, wire, connections)
        self._door.admit, self._door.lost = self._admit, self._lost
        self._sessions: dict[str, tuple[Session, Flow]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> int:
        """Listen. Gives the number of its port, if it has one."""
        await self._door.open()
        return await self._door.listening()

    async def stop(self, reason: Reason = STOPPED) -> None:
        """End all that flows here, and leave."""
        for _, flow in list(self._sessions.values()):
            flow.abort(reason)
        await self._door.close()
        for session, _ in list(self._sessions.values()):
            self._give_up(session, reason.as_failure())
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _admit(self, hello: Hello) -> tuple[Session, bool]:
        found = self._sessions.get(hello.sender)
        if found is not None:
            return found[0], True
        if len(self._sessions) >= self._most:
            raise Malformed("there are too many senders")
        receiver = Receiver(self._types, ends="together", linger=self._linger)
        sender = Sender(self._types, item_size=self._item_size)
        receiver.forgot = partial(sender.give_up, ResourceLost("the other side has not come back"))
        session = Session(hello.sender, receiver, sender=sender)
        flow = Flow(receiver, self._tube, sender, clock=self._clock)
        flow.start()
        session.arriving = receiver.admit(hello.sender, hello.oldest)
        self._sessions[hello.sender] = session, flow
        task = drive(self._wait(session, flow), name=repr(self._door))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return session, False

    def _lost(self, session: Session) -> None:
        assert session.receiver is not None
        assert session.arriving is not None
        assert session.sender is not None
        lost = ResourceLost("the connection is lost")
        session.sender.detach(lost)
        session.receiver.detach(session.name, session.arriving)

    async def _wait(self, session: Session, flow: Flow) -> None:
        try:
            await flow.wait()
        except Exception as failure:  # noqa: BLE001 - whatever ended it
            logger.warning("%r: a flow has failed: %s", self._door, failure)
        finally:
            self._sessions.pop(session.name, None)

    def _give_up(self, session: Session, failure: BaseException) -> None:
        if session.sender is not None:
            session.sender.give_up(failure)
