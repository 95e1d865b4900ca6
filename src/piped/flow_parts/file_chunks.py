"""How far a file was read, and how far all that was read of it is done with.

1. A chunk is done when all of its lines are: confirmed, dropped, or refused for good.
2. The position is the end of the last chunk before which all are done: after a crash lines may
   come again, and none is left out.
3. What was refused because the flow ends is not done with.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from piped.exceptions import FlowStopped
from piped.flow_parts.line_blocks import LineBlocks
from piped.flows.receipt import Answer, Receipt
from piped.providers.file_tail import Tail

if TYPE_CHECKING:
    from piped.flow_parts.line_blocks import Block
    from piped.flows.reason import Reason
    from piped.providers.file_positions import Position
    from piped.providers.file_settings import WatchSettings

__all__ = ["Chunk", "FlowingTail", "is_by_stop"]

_REFUSED = 2


class Chunk:
    """Some lines of a file, on their way."""

    def __init__(self, tail: FlowingTail, start: int, block: Block) -> None:
        self.tail = tail
        self.path = tail.position.path
        self.start = start
        self.end = start + block.size
        self.starts = block.starts
        self.count = len(block.lines)
        self.left = 1  # answers that are still to come
        self.refused: list[tuple[int | None, Answer]] = []  # lines, or the chunk

    def together(self) -> list[Receipt]:
        """One receipt for all lines."""
        return [Receipt(self.answered, self.count)] * self.count

    def each(self, told: Callable[[Chunk, int, Answer], object]) -> list[Receipt]:
        """A receipt for each line."""
        self.left = self.count
        return [Receipt(partial(told, self, number)) for number in range(self.count)]

    def answered(self, answer: Answer, number: int | None = None) -> None:
        """The last word about the chunk, or about a line."""
        if answer.badness == _REFUSED:
            self.refused.append((number, answer))
        self.left -= 1

    def said(self, number: int | None) -> str:
        """Where a line is, or where the chunk is."""
        if number is not None:
            return f"the line at {self.start + self.starts[number]} of {self.path}"
        return f"some of {self.count} lines at {self.start} to {self.end} of {self.path}"


class FlowingTail(Tail):
    """A file of which chunks are on their way."""

    def __init__(
        self, position: Position, settings: WatchSettings, now: float, size: int, *, exact: bool
    ) -> None:
        super().__init__(position, settings, now)
        self.chunk_size = size
        self._exact = exact
        self._blocks = LineBlocks(settings, exact=exact)
        self._end = position.position  # of the last chunk
        self._chunks: deque[Chunk] = deque()

    @property
    def is_under_way(self) -> bool:
        """Whether something was read that is not done with."""
        return bool(self._chunks) or self._end != self.position.position

    def block(self) -> Block:
        """What comes next. It waits for the disk."""
        data = self.read()
        if not data:  # it is shorter than it was a moment ago
            self.size = -1
        return self._blocks.feed(data)

    def block_at_once(self, buffer: bytearray) -> Block | None:
        """What comes next, if that is in memory."""
        data = self.read_at_once(buffer)
        return None if data is None else self._blocks.feed(data)

    def last(self) -> Block:
        """What is left at the end of a file that will not grow."""
        return self._blocks.end()

    def chunk(self, block: Block) -> Chunk | None:
        """Lines that are on their way from now on."""
        start, self._end = self._end, self._end + block.size
        if not block.lines:
            if not self._chunks:
                self.position.position = self._end
            return None
        chunk = Chunk(self, start, block)
        self._chunks.append(chunk)
        return chunk

    def done(self, stopped_by: Reason | None) -> list[Chunk]:
        """Move the position. Gives the chunks that are done with now."""
        done = []
        while self._chunks and self._chunks[0].left == 0:
            if any(is_by_stop(answer, stopped_by) for _, answer in self._chunks[0].refused):
                break
            done.append(self._chunks.popleft())
            self.position.position = done[-1].end
        if not self._chunks:
            self.position.position = self._end  # behind it is what was skipped
        return done

    def skip_to_end(self) -> None:
        super().skip_to_end()
        self._end = self.position.position

    def close(self) -> None:
        super().close()
        self._rewind(self._end)

    def _restart(self) -> None:
        super()._restart()
        self._chunks.clear()
        self._end = 0
        self._rewind(0)

    def _rewind(self, position: int) -> None:
        self._read = position
        self._blocks = LineBlocks(self._settings, exact=self._exact)


def is_by_stop(answer: Answer, stopped_by: Reason | None) -> bool:
    """Whether an item was refused because the flow ends, and not for what it is."""
    failure = answer.failure
    if answer.is_unfinished or isinstance(failure, FlowStopped | asyncio.CancelledError):
        return True
    return stopped_by is not None and failure is not None and failure is stopped_by.failure
