"""Where a report goes: a text stream, one of bytes, or the log."""

from __future__ import annotations

import logging
from typing import Any

__all__ = ["LogLines", "TextStream"]


class LogLines:
    """Each line is a record of the logger `status_test`."""

    def __init__(self) -> None:
        self._logger = logging.getLogger("status_test")
        self._begun = ""

    def write(self, text: str) -> None:
        *lines, self._begun = (self._begun + text).split("\n")
        for line in lines:
            self._logger.info("%s", line)

    def flush(self) -> None:
        """A line is written when it ends."""


class TextStream:
    """Takes texts, for a stream that may take bytes: a file, or a web request."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._takes_text = hasattr(stream, "encoding") or isinstance(stream, LogLines)

    def write(self, text: str) -> None:
        self._stream.write(text if self._takes_text else text.encode())

    def flush(self) -> None:
        flush = getattr(self._stream, "flush", None)
        if flush is not None:
            flush()
