"""Reads files as they grow, and keeps how far it has come.

1. A line counts as processed when its pipeline has ended well, or was told to drop it. Only then it
   is counted in the state, which is written at least once a second while lines come: after a crash,
   lines may come again, and none is left out.
2. A baton that fails is tried again, later and later. What comes behind it waits.
3. A file is the same under another name. One that was renamed or deleted is read to its end, and is
   finished when it has not grown for a while; so a rotation loses nothing.
4. A file that is shorter than it was, or begins otherwise, was written anew.
5. What has no delimiter yet is no line; it is one when its file is finished and goes.
6. A limited number of files is held open: those that grew last.
"""

from __future__ import annotations

import asyncio
import glob
import logging
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twisted.application.service import Service

from piped.backoff import Backoff
from piped.exceptions import ConfigurationError
from piped.interop import outcome_of
from piped.providers.feeding import Feeding
from piped.providers.file_positions import Identity, Position, dumped, identity_of, loaded, write
from piped.providers.file_tail import Tail, moved_to

if TYPE_CHECKING:
    from piped.clock import Clock
    from piped.dependencies import ResourceDependency
    from piped.providers.file_settings import FileSettings
    from piped.providers.lines import Piece

__all__ = ["Files"]

logger = logging.getLogger(__name__)

_SAVE_INTERVAL = 1.0
_MOST_OPEN = 100
_MOST_AT_ONCE = 64  # pieces of one file, before it is the turn of another


class Files(Service):
    """The files of one section."""

    def __init__(
        self, name: str, settings: FileSettings, processor: ResourceDependency, clock: Clock
    ) -> None:
        self.setName(f"files.{name}")
        self.name: str = f"files.{name}"
        self._settings = settings
        self._clock = clock
        self._feeding = Feeding(self.name, processor, clock)
        self._state = settings.state_of(name)
        self._tails: dict[Identity, Tail] = {}
        self._skips_to_end = False
        self._saved, self._saved_at = b"", 0.0
        self._complaints: set[str] = set()

    def startService(self) -> None:
        super().startService()
        try:
            known = loaded(self._state)
        except (OSError, ValueError) as error:
            raise ConfigurationError(f"{self.name}: {error}") from error
        self._skips_to_end = known is None and self._settings.begin == "end"
        now = self._clock.monotonic()
        self._tails = {
            identity: Tail(position, self._settings, now)
            for identity, position in (known or {}).items()
        }
        self._feeding.begin(self._watch())

    def stopService(self) -> Any:
        super().stopService()
        return outcome_of(self._end())

    async def _end(self) -> None:
        await self._feeding.end()
        await self._save()
        for tail in self._tails.values():
            tail.close()

    async def _watch(self) -> None:
        while True:
            try:
                has_more = await self._round()
            except OSError as error:
                logger.error("%s: %s", self.name, error)  # noqa: TRY400 - it says all
                has_more = False
            if not has_more:
                await self._clock.sleep(self._settings.interval)

    async def _round(self) -> bool:
        """Look at all files, and read what is new. Whether there is more."""
        self._recognize(await asyncio.to_thread(self._find))
        has_more, opened = False, 0
        # Those that were there before, as in a rotation, are read before their successors.
        for tail in sorted(self._tails.values(), key=lambda tail: tail.is_here):
            if await self._is_looked_at(tail):
                has_more |= await self._follow(tail)
                opened += tail.is_open
            if opened > _MOST_OPEN:
                opened = self._close_some()
        self._skips_to_end = False
        await self._save()
        return has_more

    # Which files there are.

    def _find(self) -> dict[Identity, str]:
        """The paths of all files, the oldest first."""
        found = []
        aside = {str(self._state), str(self._settings.folder)}
        for pattern in self._settings.patterns:
            for path in glob.iglob(pattern, recursive=True):  # noqa: PTH207 - it takes any pattern
                if path in aside or str(Path(path).parent) in aside:
                    continue
                with suppress(OSError):
                    status = Path(path).stat()
                    if stat.S_ISREG(status.st_mode):
                        found.append((status.st_mtime_ns, path, identity_of(status)))
        return {identity: path for _, path, identity in sorted(found)}

    def _recognize(self, found: dict[Identity, str]) -> None:
        for identity, tail in self._tails.items():
            tail.is_here = identity in found
        for identity, path in found.items():
            if identity not in self._tails:
                self._tails[identity] = self._known_again(identity, path) or Tail(
                    Position(path, *identity), self._settings, self._clock.monotonic()
                )
            self._tails[identity].position.path = path

    def _known_again(self, identity: Identity, path: str) -> Tail | None:
        """The file of that path and inode, if only the number of its device has changed."""
        for former, tail in self._tails.items():
            if not tail.is_here and former[1] == identity[1] and tail.position.path == path:
                del self._tails[former]
                tail.position.device = identity[0]
                tail.is_here = True
                return tail
        return None

    async def _is_looked_at(self, tail: Tail) -> bool:
        """Whether it is open now, because there may be something to do."""
        try:
            if not tail.is_here and not tail.is_open:
                if not await asyncio.to_thread(self._is_found, tail):
                    self._forget(tail)
                    return False
            elif self._settings.finished == "leave" and await asyncio.to_thread(tail.is_as_it_was):
                return False
            told = await asyncio.to_thread(tail.look, self._clock.monotonic())
        except FileNotFoundError:  # just now; or the whole folder is away, for a while perhaps
            return False
        except OSError as error:
            self._complain(tail, error)
            return False
        self._complaints.discard(tail.position.path)
        if told:
            logger.info("%s: %s", self.name, told)
        return tail.is_open

    def _is_found(self, tail: Tail) -> bool:
        """Look for a file that was renamed while nobody looked, where it was."""
        with os.scandir(tail.path.parent) as entries:
            for entry in entries:
                if entry.inode() == tail.position.inode:
                    tail.position.path = entry.path
                    return True
        return False

    def _complain(self, tail: Tail, error: OSError) -> None:
        """Say it, once."""
        if tail.position.path not in self._complaints:
            self._complaints.add(tail.position.path)
            logger.warning("%s: %s", self.name, error)

    def _forget(self, tail: Tail) -> None:
        tail.close()
        self._tails.pop(tail.position.identity, None)

    def _close_some(self) -> int:
        """Close those that have not grown for the longest time. How many are open then."""
        open_ones = [each for each in self._tails.values() if each.is_open and each.is_here]
        for tail in sorted(open_ones, key=lambda tail: tail.grew)[: -_MOST_OPEN // 2]:
            tail.close()
        return min(len(open_ones), _MOST_OPEN // 2)

    # What is in them.

    async def _follow(self, tail: Tail) -> bool:
        """Read what is new of a file, and see whether it is finished. Whether there is more."""
        if self._skips_to_end:
            tail.skip_to_end()
        if self._settings.each == "line":
            for _ in range(_MOST_AT_ONCE):
                if not tail.has_more:
                    break
                await self._read(tail)
            else:
                return True
        if self._clock.monotonic() - tail.grew >= self._settings.quiet:
            await self._finish(tail)
        return False

    async def _read(self, tail: Tail) -> None:
        data = await asyncio.to_thread(tail.read)
        if not data:  # it is shorter than it was a moment ago
            tail.size = -1
        for piece in tail.lines.feed(data):
            await self._take(tail, piece)
            if self._clock.monotonic() - self._saved_at >= _SAVE_INTERVAL:
                await self._save()

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
            await self._clock.sleep(delay)

    async def _finish(self, tail: Tail) -> None:
        """It has not grown for a while."""
        settings = self._settings
        if settings.each == "file" and tail.is_here and not tail.position.done:
            await self._hand({"path": tail.position.path}, tail)
            tail.skip_to_end()
            await self._save()
        goes = not tail.is_here or settings.finished != "leave"
        if not goes or await asyncio.to_thread(tail.has_grown):
            return
        for piece in tail.lines.end():
            await self._take(tail, piece)
        if tail.is_here:
            await self._save()
            try:
                await asyncio.to_thread(self._put_away, tail)
            except OSError as error:
                self._complain(tail, error)
                return
        self._forget(tail)

    def _put_away(self, tail: Tail) -> None:
        if identity_of(tail.path.stat()) != tail.position.identity:
            return  # there is another one now
        if self._settings.finished == "delete":
            tail.path.unlink()
            logger.info("%s: %s was deleted", self.name, tail.path)
        elif self._settings.folder is not None:
            target = moved_to(self._settings.folder, tail.path)
            logger.info("%s: %s was moved to %s", self.name, tail.path, target)

    # How far it has come.

    async def _save(self) -> None:
        content = dumped([each.position for each in self._tails.values()])
        self._saved_at = self._clock.monotonic()
        if content != self._saved:
            try:
                await asyncio.to_thread(write, self._state, content)
            except OSError as error:
                what = "%s: the state cannot be kept: %s"
                logger.error(what, self.name, error)  # noqa: TRY400 - it says all
            else:
                self._saved = content
