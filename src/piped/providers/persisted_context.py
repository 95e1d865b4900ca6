"""One persisted context: reading it, and writing it again without ever losing what was there.

1. The file holds what was saved last or what was saved before, never less.
2. A file that cannot be understood is set aside under another name, never written over; what
   cannot be read at all stays where it is, and fails the start.
3. Data that cannot be written is an error in the log; the file stays as it was.
4. What has not changed since it was read or saved is not written.
"""

from __future__ import annotations

import asyncio
import json
import logging
import pickle
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from twisted.application.service import Service

from piped import durable
from piped.clock import Clock, Wakeup
from piped.interop import outcome_of
from piped.providers.persistence import Persistence
from piped.resource import Offer

__all__ = ["PersistedContext"]

logger = logging.getLogger(__name__)


class _Format(NamedTuple):
    loads: Callable[[bytes], Any]
    dumps: Callable[[Any], bytes]


def _yaml_bytes(data: Any) -> bytes:
    return yaml.safe_dump(data, allow_unicode=True, sort_keys=False).encode()


def _json_bytes(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False, indent=1).encode() + b"\n"


FORMATS = {
    "json": _Format(json.loads, _json_bytes),
    "yaml": _Format(yaml.safe_load, _yaml_bytes),
    # Only with `allow_pickle`, see `Persistence`.
    "pickle": _Format(pickle.loads, pickle.dumps),
}


# No data yet: whatever the file holds is to stay.
_UNREAD: Any = object()


class PersistedContext(Service):
    """The data, its file, and the moments of saving."""

    # Whether it is written when time has passed and when the process stops.
    saves_by_itself = True
    offer: Offer
    # Of this itself, for those who want to say when to save: not before there is something to.
    store: Offer

    def __init__(self, name: str, persistence: Persistence, clock: Clock) -> None:
        self.setName(f"persisted_context.{name}")
        self.path = (persistence.file or Path(f"{name}.{persistence.kind}")).expanduser()
        self.data: Any = _UNREAD
        self._persistence = persistence
        self._format = FORMATS[persistence.kind]
        self._clock = clock
        self._saved = b""
        self._wakeup: Wakeup | None = None
        self._writing = asyncio.Lock()
        self._saving: set[asyncio.Task[None]] = set()

    def startService(self) -> None:
        Service.startService(self)
        self.data = self._read()
        self.offer.ready(self.data)
        self.store.ready(self)
        self._save_later()

    async def save(self) -> None:
        """Write what has changed. Returns when it is safe on the disk; raises when it is not.

        Before the file was read, there is nothing to write.
        """
        if self.data is _UNREAD:
            return
        async with self._writing:
            content = self._format.dumps(self.data)
            if content != self._saved:
                await asyncio.to_thread(durable.write, self.path, content)
                self._saved = content

    def stopService(self) -> Any:
        Service.stopService(self)
        if self._wakeup is not None:
            self._wakeup.cancel()
        for offer in (self.store, self.offer):
            offer.lost("the process stops")
        return outcome_of(self._save_or_log()) if self.saves_by_itself else None

    def _read(self) -> Any:
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return deepcopy(self._persistence.initial_data)
        try:
            data = self._format.loads(content)
        except Exception:
            aside = self._set_aside()
            logger.exception("%s cannot be understood; it is kept as %s", self.path, aside)
            return deepcopy(self._persistence.initial_data)
        # As it would be written: the same data in another layout is no change.
        self._saved = self._format.dumps(data)
        return data

    def _set_aside(self) -> Path:
        moment = datetime.fromtimestamp(self._clock.time(), UTC)
        return self.path.rename(f"{self.path}.{moment:%Y%m%dT%H%M%S.%f}.broken")

    def _save_later(self) -> None:
        if self._persistence.interval is not None and self.saves_by_itself:
            self._wakeup = self._clock.call_later(self._persistence.interval, self._save_now)

    def _save_now(self) -> None:
        task = asyncio.ensure_future(self._save_or_log())
        self._saving.add(task)
        task.add_done_callback(self._saving.discard)
        self._save_later()

    async def _save_or_log(self) -> None:
        try:
            await self.save()
        except Exception:
            logger.exception("%s could not be written to %s", self.name, self.path)
