"""A host: stages for the flows of other processes, which go through them.

1. It has a stage of its own for each `through` that connects. Items arrive, results go back, and
   an item is confirmed when its results are.
2. Whoever was lost may come back for a while. Where there is no place for another one, it is
   forgotten.
3. It leaves when it is stopped: what is on its way comes to its end, and senders keep what is not
   answered by then, until there is a host again.
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING, Any

from piped.clock import Clock, LoopClock
from piped.exceptions import Malformed, ResourceLost
from piped.flows.elsewhere.door import Door
from piped.flows.elsewhere.link import Session, Wire
from piped.flows.elsewhere.messages import words_of
from piped.flows.elsewhere.receiver import Receiver
from piped.flows.elsewhere.sender import ITEM_SIZE, Sender
from piped.flows.elsewhere.types import Types
from piped.flows.flow import Flow
from piped.flows.reason import STOPPED, Reason
from piped.flows.seen import Seen, ended, seen, together
from piped.flows.tube import tube as made_tube
from piped.interop import drive

if TYPE_CHECKING:
    from piped.flows.elsewhere.messages import Hello
    from piped.flows.pause import Pause
    from piped.secret import Secret

__all__ = ["Host"]

logger = logging.getLogger(__name__)


class Host:
    """Has a stage for each `through` that connects."""

    def __init__(
        self,
        listen: Any,
        tube: Any,
        types: Types | None = None,
        *,
        name: str = "",
        secret: Secret | None = None,
        heartbeat: float = 15.0,
        timeout: float = 30.0,
        item_size: int = ITEM_SIZE,
        connections: int = 100,
        clock: Clock | None = None,
        **limits: Any,
    ) -> None:
        self._tube = tube if hasattr(tube, "make") else made_tube(tube)
        self._types = types or Types({})
        self._item_size = item_size
        self._limits = limits
        self._clock = clock or LoopClock()
        wire = Wire(secret=secret, heartbeat=heartbeat, timeout=timeout, item_size=item_size)
        wire.clock = self._clock
        self._most = connections
        self._door = Door(listen, wire, connections, name)
        self._door.admit, self._door.lost = self._admit, self._lost
        self._sessions: dict[str, _Hosted] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._pauses: list[Pause] | None = None  # while nothing is taken
        self._left: Reason | None = None  # why it leaves
        self._before: list[Seen] = []  # what has passed in flows that have ended

    @property
    def senders(self) -> int:
        """How many flows go through here."""
        return len(self._sessions)

    def seen(self) -> list[Seen]:
        """What there is to see of all of them together."""
        return together([self._before, *[seen(each.flow) for each in self._sessions.values()]])

    async def start(self) -> int:
        """Listen. Gives the number of its port, if it has one."""
        await self._door.open()
        return await self._door.listening()

    async def stop(self, reason: Reason = STOPPED, *, within: float = 30.0) -> None:
        """Leave, when what is on its way has come to its end, or after so many seconds."""
        self._left = reason
        await self._door.shut()
        for each in list(self._sessions.values()):
            each.retire(reason)
        wakeup = self._clock.call_later(within, self._abort, reason)
        if self._tasks:
            await asyncio.wait(self._tasks)
        wakeup.cancel()
        await asyncio.sleep(0)  # what is answered in this turn leaves, too
        await self._door.close()

    def hold_back(self) -> None:
        """Take nothing more from anybody, until `go_on`."""
        if self._pauses is None:
            self._pauses = [each.receiver.pause() for each in self._sessions.values()]

    def go_on(self) -> None:
        """Take what comes again."""
        pauses, self._pauses = self._pauses, None
        for each in pauses or ():
            each.resume()

    def _admit(self, hello: Hello) -> tuple[Session, bool]:
        found = self._sessions.get(hello.sender)
        if found is not None:
            return found.session, True
        if len(self._sessions) >= self._most and not self._forget_one():
            raise Malformed("there are too many senders")
        hosted = self._sessions[hello.sender] = self._hosted(hello)
        task = drive(self._wait(hosted), name=repr(self._door))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return hosted.session, False

    def _hosted(self, hello: Hello) -> _Hosted:
        receiver = Receiver(self._types, ends="together", **self._limits)
        sender = Sender(self._types, item_size=self._item_size)
        receiver.name = sender.name = "remote"
        receiver.forgot = partial(sender.give_up, ResourceLost("the other side has not come back"))
        if self._pauses is not None:
            self._pauses.append(receiver.pause())
        flow = Flow(receiver, self._tube, sender, name=repr(self._door), clock=self._clock)
        flow.start()
        arriving = receiver.admit(hello.sender, hello.oldest)
        return _Hosted(Session(hello.sender, receiver, arriving, sender), receiver, sender, flow)

    def _lost(self, session: Session) -> None:
        assert session.receiver is not None
        assert session.arriving is not None
        assert session.sender is not None
        session.sender.detach(ResourceLost("the connection is lost"))
        session.receiver.detach(session.name, session.arriving)
        hosted = self._sessions.get(session.name)
        if self._left is not None and hosted is not None:  # there is nowhere to come back to
            hosted.flow.abort(self._left)

    def _forget_one(self) -> bool:
        for name, each in self._sessions.items():
            if each.session.link is None:
                del self._sessions[name]
                each.receiver.forget(name)
                return True
        return False

    def _abort(self, reason: Reason) -> None:
        for each in list(self._sessions.values()):
            each.flow.abort(reason)

    async def _wait(self, hosted: _Hosted) -> None:
        try:
            await hosted.flow.wait()
        except Exception as failure:  # noqa: BLE001 - whatever ended it
            logger.warning("%r: a flow has failed: %s", self._door, words_of(failure))
        finally:
            self._before = together([self._before, ended(seen(hosted.flow))])
            if self._sessions.get(hosted.session.name) is hosted:
                del self._sessions[hosted.session.name]


class _Hosted:
    """One flow that goes through a host."""

    def __init__(self, session: Session, receiver: Receiver, sender: Sender, flow: Flow) -> None:
        self.session = session
        self.receiver = receiver
        self.sender = sender
        self.flow = flow

    def retire(self, reason: Reason) -> None:
        """Come to an end of which the other side hears nothing."""
        self.sender.retire()
        self.receiver.retire(reason)
        if self.session.link is None:
            self.flow.abort(reason)
