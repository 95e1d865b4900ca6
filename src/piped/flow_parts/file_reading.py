"""Reads files for a flow."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from piped.backoff import Backoff
from piped.exceptions import FlowError
from piped.flow_parts.file_chunks import Chunk, FlowingTail, is_by_stop
from piped.flows.batch import Batch
from piped.flows.coming import Coming
from piped.flows.reason import END, Reason
from piped.flows.receipt import Answer, Receipt
from piped.providers.file_watch import Watch, in_thread

if TYPE_CHECKING:
    from piped.clock import Clock
    from piped.flow_parts.line_blocks import Block
    from piped.providers.file_positions import Position
    from piped.providers.file_settings import WatchSettings

__all__ = ["FileReading", "How"]

logger = logging.getLogger(__name__)

_MOST_AT_ONCE = 64  # chunks of one file, before it is the turn of another
_LONGEST_WAIT = 60.0
_states: set[Path] = set()  # those that are in use: two who write the same would lose lines


@dataclass(frozen=True, kw_only=True)
class How:
    """How files are read; the fount `files` says what each of it is."""

    watched: WatchSettings
    follow: bool
    has_places: bool
    by_line: bool
    retry: float | None
    max_retries: int | None
    chunk: int


class FileReading(Coming):
    """A fount of lines. What it has read is counted when it is confirmed."""

    def __init__(self, how: How, clock: Clock) -> None:
        super().__init__()
        self.how = how
        self.clock = clock
        self.to_retry = 0
        self._watch = _Watch(self)
        self._state: Path | None = None
        self._is_read = False

    async def leave(self) -> None:
        """Keep how far it has come, now that all is answered."""
        if self._is_read:
            self._is_read = False
            await self._watch.save()
            self._watch.close()
        if self._state is not None:
            _states.discard(self._state)
            self._state = None  # from now on it may be another one's

    async def run(self) -> Reason:
        self._take_state()
        self._watch.load()
        self._is_read = True
        while True:
            try:
                has_more = await self._watch.round()
            except OSError as error:
                logger.error("%r: %s", self, error)  # noqa: TRY400 - it says all
                has_more = False
            if has_more:
                continue
            if not self.how.follow and not self.to_retry:
                if not self._watch.tails:
                    logger.warning("%r: there is no file %s", self, self.how.watched.path)
                return END
            await self.clock.sleep(self.how.watched.interval)

    def _take_state(self) -> None:
        state = self.how.watched.state
        if state is not None:
            state = state.expanduser().resolve()
            if state in _states:
                raise FlowError(f"the state {state} is that of another fount `files`")
            _states.add(state)
            self._state = state

    async def read(self, tail: FlowingTail, block: Block) -> None:
        """Let the lines of a block flow, and wait until there is room for more."""
        for size in block.skipped:
            logger.warning("%r: a line of %d bytes of %s was skipped", self, size, tail.path)
        chunk = tail.chunk(block)
        if chunk is None:
            return
        items = block.lines
        if self.how.has_places:
            items = [
                {"line": line, "path": chunk.path, "position": chunk.start + at}
                for line, at in zip(items, chunk.starts, strict=True)
            ]
        if not self.how.by_line:
            await self.take(Batch(items, chunk.together()))
        elif self.how.retry is None:
            receipts = chunk.each(lambda chunk, number, answer: chunk.answered(answer, number))
            await self.take(Batch(items, receipts))
        else:
            retrying = _Retrying(self, items, self.how.retry)
            await self.take(Batch(items, chunk.each(retrying.told)))

    def tell(self, chunk: Chunk) -> None:
        """Say what is left out."""
        for number, answer in chunk.refused:
            logger.error("%r: %s: %s", self, chunk.said(number), answer.said)


class _Retrying:
    """Tries the refused lines of a chunk again."""

    def __init__(self, reading: FileReading, items: list[Any], first_wait: float) -> None:
        self._reading = reading
        self._items = items
        self._first_wait = first_wait
        self._backoffs: dict[int, Backoff] = {}

    def told(self, chunk: Chunk, number: int, answer: Answer) -> None:
        reading, most = self._reading, self._reading.how.max_retries
        if answer.badness < 2 or is_by_stop(answer, reading.stopped_by):
            chunk.answered(answer, number)
            return
        backoff = self._backoffs.setdefault(number, Backoff(self._first_wait, _LONGEST_WAIT))
        if most is not None and backoff.attempts >= most:
            chunk.answered(answer, number)
            return
        where = chunk.said(number)
        if reading.reason is not None:
            logger.error("%r: %s: %s; it is left for the next time", reading, where, answer.said)
            return
        delay = backoff.next()
        logger.warning("%r: %s: %s; again in %.1f s", reading, where, answer.said, delay)
        reading.to_retry += 1
        reading.clock.call_later(delay, self._again, chunk, number)

    def _again(self, chunk: Chunk, number: int) -> None:
        reading = self._reading
        reading.to_retry -= 1
        if reading.reason is None and reading.stopped_by is None:
            receipt = Receipt(lambda answer: self.told(chunk, number, answer))
            reading.emit(Batch([self._items[number]], [receipt]))


class _Watch(Watch[FlowingTail]):
    """The files of one fount."""

    def __init__(self, reading: FileReading) -> None:
        watched = reading.how.watched
        super().__init__("files", watched, watched.state, reading.clock)
        self._reading = reading
        self._buffer = bytearray(reading.how.chunk)

    def tail_of(self, position: Position) -> FlowingTail:
        how, now = self._reading.how, self.clock.monotonic()
        exact = how.by_line or how.has_places
        return FlowingTail(position, how.watched, now, how.chunk, exact=exact)

    async def save(self) -> None:
        for tail in self.tails.values():
            for chunk in tail.done(self._reading.stopped_by):
                self._reading.tell(chunk)
        await super().save()

    async def follow(self, tail: FlowingTail) -> bool:
        if self.skips_to_end:
            tail.skip_to_end()
        for number in count():
            if not tail.has_more:
                break
            if number == _MOST_AT_ONCE and self._reading.how.follow:
                return True
            await self._read(tail)
        if not self._reading.how.follow:
            await self._reading.read(tail, tail.last())
        elif self.clock.monotonic() - tail.grew >= self._watched.quiet:
            await self._finish(tail)
        return False

    async def _read(self, tail: FlowingTail) -> None:
        block = tail.block_at_once(self._buffer)
        if block is None:
            block = await in_thread(tail.block)
        await self._reading.read(tail, block)
        await self.save_at_times()

    async def _finish(self, tail: FlowingTail) -> None:
        """It has not grown for a while."""
        goes = not tail.is_here or self._watched.finished != "leave"
        if not goes or await in_thread(tail.has_grown):
            return
        await self._reading.read(tail, tail.last())
        await self.save()
        if tail.is_under_way:
            return  # the next time, perhaps
        if tail.is_here:
            try:
                await in_thread(self.put_away, tail)
            except OSError as error:
                self.complain(tail, error)
                return
        self.forget(tail)
