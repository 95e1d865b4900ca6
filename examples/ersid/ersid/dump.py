"""All keys and values in a file of JSON, written again and again, and read back."""

from __future__ import annotations

import asyncio
import json
import logging
from base64 import b64decode, b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ersid.rest import Service
from ersid.storage import Storage
from piped import durable
from piped.exceptions import ResourceLost

__all__ = ["Dump", "UnfitDump", "restore"]

logger = logging.getLogger(__name__)


class UnfitDump(ValueError):
    """A file is no dump."""


class Dump:
    """Writes what a service has into a file, when it is called."""

    def __init__(self, service: Service, file: Path) -> None:
        self._service = service
        self._file = file

    async def __call__(self, baton: Any = None) -> None:
        del baton
        try:
            values = await self._service.storage.getAll()
        except ResourceLost as lost:
            logger.warning("Nothing is dumped to %s now: %s", self._file, lost.msg)
            return
        try:
            size = await asyncio.to_thread(_write, self._file, values)
        except OSError as error:
            why = f"[Errno {error.errno}] {error.strerror}"
            logger.error("Error opening %s for write: %s", self._file, why)  # noqa: TRY400 - one line says all
        else:
            logger.info("Dumping %d keys in %d bytes to %s", len(values), size, self._file)


async def restore(storage: Storage, file: Path) -> None:
    """Put what is in a dump into `storage`, if that has nothing. Raises `UnfitDump`."""
    if await storage.keys():
        return
    values = await asyncio.to_thread(_read, file)
    await asyncio.gather(*(storage.set(key, data) for key, data in values.items()))
    logger.info("Read %d keys back from %s", len(values), file)


def _write(file: Path, values: Mapping[str, bytes]) -> int:
    content = json.dumps({key: _shown(data) for key, data in values.items()}).encode()
    durable.write(file, content)
    return len(content)


def _read(file: Path) -> dict[str, bytes]:
    try:
        values = json.loads(file.read_bytes())
        return {key: _meant(each) for key, each in values.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, AttributeError, TypeError, LookupError) as error:
        raise UnfitDump(f"{file} cannot be read back: {error}") from error


def _shown(data: bytes) -> Any:
    """A text, where it is one."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return {"base64": b64encode(data).decode()}


def _meant(shown: Any) -> bytes:
    return shown.encode() if isinstance(shown, str) else b64decode(shown["base64"], validate=True)
