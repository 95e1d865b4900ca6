"""The body of an answer: whole, piece by piece, or in a file. Never more than was allowed."""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from piped.options import size_text
from piped.processors.http_failures import UnfitResponse

if TYPE_CHECKING:
    from aiohttp import ClientResponse

__all__ = ["Stream", "json_of", "pieces", "read", "save", "text_of"]

_PIECE = 65_536


async def pieces(response: ClientResponse, max_size: int) -> AsyncIterator[bytes]:
    """The body as it comes, decompressed."""
    size = 0
    async for piece in response.content.iter_chunked(_PIECE):
        size += len(piece)
        if size > max_size:
            response.close()
            raise UnfitResponse(f"the response is longer than {size_text(max_size)}")
        yield piece


async def read(response: ClientResponse, max_size: int) -> bytes:
    """All of it."""
    return b"".join([piece async for piece in pieces(response, max_size)])


async def save(response: ClientResponse, max_size: int, path: Path) -> int:
    """Put it into a file, which is there only when it is complete. Gives its size."""
    size = 0
    with _written_beside(path) as file:
        async for piece in pieces(response, max_size):
            await asyncio.to_thread(file.write, piece)
            size += len(piece)
    return size


@contextmanager
def _written_beside(path: Path) -> Iterator[BinaryIO]:
    """A file that gets its name when it is complete.

    A new file is readable by its owner alone; an old one's mode is kept.
    """
    path = path.resolve()  # so that a link stays one
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            with suppress(FileNotFoundError):
                os.fchmod(descriptor, path.stat().st_mode & 0o7777)
            yield file
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


class Stream:
    """The body, for somebody to iterate over, once. It is closed at its end, or by `aclose`."""

    def __init__(self, response: ClientResponse, max_size: int) -> None:
        self._response = response
        self._pieces = pieces(response, max_size)

    def __aiter__(self) -> Stream:
        return self

    async def __anext__(self) -> bytes:
        return await anext(self._pieces)

    async def aclose(self) -> None:
        """Ask for no more."""
        self._response.close()


def text_of(body: bytes, response: ClientResponse, encoding: str | None = None) -> str:
    """The body as text, in the encoding that the answer names."""
    name = encoding or response.charset or "utf-8"
    try:
        return body.decode(name)
    except (LookupError, UnicodeDecodeError) as error:
        raise UnfitResponse(f"the response is no text in {name}: {error}") from error


def json_of(body: bytes) -> Any:
    """What the body says in JSON."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UnfitResponse(f"the response is no JSON: {error}") from error
