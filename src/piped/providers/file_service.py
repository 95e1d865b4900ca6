"""Reads files as they grow, and keeps how far it has come.

1. A line counts as processed when its pipeline has ended well, or was told to drop it. Only then it
   is counted in the state, which is written at least once a second while lines come: after a crash,
   lines may come again, and none is left out.
2. A baton that fails is tried again, later and later. What comes behind it waits.
3. A file that was renamed or deleted is finished when it has not grown for a while.
4. A file that is shorter than it was, or begins otherwise, was written anew.
5. What has no delimiter yet is no line; it is one when its file is finished and goes.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from twisted.application.service import Service

from piped.backoff import Backoff
from piped.interop import outcome_of
from piped.providers.feeding import Feeding
from piped.providers.file_tail import Tail
from piped.providers.file_watch import Watch, in_thread

if TYPE_CHECKING:
    from piped.clock import Clock
    from piped.dependencies import ResourceDependency
    from piped.providers.file_positions import Position
    from piped.providers.file_settings import FileSettings
    from piped.providers.lines import Piece

__all__ = ["Files"]

logger = logging.getLogger(__name__)

_MOST_AT_ONCE = 64  # pieces of one file, before it is the turn of another


class Files(Watch[Tail], Service):
    """The files of one section."""

    name: str

    def __init__(
        self, name: str, settings: FileSettings, processor: ResourceDependency, clock: Clock
    ) -> None:
        Watch.__init__(self, f"files.{name}", settings, settings.state_of(name), clock)
        self._settings = settings
        self._feeding = Feeding(self.name, processor, clock)

    def tail_of(self, position: Position) -> Tail:
        return Tail(position, self._settings, self.clock.monotonic())

    def startService(self) -> None:
        super().startService()
        self.load()
        self._feeding.begin(self._watch())

    def stopService(self) -> Any:
        super().stopService()
        return outcome_of(self._end())

    async def _end(self) -> None:
        await self._feeding.end()
        await self.save()
        self.close()

    async def _watch(self) -> None:
        while True:
            try:
                has_more = await self.round()
            except OSError as error:
                logger.error("%s: %s", self.name, error)  # noqa: TRY400 - it says all
                has_more = False
            if not has_more:
                await self.clock.sleep(self._settings.interval)

    async def follow(self, tail: Tail) -> bool:
        """Read what is new of a file, and see whether it is finished. Whether there is more."""
        if self.skips_to_end:
            tail.skip_to_end()
        if self._settings.each == "line":
            for _ in range(_MOST_AT_ONCE):
                if not tail.has_more:
                    break
                await self._read(tail)
            else:
                return True
        if self.clock.monotonic() - tail.grew >= self._settings.quiet:
            await self._finish(tail)
        return False

    async def _read(self, tail: Tail) -> None:
        data = await in_thread(tail.read)
        if not data:  # it is shorter than it was a moment ago
            tail.size = -1
        for piece in tail.lines.feed(data):
            await self._take(tail, piece)
            await self.save_at_times()

    async def _take(self, tail: Tail, piece: Piece) -> None:
        at = tail.position.position
        if piece.data is None:
            what = "%s: a line of %d bytes at %d of %s was skipped"
            logger.warning(what, self.name, piece.size, at, tail.path)
        else:
            baton = self._settings.baton(piece)
            await self._hand({**baton, "path": tail.position.path, "position": at}, tail)
        tail.position.position = at + piece.size

    async def _hand(self, baton: dict[str, Any], tail: Tail) -> None:
        settings = self._settings
        backoff = Backoff(settings.retry_wait, settings.max_retry_wait)
        while not await self._feeding.hand(dict(baton)):
            where = f"{tail.path}, at {baton.get('position', 0)}"
            if settings.max_retries is not None and backoff.attempts >= settings.max_retries:
                logger.error("%s: %s is skipped", self.name, where)
                return
            delay = backoff.next()
            logger.warning("%s: %s is tried again in %.1f s", self.name, where, delay)
            await self.clock.sleep(delay)

    async def _finish(self, tail: Tail) -> None:
        """It has not grown for a while."""
        settings = self._settings
        if settings.each == "file" and tail.is_here and not tail.position.done:
            await self._hand({"path": tail.position.path}, tail)
            tail.skip_to_end()
            await self.save()
        goes = not tail.is_here or settings.finished != "leave"
        if not goes or await in_thread(tail.has_grown):
            return
        for piece in tail.lines.end():
            await self._take(tail, piece)
        if tail.is_here:
            await self.save()
            try:
                await in_thread(self.put_away, tail)
            except OSError as error:
                self.complain(tail, error)
                return
        self.forget(tail)
