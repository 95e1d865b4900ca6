"""Files that are looked at again and again: which there are, and how far each was read.

1. A file is the same under another name. One that was renamed or deleted is read to its end; so a
   rotation loses nothing.
2. How far each was read is kept at least once a second while lines come, and in the end.
3. A limited number of files is held open: those that grew last.
"""

from __future__ import annotations

import asyncio
import glob
import logging
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from piped.exceptions import ConfigurationError
from piped.providers.file_positions import Identity, Position, dumped, identity_of, loaded, write
from piped.providers.file_tail import Tail, moved_to

if TYPE_CHECKING:
    from piped.clock import Clock
    from piped.providers.file_settings import WatchSettings

__all__ = ["Watch", "in_thread"]

T = TypeVar("T")
TailT = TypeVar("TailT", bound=Tail)

logger = logging.getLogger(__name__)

_SAVE_INTERVAL = 1.0
_MOST_OPEN = 100


class Watch(Generic[TailT]):
    """Derive from it: `follow` reads what is new of a file."""

    def __init__(
        self, name: str, settings: WatchSettings, state: Path | None, clock: Clock
    ) -> None:
        self.name = name
        self.clock = clock
        self.tails: dict[Identity, TailT] = {}
        self.skips_to_end = False
        self._watched = settings
        self._state = state
        self._saved, self._saved_at = b"", 0.0
        self._complaints: set[str] = set()

    def tail_of(self, position: Position) -> TailT:
        """A file, open or not."""
        raise NotImplementedError

    async def follow(self, tail: TailT) -> bool:
        """Read what is new of a file that is open. Whether there is more."""
        raise NotImplementedError

    def load(self) -> None:
        """Begin where it was left."""
        try:
            known = None if self._state is None else loaded(self._state)
        except (OSError, ValueError) as error:
            raise ConfigurationError(f"{self.name}: {error}") from error
        self.skips_to_end = known is None and self._watched.begin == "end"
        self.tails = {
            identity: self.tail_of(position) for identity, position in (known or {}).items()
        }

    def close(self) -> None:
        """Hold no file any more."""
        for tail in self.tails.values():
            tail.close()

    async def round(self) -> bool:
        """Look at all files, and read what is new. Whether there is more."""
        self._recognize(await in_thread(self._find))
        has_more, opened = False, 0
        # Those that were there before, as in a rotation, are read before their successors.
        for tail in sorted(self.tails.values(), key=lambda tail: tail.is_here):
            if await self._is_looked_at(tail):
                has_more |= await self.follow(tail)
                opened += tail.is_open
            if opened > _MOST_OPEN:
                opened = self._close_some()
        self.skips_to_end = False
        await self.save()
        return has_more

    # Which files there are.

    def _find(self) -> dict[Identity, str]:
        """The paths of all files, the oldest first."""
        found = []
        aside = {str(self._state), str(self._watched.folder)}
        for pattern in self._watched.patterns:
            for path in glob.iglob(pattern, recursive=True):  # noqa: PTH207 - it takes any pattern
                if path in aside or str(Path(path).parent) in aside:
                    continue
                with suppress(OSError):
                    status = Path(path).stat()
                    if stat.S_ISREG(status.st_mode):
                        found.append((status.st_mtime_ns, path, identity_of(status)))
        return {identity: path for _, path, identity in sorted(found)}

    def _recognize(self, found: dict[Identity, str]) -> None:
        for identity, tail in self.tails.items():
            tail.is_here = identity in found
        for identity, path in found.items():
            if identity not in self.tails:
                self.tails[identity] = self._known_again(identity, path) or self.tail_of(
                    Position(path, *identity)
                )
            self.tails[identity].position.path = path

    def _known_again(self, identity: Identity, path: str) -> TailT | None:
        """The file of that path and inode, if only the number of its device has changed."""
        for former, tail in self.tails.items():
            if not tail.is_here and former[1] == identity[1] and tail.position.path == path:
                del self.tails[former]
                tail.position.device = identity[0]
                tail.is_here = True
                return tail
        return None

    async def _is_looked_at(self, tail: TailT) -> bool:
        """Whether it is open now, because there may be something to do."""
        try:
            if not tail.is_here and not tail.is_open:
                if not await in_thread(self._is_found, tail):
                    self.forget(tail)
                    return False
            elif self._watched.finished == "leave" and await in_thread(tail.is_as_it_was):
                return False
            told = await in_thread(tail.look, self.clock.monotonic())
        except FileNotFoundError:  # just now; or the whole folder is away, for a while perhaps
            return False
        except OSError as error:
            self.complain(tail, error)
            return False
        self._complaints.discard(tail.position.path)
        if told:
            logger.info("%s: %s", self.name, told)
        return tail.is_open

    def _is_found(self, tail: TailT) -> bool:
        """Look for a file that was renamed while nobody looked, where it was."""
        with os.scandir(tail.path.parent) as entries:
            for entry in entries:
                if entry.inode() == tail.position.inode:
                    tail.position.path = entry.path
                    return True
        return False

    def complain(self, tail: TailT, error: OSError) -> None:
        """Say it, once."""
        if tail.position.path not in self._complaints:
            self._complaints.add(tail.position.path)
            logger.warning("%s: %s", self.name, error)

    def forget(self, tail: TailT) -> None:
        """It is gone, or done with."""
        tail.close()
        self.tails.pop(tail.position.identity, None)

    def _close_some(self) -> int:
        """Close those that have not grown for the longest time. How many are open then."""
        open_ones = [each for each in self.tails.values() if each.is_open and each.is_here]
        for tail in sorted(open_ones, key=lambda tail: tail.grew)[: -_MOST_OPEN // 2]:
            tail.close()
        return min(len(open_ones), _MOST_OPEN // 2)

    def put_away(self, tail: TailT) -> None:
        """Delete or move a file that is done with. It waits for the disk."""
        if identity_of(tail.path.stat()) != tail.position.identity:
            return  # there is another one now
        if self._watched.finished == "delete":
            tail.path.unlink()
            logger.info("%s: %s was deleted", self.name, tail.path)
        elif self._watched.folder is not None:
            target = moved_to(self._watched.folder, tail.path)
            logger.info("%s: %s was moved to %s", self.name, tail.path, target)

    # How far it has come.

    async def save(self) -> None:
        """Keep how far each was read."""
        if self._state is None:
            return
        content = dumped([each.position for each in self.tails.values()])
        self._saved_at = self.clock.monotonic()
        if content != self._saved:
            try:
                await in_thread(write, self._state, content)
            except OSError as error:
                what = "%s: the state cannot be kept: %s"
                logger.error(what, self.name, error)  # noqa: TRY400 - it says all
            else:
                self._saved = content

    async def save_at_times(self) -> None:
        """Keep it, if that is a while ago."""
        if self.clock.monotonic() - self._saved_at >= _SAVE_INTERVAL:
            await self.save()


async def in_thread(function: Callable[..., T], *args: Any) -> T:
    """What a function gives that waits for the disk. Nobody goes on while it still runs."""
    running = asyncio.ensure_future(asyncio.to_thread(function, *args))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise
