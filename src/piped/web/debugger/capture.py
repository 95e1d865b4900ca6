"""What some code prints, and no other: neither that of other tasks, nor what it leaves running.

While anything is captured, `sys.stdout` and `sys.stderr` ask a context variable whose each text is.
Tasks and threads that asyncio makes inherit it; what they print once the capture has ended goes
where it would have gone.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Literal

from piped.secret import redact

__all__ = ["Output", "Piece", "Stream", "capturing", "current_output"]

Stream = Literal["out", "err", "value", "error"]

_MOST = 100_000  # characters
_MOST_PIECES = 2_000


@dataclass(slots=True)
class Piece:
    """A text, and the stream that it was written to."""

    stream: Stream
    text: str


class Output:
    """Texts in order, up to a limit."""

    def __init__(self, most: int = _MOST) -> None:
        self._pieces: list[Piece] = []
        self._left = most
        self._left_out = 0
        self.is_open = True

    def write(self, stream: Stream, text: str) -> None:
        if not text:
            return
        fits = text[: self._left]
        self._left_out += len(text) - len(fits)
        self._left -= len(fits)
        if fits and self._pieces and self._pieces[-1].stream == stream:
            self._pieces[-1].text += fits
        elif fits and len(self._pieces) < _MOST_PIECES:
            self._pieces.append(Piece(stream, fits))
        else:
            self._left_out += len(fits)

    def pieces(self) -> list[Piece]:
        """What was written, without secrets."""
        pieces = [Piece(each.stream, redact(each.text)) for each in self._pieces]
        if self._left_out:
            pieces.append(Piece("error", f"… {self._left_out} more characters\n"))
        return pieces


_output: ContextVar[Output | None] = ContextVar("output", default=None)
_captures = 0


def current_output() -> Output | None:
    """Where what is printed here goes, if it is captured."""
    output = _output.get()
    return output if output is not None and output.is_open else None


class _Routed(io.TextIOBase):
    """A stream in the place of another."""

    def __init__(self, name: Stream, other: Any) -> None:
        self.other = other
        self._name: Stream = name

    def write(self, text: str) -> int:
        output = current_output()
        if output is not None:
            # Whatever subclass of text it is.
            output.write(self._name, f"{text}")
        elif self.other is not None:
            self.other.write(text)
        return len(text)

    def flush(self) -> None:
        if self.other is not None:
            self.other.flush()

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return int(self.other.fileno())

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return getattr(self.other, "encoding", "utf-8")


@contextmanager
def capturing(output: Output) -> Iterator[None]:
    """Write to `output` what is printed in this context, until the end of the body."""
    global _captures  # noqa: PLW0603 - one process has one stdout
    if not _captures:
        sys.stdout, sys.stderr = _Routed("out", sys.stdout), _Routed("err", sys.stderr)
    _captures += 1
    token = _output.set(output)
    try:
        yield
    finally:
        output.is_open = False
        _output.reset(token)
        _captures -= 1
        if not _captures:
            # Somebody may have put another one there meanwhile: that is theirs.
            sys.stdout, sys.stderr = _given_back(sys.stdout), _given_back(sys.stderr)


def _given_back(stream: Any) -> Any:
    return stream.other if isinstance(stream, _Routed) else stream
