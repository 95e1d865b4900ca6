"""One program: run, read, written to, run again, and ended.

1. It runs in a session of its own, so that what is pressed at our terminal is not for it, and that
   what it has started ends with it.
2. Of each output, a line is read when the one before it is done with: a program that writes faster
   than its processor works is held up by its full pipe.
3. It has ended when it has exited and its outputs have ended: no line is lost.
4. Run again, it waits longer each time, until it has run for longer than the longest wait.
5. To be ended, it gets SIGTERM, and SIGKILL when its time is over.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from twisted.application.service import Service

from piped.backoff import Backoff
from piped.exceptions import ResourceLost
from piped.interop import drive, outcome_of
from piped.providers.feeding import Feeding
from piped.providers.process_settings import OutputSettings

if TYPE_CHECKING:
    from piped.clock import Clock
    from piped.dependencies import ResourceDependency
    from piped.providers.lines import Lines, Piece
    from piped.providers.process_settings import ProcessSettings
    from piped.resource import Offer

__all__ = ["Child", "Process", "ProcessInput", "spawned"]

logger = logging.getLogger(__name__)

_CHUNK = 64 * 1024
_LEVELS = {"stdout": logging.DEBUG, "stderr": logging.INFO}


class Process(Service):
    """Runs a program while it runs itself, between `spawn_process` and `stop_process`."""

    offer: Offer
    stdin_offer: Offer | None = None

    def __init__(self, name: str, settings: ProcessSettings, clock: Clock) -> None:
        self.setName(f"process.{name}")
        self.name: str = f"process.{name}"
        self._settings = settings
        self._clock = clock
        self._backoff = Backoff(settings.restart_wait, settings.max_restart_wait)
        self._feedings: dict[str, Feeding] = {}
        self._child: Child | None = None
        self._loop: asyncio.Task[None] | None = None
        self._is_stopping = False

    def feed(self, stream: str, processor: ResourceDependency) -> None:
        """Hand the lines of that output to a processor."""
        self._feedings[stream] = Feeding(f"{self.name}.{stream}", processor, self._clock)

    @property
    def pid(self) -> int | None:
        """The number of the process, while it runs."""
        child = self._child
        return child.pid if child is not None and child.returncode is None else None

    def startService(self) -> None:
        super().startService()
        if self._settings.spawn:
            self.spawn_process()

    def stopService(self) -> Any:
        super().stopService()
        return self.stop_process()

    def spawn_process(self) -> None:
        """Run the program, if it does not run."""
        if self._loop is None:
            self._is_stopping = False
            self._loop = drive(self._stay(), name=self.name)

    def stop_process(self) -> Any:
        """End the program. What is returned can be awaited."""
        return outcome_of(self._stop())

    async def _stay(self) -> None:
        try:
            while True:
                began = self._clock.monotonic()
                await self._run()
                if not self._settings.restart or self._is_stopping:
                    return
                if self._clock.monotonic() - began > self._settings.max_restart_wait:
                    self._backoff.reset()
                delay = self._backoff.next()
                logger.info("%s is run again in %.1f s", self.name, delay)
                await self._clock.sleep(delay)
        finally:
            self._loop = None

    async def _run(self) -> None:
        try:
            child = await spawned(self._settings)
        except OSError as error:
            logger.error("%s cannot be run: %s", self.name, error)  # noqa: TRY400 - it says all
            return
        self._child = child
        reading = [self._begin(name) for name in ("stdout", "stderr") if getattr(child, name)]
        try:
            logger.info("%s runs, as process %d", self.name, child.pid)
            self._offer(child)
            code = await child.exited()
            self._lose(_told(code))
            level = logging.INFO if code == 0 or self._is_stopping else logging.WARNING
            logger.log(level, "%s %s", self.name, _told(code))
            await asyncio.wait(reading)
        finally:
            for task in reading:
                task.cancel()
            await self._clean(child)

    def _offer(self, child: Child) -> None:
        self.offer.ready(self)
        if self.stdin_offer is not None and child.stdin is not None:
            self.stdin_offer.ready(ProcessInput(self.name, self._settings.stdout, child.stdin))

    def _lose(self, reason: str) -> None:
        for offer in (self.stdin_offer, self.offer):
            if offer is not None:
                offer.lost(f"{self.name} {reason}")

    async def _clean(self, child: Child) -> None:
        """Leave nothing behind, neither a process nor a pipe."""
        self._child = None
        if child.returncode is None:  # we are cancelled
            child.signal(signal.SIGKILL)
            self._lose("is ended")
            await child.exited()
        child.close()

    def _begin(self, stream: str) -> asyncio.Task[None]:
        assert self._child is not None, "there is something to read from"
        given = getattr(self._settings, stream)
        settings = given if isinstance(given, OutputSettings) else self._settings.stdout
        reader = getattr(self._child, stream)
        feeding = self._feedings.get(stream)
        if feeding is None:
            return drive(self._log(reader, settings, stream), name=f"{self.name}.{stream}")
        return feeding.begin(self._feed(reader, settings, feeding))

    async def _feed(
        self, reader: asyncio.StreamReader, settings: OutputSettings, feeding: Feeding
    ) -> None:
        async for piece in _pieces(reader, settings.lines()):
            if piece.data is None:
                logger.warning("%s: a line of %d bytes was skipped", feeding.name, piece.size)
            else:
                await feeding.hand(settings.baton(piece))

    async def _log(
        self, reader: asyncio.StreamReader, settings: OutputSettings, stream: str
    ) -> None:
        async for piece in _pieces(reader, settings.lines()):
            if piece.data is not None:
                line = settings.baton(piece)["line"]
                logger.log(_LEVELS[stream], "%s.%s: %s", self.name, stream, line)

    async def _stop(self) -> None:
        loop = self._loop
        if loop is None:
            return
        self._is_stopping = True
        if self._child is None:  # it is not there yet, or waits to be run again
            loop.cancel()
        else:
            self._child.signal(signal.SIGTERM)
        wakeup = self._clock.call_later(self._settings.stop_time, self._kill)
        try:
            await asyncio.wait([loop])
        finally:
            wakeup.cancel()

    def _kill(self) -> None:
        if self._child is not None:
            logger.warning("%s did not end in time, and is killed", self.name)
            self._child.signal(signal.SIGKILL)
        for feeding in self._feedings.values():
            feeding.abort()


class _Watching(asyncio.subprocess.SubprocessStreamProtocol):
    """Knows when the program exits: `wait` may tell it only when all its pipes are closed, too."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(limit=_CHUNK, loop=loop)
        self.exit = asyncio.Event()

    def process_exited(self) -> None:
        self.exit.set()
        super().process_exited()


class Child:
    """A program that was started."""

    def __init__(self, transport: asyncio.SubprocessTransport, protocol: _Watching) -> None:
        self.pid = transport.get_pid()
        self.stdin, self.stdout, self.stderr = protocol.stdin, protocol.stdout, protocol.stderr
        self._transport = transport
        self._protocol = protocol

    @property
    def returncode(self) -> int | None:
        return self._transport.get_returncode()

    async def exited(self) -> int:
        """Its code, when it has exited. What it has written may still have to be read."""
        await self._protocol.exit.wait()
        code = self.returncode
        assert code is not None, "it has one when it has exited"
        return code

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the program, and to whatever it has started."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def close(self) -> None:
        """Close all pipes."""
        self._transport.close()


async def spawned(settings: ProcessSettings) -> Child:
    """Run a program. Raises an OSError where that cannot be."""
    loop, pipe = asyncio.get_running_loop(), asyncio.subprocess.PIPE
    transport, protocol = await loop.subprocess_exec(
        lambda: _Watching(loop),
        settings.program or settings.executable,
        *settings.args,
        cwd=settings.folder,
        env=settings.variables(),
        stdin=pipe if settings.stdin else asyncio.subprocess.DEVNULL,
        stdout=pipe,
        stderr=asyncio.subprocess.STDOUT if settings.stderr == "stdout" else pipe,
        start_new_session=True,
    )
    return Child(transport, protocol)


class ProcessInput:
    """The input of a program that runs."""

    def __init__(self, name: str, settings: OutputSettings, writer: asyncio.StreamWriter) -> None:
        self._name = name
        self._encoding = settings.encoding or "utf-8"
        self._delimiter = settings.delimiter
        self._writer = writer

    async def write(self, data: str | bytes) -> None:
        """Write it, and wait until there is room for more. Raises `ResourceLost`."""
        try:
            self._writer.write(data.encode(self._encoding) if isinstance(data, str) else data)
            await self._writer.drain()
        except (OSError, RuntimeError) as error:
            raise ResourceLost(f"{self._name} cannot be written to: {error}") from error

    async def write_line(self, line: str | bytes) -> None:
        """Write it, and the delimiter."""
        end = self._delimiter if isinstance(line, str) else self._delimiter.encode(self._encoding)
        await self.write(line + end)  # type: ignore[operator]  # both are the one or the other

    def close(self) -> None:
        """Tell the program that nothing more comes."""
        self._writer.close()

    async def __call__(self, baton: Any) -> None:
        """Write the line of a baton, or close for null: it may be named as a processor."""
        if baton["line"] is None:
            self.close()
        else:
            await self.write_line(baton["line"])


async def _pieces(reader: asyncio.StreamReader, lines: Lines) -> AsyncIterator[Piece]:
    """The lines of an output, read one after the other."""
    ended = False
    while not ended:
        data = await reader.read(_CHUNK)
        ended = not data
        for piece in lines.end() if ended else lines.feed(data):
            yield piece


def _told(code: int) -> str:
    if code >= 0:
        return f"has exited with {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"
