"""Twisted's reactor as a guest on asyncio's loop.

`Reactor` is Twisted's own with two faults mended, and may be run like any other. `GuestReactor`
never runs the loop and never stops it: both are the business of whoever owns it.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import Any, NoReturn

from twisted.internet.asyncioreactor import AsyncioSelectorReactor
from twisted.internet.base import ReactorBase
from twisted.internet.error import ReactorAlreadyRunning, ReactorNotRunning

__all__ = ["GuestReactor", "Reactor"]

# How often a child is asked where the kernel cannot tell us.
_PATIENCE = 0.05


class Reactor(AsyncioSelectorReactor):
    """Twisted's reactor on `loop`, quick to iterate, that hears of the end of its children."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        super().__init__(loop)

    def installWaker(self) -> None:  # noqa: N802 - Twisted's name
        """Need none: calls from threads wake the loop. So the reactor can be made anywhere."""

    def iterate(self, delay: float = 0) -> None:
        """Let what is ready run. Twisted's own would wait ten milliseconds on top."""
        if delay:
            self.loop.call_later(delay, self.loop.stop)
        else:
            self.loop.call_soon(self.loop.stop)
        self.loop.run_forever()

    def spawnProcess(self, *args: Any, **options: Any) -> Any:  # noqa: N802 - Twisted's name
        """Start a process. That it has ended is learned without SIGCHLD, which the loop may own."""
        child = super().spawnProcess(*args, **options)
        if child.pid is not None:
            watch(self.loop, child)
        return child


def watch(loop: asyncio.AbstractEventLoop, child: Any) -> None:
    """Reap `child`, a process of Twisted's, when it has ended."""
    try:
        descriptor = os.pidfd_open(child.pid)
    except (AttributeError, OSError):  # not Linux, an old one, or one that forbids it
        _ask(loop, child)
    else:
        loop.add_reader(descriptor, _ended, loop, child, descriptor)


def _ended(loop: asyncio.AbstractEventLoop, child: Any, descriptor: int) -> None:
    loop.remove_reader(descriptor)
    os.close(descriptor)
    _reap(child)


def _ask(loop: asyncio.AbstractEventLoop, child: Any) -> None:
    _reap(child)
    if child.pid is not None:
        loop.call_later(_PATIENCE, _ask, loop, child)


def _reap(child: Any) -> None:
    # It may have been found when its last pipe was closed.
    if child.pid is not None:
        child.reapProcess()


class GuestReactor(Reactor):
    """A reactor on a loop that others run. Whoever stops it asks the whole process to stop."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, on_stop: Callable[[], object] | None = None
    ) -> None:
        super().__init__(loop)
        self._on_stop = on_stop or loop.stop
        self._stopping = False
        self._ended: asyncio.Future[None] | None = None

    def start(self) -> None:
        """Run from now on, or as soon as the loop does."""
        if _running_loop() is self.loop:
            self._begin()
        else:
            self.loop.call_soon_threadsafe(self._begin)

    def _begin(self) -> None:
        if not self.running and not self._stopping:
            self.startRunning(installSignalHandlers=False)

    def run(self, *_: object, **__: object) -> NoReturn:
        """Refuse."""
        raise ReactorAlreadyRunning("the event loop runs the reactor: nobody calls reactor.run()")

    def stop(self) -> None:
        """Ask the process to stop. The reactor goes on until that has come to `shut_down`."""
        if not self.running or self._stopping:
            raise ReactorNotRunning("Can't stop reactor that isn't running.")
        self._stopping = True
        self._on_stop()

    def crash(self) -> None:
        """Stop without the shutdown triggers; but the loop is not ours to stop."""
        ReactorBase.crash(self)
        if not self._stopping:
            self._stopping = True
            self._on_stop()

    async def shut_down(self) -> None:
        """Fire Twisted's shutdown triggers, and wait for all that they wait for."""
        self._stopping = True
        if self.running and self._ended is None:
            self._ended = self.loop.create_future()
            self.addSystemEventTrigger("after", "shutdown", self._ended.set_result, None)
            self.fireSystemEvent("shutdown")
        if self._ended is not None:
            await asyncio.shield(self._ended)


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
