"""Lines, or whatever else ends with a delimiter."""

from __future__ import annotations

import codecs
from typing import Any

from piped.exceptions import MalformedFrame
from piped.flows.framing.stage import LONGEST, Framing, Odd
from piped.flows.tube import Tube
from piped.flows.working import Failing, Mapping

__all__ = ["Delimited", "Texts", "lines", "to_lines"]

# Where no byte below 128 is ever a part of another character, many lines are decoded at once.
_PLAIN = {"ascii", "utf-8", "iso8859-1", "cp1252"}


class Delimited:
    """Finds what stands before each delimiter."""

    def __init__(self, delimiter: bytes, longest: int) -> None:
        if not delimiter:
            raise ValueError("a delimiter has at least one byte")
        self.has_odd = False
        self._delimiter = delimiter
        self._overlap = len(delimiter) - 1  # bytes at the end that may begin a delimiter
        self._longest = longest
        self._offset = 0  # where the frame begins that is held, or comes next
        self._held: list[bytes] = []  # of a delimiter that may have begun, the last piece has it
        self._size = 0
        self._passed = 0  # bytes of the frame that were not kept: it is too long
        self._too_long: MalformedFrame | None = None

    @property
    def is_holding(self) -> bool:
        return self._size > 0

    def made(self, frames: list[bytes]) -> list[Any]:
        """Items of frames. If it fails, each is asked for alone."""
        return frames

    def made_of_one(self, frame: bytes) -> Any:
        """The item of a frame. `Odd` if there is none."""
        return frame

    def feed(self, data: bytes) -> list[Any]:
        self.has_odd = False
        if self._overlap and self._held:
            begun = self._held.pop()
            self._size -= len(begun)
            data = begun + data
        size = self._passed + self._size + len(data)
        frames = data.split(self._delimiter)
        rest = frames.pop()
        found = self._complete(frames, size - len(rest)) if frames else []
        return found + self._hold(rest) if rest else found

    def end(self, *, is_whole: bool) -> list[Any]:
        self.has_odd = False
        frame = b"".join(self._held)
        if self._too_long is not None:
            return [self._odd(self._too_long, is_news=False)] if frame else []
        if frame and not is_whole:
            failure = MalformedFrame("the stream was cut within a frame", self._offset)
            return [self._odd(failure)]
        return self._items([frame], self._offset, len(frame)) if frame else []

    def _complete(self, frames: list[bytes], size: int) -> list[Any]:
        """The items of so many bytes."""
        at, first = self._offset, []
        if self._too_long is None:
            if self._held:
                frames[0] = b"".join([*self._held, frames[0]])
        else:
            first = [self._odd(self._too_long, is_news=False)]
            del frames[0]
            at += size - sum(map(len, frames)) - len(frames) * len(self._delimiter)
        self._offset += size
        self._held, self._size, self._passed, self._too_long = [], 0, 0, None
        return first + self._items(frames, at, size)

    def _hold(self, rest: bytes) -> list[Any]:
        """Keep what is not complete, as long as it may become so."""
        at = max(0, len(rest) - self._overlap)
        self._held += [rest[:at], rest[at:]] if self._overlap else [rest]
        self._size += len(rest)
        is_news = self._too_long is None
        if is_news and self._size > self._longest + self._overlap:
            self._too_long = self._said_too_long(self._offset)
        if self._too_long is None:
            return []
        kept = rest[at:] if self._overlap else b""
        self._passed += self._size - len(kept)
        self._held, self._size = ([kept], len(kept)) if kept else ([], 0)
        return [self._odd(self._too_long, is_news=is_news)]

    def _items(self, frames: list[bytes], at: int, size: int) -> list[Any]:
        if size <= self._longest or max(map(len, frames), default=0) <= self._longest:
            try:
                return self.made(frames)
            except (ValueError, RecursionError):
                pass  # found out which, below
        found = []
        for frame in frames:
            found.append(self._item(frame, at))
            at += len(frame) + len(self._delimiter)
        self.has_odd = True
        return found

    def _item(self, frame: bytes, at: int) -> Any:
        if len(frame) > self._longest:
            return Odd(self._said_too_long(at))
        try:
            return self.made_of_one(frame)
        except (ValueError, RecursionError) as failure:
            malformed = MalformedFrame(str(failure), at)
            malformed.__cause__ = failure
            return Odd(malformed)

    def _said_too_long(self, at: int) -> MalformedFrame:
        return MalformedFrame(f"a frame is longer than {self._longest} bytes", at)

    def _odd(self, failure: MalformedFrame, *, is_news: bool = True) -> Odd:
        self.has_odd = True
        return Odd(failure, is_news=is_news)


class Texts(Delimited):
    """The same, as texts."""

    def __init__(self, delimiter: bytes, encoding: str, longest: int) -> None:
        super().__init__(delimiter, longest)
        self._encoding = codecs.lookup(encoding).name
        self._between = delimiter.decode(encoding) if self._encoding in _PLAIN else None

    def made(self, frames: list[bytes]) -> list[Any]:
        if self._between is None:
            return [frame.decode(self._encoding) for frame in frames]
        if not frames:
            return []
        return self._delimiter.join(frames).decode(self._encoding).split(self._between)

    def made_of_one(self, frame: bytes) -> Any:
        return frame.decode(self._encoding)


def lines(
    delimiter: bytes = b"\n",
    encoding: str | None = None,
    *,
    longest: int = LONGEST,
    failing: Failing = "refuse",
) -> Tube:
    """Lines without their delimiters, as texts if there is an encoding; the last may have none."""

    def decoder() -> Delimited:
        if encoding is None:
            return Delimited(delimiter, longest)
        return Texts(delimiter, encoding, longest)

    decoder()  # so that what is wrong is told now
    output = bytes if encoding is None else str
    return Tube(lambda: Framing(decoder(), failing), "lines", bytes, output)


def to_lines(
    delimiter: bytes = b"\n", encoding: str | None = None, *, failing: Failing = "refuse"
) -> Tube:
    """Each item with a delimiter behind it. One that has it inside is refused."""
    given = bytes if encoding is None else str

    def framed(item: Any) -> bytes:
        try:
            frame = item if encoding is None else item.encode(encoding)
            line: bytes = frame + delimiter
        except (AttributeError, TypeError):
            what = "bytes" if encoding is None else "a text"
            raise MalformedFrame(f"a line is made of {what}, and not of {item!r:.60}") from None
        if line.find(delimiter) != len(frame):
            raise MalformedFrame(f"a line has its delimiter {delimiter!r} inside")
        return line

    return Tube(lambda: Mapping(framed, failing), "to_lines", given, bytes)
