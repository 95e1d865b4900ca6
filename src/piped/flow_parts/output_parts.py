"""Where lines go: files, the standard output, the log."""

from __future__ import annotations

import asyncio
import logging
import os
import select
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from piped.exceptions import ConfigurationError, FlowError, UnfitBaton
from piped.flow_part import DrainPart
from piped.flow_parts.storage import Load, NotNow, Storage
from piped.flows.storing import Taking
from piped.flows.working import Failing
from piped.interop.own_thread import in_own_thread
from piped.options import Between, Size

if TYPE_CHECKING:
    from piped.flow_parts.growing_file import GrowingFile
    from piped.flows.reason import Reason

__all__ = ["AppendDrain", "LogDrain", "StdoutDrain"]

_MOST = 10_000  # items that are written at once


class AppendDrain(DrainPart):
    """Append each item to a file: a text as a line, bytes as they are.

    Items are confirmed when they are written, or, with `durable`, when they would survive the
    machine's end. While the file cannot be written, or its folder is not there, they wait.
    """

    name = "append"
    input = str | bytes

    def __init__(
        self,
        path: Path,
        *,
        durable: bool = False,
        max_size: Annotated[Size, Between(1)] | None = None,
        keep: Annotated[int, Between(1)] = 5,
        encoding: str = "utf-8",
        failing: Failing = "refuse",
    ) -> None:
        """
        path: the file
        durable: whether items are flushed to the disk before they are confirmed
        max_size: how large the file may get, about, until it becomes `path.1`, and that `path.2`
        keep: how many of those are kept
        encoding: the encoding of lines
        failing: an item that is no line is refused to its originator, or with `stop` ends the flow
        """
        try:
            "\n".encode(encoding)
        except LookupError:
            raise ConfigurationError(f"there is no encoding {encoding!r} for text") from None
        self._path = path.expanduser()
        self._how = {"durable": durable, "max_size": max_size, "keep": keep}
        self._encoding = encoding
        self._failing = failing

    def make(self) -> Storage:
        from piped.flow_parts.growing_file import GrowingFile

        made = _Appending(GrowingFile(self._path, **self._how), self._encoding, self._failing)  # type: ignore[arg-type]  # they are its options
        made.name = f"append to {self._path}"
        return made


class _Writing(Storage):
    """Writes the items of a load together."""

    def __init__(self, encoding: str, failing: Failing) -> None:
        super().__init__(_MOST, failing=failing)
        self._encoding = encoding

    def bytes_of(self, item: Any) -> bytes:
        """What is written for an item."""
        if isinstance(item, str):
            return (item + "\n").encode(self._encoding)
        if isinstance(item, bytes):
            return item
        hint = "Make it one: `through: {pipeline: …}`, or a tube that encodes it."
        raise UnfitBaton(f"{item!r:.60} is no line of text, and no bytes", hint=hint)

    def write(self, data: bytes) -> None:
        """Write it all. It waits for the disk, or for whoever reads."""
        raise NotImplementedError

    async def store(self, load: Load) -> None:
        data = self._joined(load)
        if data:
            await self.persist(lambda: self._attempt(data))
        load.confirm()

    async def _attempt(self, data: bytes) -> None:
        try:
            await asyncio.to_thread(self.write, data)
        except OSError as error:
            raise NotNow(str(error)) from error

    def _joined(self, load: Load) -> bytes:
        """All lines. What is none is refused."""
        items = load.items
        if set(map(type, items)) == {str}:
            try:
                return ("\n".join(items) + "\n").encode(self._encoding)
            except UnicodeEncodeError:
                pass
        found = []
        for number, item in enumerate(items):
            try:
                found.append(self.bytes_of(item))
            except (UnfitBaton, UnicodeEncodeError) as failure:
                self.refuse(load, failure, [number])
        return b"".join(found)


class _Appending(_Writing):
    """Writes into a file."""

    def __init__(self, file: GrowingFile, encoding: str, failing: Failing) -> None:
        super().__init__(encoding, failing)
        self._file = file

    def write(self, data: bytes) -> None:
        self._file.append(data)

    def flow_ended(self, reason: Reason) -> None:
        super().flow_ended(reason)
        self._close()

    def ended(self) -> None:
        super().ended()
        self._close()

    def _close(self) -> None:
        if self.is_done:
            self._file.close()


class StdoutDrain(DrainPart):
    """Write each item to the standard output, as a line; bytes as they are.

    When nobody reads it any more, as behind `| head`, or it cannot be written, the flow fails.
    """

    name = "stdout"

    def make(self) -> Storage:
        made = _Printing("utf-8", "refuse")
        made.name = self.name
        return made


class _Printing(_Writing):
    """Writes to whoever reads our output; when it cannot be written any more, the flow ends."""

    def bytes_of(self, item: Any) -> bytes:
        return item if isinstance(item, bytes) else f"{item}\n".encode(errors="backslashreplace")

    async def _attempt(self, data: bytes) -> None:
        try:
            await in_own_thread(self.write, data)
        except BrokenPipeError:
            self._failing = "stop"
            raise FlowError("nobody reads the standard output any more") from None
        except OSError as error:
            self._failing = "stop"
            raise FlowError(f"the standard output cannot be written: {error.strerror}") from error

    def write(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[os.write(1, rest) :]
            except BlockingIOError:  # somebody who has it, too, does not want to wait
                select.select([], [1], [])


class LogDrain(DrainPart):
    """Log each item."""

    name = "log"

    def __init__(
        self,
        level: Literal["debug", "info", "warning", "error", "critical"] = "info",
        *,
        logger: str = "piped.flows",
    ) -> None:
        """
        level: how much it matters
        logger: the name of the logger
        """
        self._level = logging.getLevelNamesMapping()[level.upper()]
        self._logger = logger

    def make(self) -> Taking:
        log, level = logging.getLogger(self._logger).log, self._level
        made = Taking(lambda item: log(level, "%s", item), "refuse")
        made.name = self.name
        return made
