"""What comes into the process by itself: lines of the standard input, and of other programs."""

from __future__ import annotations

import asyncio
import logging
import shlex
import signal
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from piped.exceptions import ConfigurationError, FlowError
from piped.flow_part import FountPart
from piped.flow_parts.line_blocks import Block, LineBlocks, LinesPart
from piped.flows.batch import Batch
from piped.flows.coming import ComingBatches
from piped.interop import drive
from piped.options import Duration, Secret
from piped.providers.lines import LineSettings
from piped.providers.process_settings import ProcessSettings

if TYPE_CHECKING:
    from piped.clock import Clock
    from piped.environment import RuntimeEnvironment

__all__ = ["ProcessFount", "StdinFount"]

logger = logging.getLogger(__name__)

_CHUNK = 256 * 1024


class StdinFount(LinesPart, FountPart):
    """The lines of the standard input. It ends when that does."""

    name = "stdin"
    alone = ("the standard input",)

    def __init__(self, **lines: Any) -> None:
        from piped.providers.stdin_service import StandardInput

        super().__init__(**lines)
        self.settings()  # notices what is wrong
        self._input = StandardInput()

    def make(self) -> ComingBatches:
        made = ComingBatches(self._batches)
        made.name, made.output = self.name, self.output
        return made

    async def _batches(self) -> AsyncGenerator[Batch, None]:
        blocks = LineBlocks(self.settings(LineSettings))
        data = b" "
        while data:
            data = await self._input.read(_CHUNK)
            for batch in _batches_of(blocks.feed(data) if data else blocks.end(), self.name):
                yield batch


class ProcessFount(LinesPart, FountPart):
    """The lines that another program writes. It ends when the program does, and with its failure.

    What the program complains of is logged. While nothing may flow, it is held up by its full pipe.
    """

    name = "process"

    def __init__(
        self,
        command: str | list[str],
        *,
        folder: Path | None = None,
        environment: dict[str, str | Secret] | None = None,
        stop_time: Duration = 10.0,
        **lines: Any,
    ) -> None:
        """
        command: the program and its arguments, as a list, or as a shell would split them
        folder: the folder in which it runs
        environment: variables for it, beside those of this process
        stop_time: how long it has after SIGTERM, until it is ended by SIGKILL
        """
        super().__init__(**lines)
        given = shlex.split(command) if isinstance(command, str) else command
        if not given:
            raise ConfigurationError("`command` names a program")
        self.settings()  # notices what is wrong
        try:
            self._program = ProcessSettings(
                executable=given[0],
                args=given[1:],
                path=folder,
                environment=environment or {},
                stdin=False,
                stop_time=stop_time,
            )
        except ValueError as error:
            raise ConfigurationError(str(error)) from error

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        self._clock: Clock = runtime_environment.clock

    def make(self) -> ComingBatches:
        made = ComingBatches(self._batches)
        made.name, made.output = self._program.executable, self.output
        return made

    async def _batches(self) -> AsyncGenerator[Batch, None]:
        from piped.providers.process_service import spawned

        name = self._program.executable
        child = await spawned(self._program)
        assert child.stdout is not None, "both are pipes"
        assert child.stderr is not None, "both are pipes"
        complaints = drive(_log(child.stderr, name))
        blocks = LineBlocks(self.settings(LineSettings))
        try:
            data = b" "
            while data:
                data = await child.stdout.read(_CHUNK)
                for batch in _batches_of(blocks.feed(data) if data else blocks.end(), name):
                    yield batch
            code = await child.exited()
            if code:
                raise FlowError(f"{name} has exited with {code}")
        finally:
            await self._end(child)
            complaints.cancel()

    async def _end(self, child: Any) -> None:
        """Leave neither a process nor a pipe behind."""
        if child.returncode is None:
            child.signal(signal.SIGTERM)
            wakeup = self._clock.call_later(self._program.stop_time, child.signal, signal.SIGKILL)
            try:
                await asyncio.shield(child.exited())
            finally:
                wakeup.cancel()
        child.close()


async def _log(reader: asyncio.StreamReader, name: str) -> None:
    """Log what a program complains of, so that it never waits for that."""
    blocks = LineBlocks(LineSettings())
    data = b" "
    while data:
        data = await reader.read(_CHUNK)
        for line in (blocks.feed(data) if data else blocks.end()).lines:
            logger.info("%s: %s", name, line)


def _batches_of(block: Block, name: str) -> list[Batch]:
    for size in block.skipped:
        logger.warning("%s: a line of %d bytes was skipped", name, size)
    return [Batch(block.lines)] if block.lines else []
