"""Sending content that is not at hand at once: piece by piece, as fast as the client takes it."""

from __future__ import annotations

import logging
from collections.abc import Generator
from typing import Any, BinaryIO

from twisted.internet.interfaces import IPullProducer
from zope.interface import implementer

__all__ = ["Sending", "pieces"]

logger = logging.getLogger(__name__)

_PIECE = 128 * 1024


def pieces(file: BinaryIO, wanted: range) -> Generator[bytes, None, None]:
    """The bytes `wanted` of `file`. Raises EOFError, if it ends before."""
    file.seek(wanted.start)
    left = len(wanted)
    while left:
        piece = file.read(min(_PIECE, left))
        if not piece:
            raise EOFError(f"{file.name} became shorter while it was sent")
        left -= len(piece)
        yield piece


@implementer(IPullProducer)
class Sending:
    """Writes the next piece whenever there is room for it, and finishes the request."""

    def __init__(self, request: Any, content: Generator[bytes, None, None]) -> None:
        self._request = request
        self._content = content

    def begin(self) -> None:
        self._request.registerProducer(self, False)

    def resumeProducing(self) -> None:  # noqa: N802 - Twisted's name for it
        try:
            piece = next(self._content, None)
        except (OSError, EOFError) as failure:
            # The length was said already; only closing the connection shows that it is not true.
            logger.error("a file could not be sent to its end: %s", failure)  # noqa: TRY400
            self._request.unregisterProducer()
            self._request.loseConnection()
            return
        if piece is not None:
            self._request.write(piece)
            return
        self._request.unregisterProducer()
        self._request.finish()

    def stopProducing(self) -> None:  # noqa: N802 - Twisted's name for it
        self._content.close()
