"""A folder that keeps what is sent."""

from __future__ import annotations

import asyncio
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import piped

__all__ = ["keep_body", "keep_file"]


@contextmanager
def _whole(folder: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """A new file, which is there when it is whole. Who sends it does not choose its name."""
    name = secrets.token_hex(8)
    part = folder / f".{name}"
    try:
        with part.open("xb") as file:
            yield name, file
        part.replace(folder / name)
    finally:
        part.unlink(missing_ok=True)


@piped.processor("keep-file")
def keep_file(file: IO[bytes], *, folder: Path) -> str:
    """Keep a file that is open. Gives the name that it got.

    folder: where it is kept
    """
    with _whole(folder) as (name, kept):
        shutil.copyfileobj(file, kept)
    return name


@piped.processor("keep-body")
async def keep_body(request: Any, *, folder: Path) -> str:
    """Keep the body of a request, while it comes. Gives the name that it got.

    folder: where it is kept
    """
    with _whole(folder) as (name, kept):
        async for piece in request.pieces():
            await asyncio.to_thread(kept.write, piece)
    return name
