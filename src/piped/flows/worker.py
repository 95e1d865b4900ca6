"""A child process that works on items, and what is under way there."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from piped.exceptions import ChildLost
from piped.flows.channel import Channel
from piped.flows.drain import Drain
from piped.flows.fount import Fount
from piped.flows.reason import failed
from piped.interop import drive

if TYPE_CHECKING:
    from piped.flows.batch import Batch
    from piped.flows.reason import Reason

__all__ = ["Owner", "Worker"]


class Owner:
    """What a worker tells whoever has it."""

    def made(self, batch: Batch) -> None:
        """Something came back."""
        raise NotImplementedError

    def has_room(self) -> None:
        """More can be sent."""
        raise NotImplementedError

    def has_ended(self) -> None:
        """All that one of them makes has come."""
        raise NotImplementedError

    def is_gone(self, worker: Worker, failure: ChildLost | None) -> None:
        """Its process has ended; without a failure if it was done."""
        raise NotImplementedError

    def stop(self, reason: Reason) -> None:
        """It wants no more, and nor will its like."""
        raise NotImplementedError


class _ToChild(Fount):
    def __init__(self, owner: Owner) -> None:
        super().__init__()
        self._owner = owner

    def on_flow(self) -> None:
        self._owner.has_room()

    def on_stop(self, reason: Reason) -> None:
        self._owner.stop(reason)


class _FromChild(Drain):
    def __init__(self, owner: Owner) -> None:
        super().__init__()
        self._owner = owner

    def receive(self, batch: Batch) -> None:
        self._owner.made(batch)

    def flow_ended(self, reason: Reason) -> None:
        super().flow_ended(reason)
        self._owner.has_ended()


class Worker:
    """One child process, from its start to its end."""

    def __init__(self, owner: Owner, target: str, ahead: int) -> None:
        self._owner = owner
        self._target = target
        self._ahead = ahead
        self._channel = Channel(self._lost)
        self._process: subprocess.Popen[bytes] | None = None
        self._to_child = _ToChild(owner)
        self.from_child = self._channel.receiver
        self.is_ending = False
        self.is_over = False  # and its process is gone
        self._task: asyncio.Task[Any] = drive(self._start(), name=f"{owner!r}: {target}")

    @property
    def credit(self) -> int:
        """How many items it has room for."""
        return 0 if self.is_ending or self.is_over else self._channel.sender.credit

    @property
    def has_ended(self) -> bool:
        """Whether all that it makes has come, and was taken."""
        return self.from_child.is_over

    def send(self, batch: Batch) -> None:
        self._to_child.emit(batch)

    def end(self, reason: Reason) -> None:
        """Have it come to its end, with all that it has."""
        if not self.is_ending:
            self.is_ending = True
            self._to_child.end(reason)

    def kill(self) -> None:
        """Have it end at once."""
        if self._process is not None:
            self._process.kill()

    async def _start(self) -> None:
        try:
            ours = self._spawn()
        except OSError as failure:
            self._is_gone(ChildLost(f"no process for {self._target}: {failure}"))
            return
        self.from_child.flow_to(_FromChild(self._owner))
        self._to_child.flow_to(self._channel.sender)
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: self._channel, sock=ours)

    def _spawn(self) -> socket.socket:
        """Start the process. Returns our end of what joins us."""
        ours, theirs = socket.socketpair()
        with theirs:
            descriptor = theirs.fileno()
            arguments = [str(descriptor), str(self._ahead), self._target]
            self._process = subprocess.Popen(  # noqa: S603 - no shell, and our own arguments
                [sys.executable, "-m", "piped.flows.child", *arguments],
                pass_fds=[descriptor],
                stdin=subprocess.DEVNULL,
                env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                start_new_session=True,  # what ends us from the terminal is ours to hand on
            )
        return ours

    def _lost(self, failure: Exception | None) -> None:
        del failure  # its exit code says more
        self._task = drive(self._leave(), name=f"{self._owner!r}: {self._target}")

    async def _leave(self) -> None:
        assert self._process is not None
        code = await asyncio.to_thread(self._process.wait)
        said_all = self.from_child.reason is not None
        is_done = self.is_ending and said_all and not self._channel.sender.waiting
        self._is_gone(None if is_done else ChildLost(f"a process of {self._target} ended: {code}"))

    def _is_gone(self, failure: ChildLost | None) -> None:
        self.is_over = True
        self._owner.is_gone(self, failure)  # it knows what it sent
        self.from_child.end(failed(failure or ChildLost("it was done")))
