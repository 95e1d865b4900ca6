"""What the two sides of a connection say to one another, and how that goes into boxes of AMP.

1. The side that listens sends a `Challenge`, the other one `Hello`, the first one `Welcome`, or
   `Refused` with the reason. `Refused` may come at any time, and is the last.
2. `Items` are texts of JSON, numbered from `first` on. What is short travels together; what is
   longer than a value of AMP is cut into pieces, and is alone.
3. `Answered` and `Ended`, `Over` and `Stopped` run as they do between founts and drains; `Over`
   says that the end was heard. `Credit` is how many items, and how many bytes of them, may be sent
   more. `Alive` says nothing else.
4. `oldest` is the first number whose answer the sender may have to hear again, after a connection
   was lost. No item is `MOST_AHEAD` of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from piped.exceptions import FailedElsewhere, ItemDropped, Malformed
from piped.flows.elsewhere.boxes import LONGEST_VALUE, Box
from piped.flows.reason import Reason
from piped.flows.receipt import CONFIRMED, Answer, dropped, refused

__all__ = [
    "MOST_AHEAD",
    "Alive",
    "Answered",
    "Challenge",
    "Credit",
    "Ended",
    "Hello",
    "Items",
    "Message",
    "Over",
    "Reader",
    "Refused",
    "Stopped",
    "Welcome",
    "boxes_of",
    "words_of",
]

MOST_AHEAD = 1_000_000  # numbers
_MOST_WORDS = 500  # characters of what went wrong
_UNFINISHED = 3  # how bad it is on the wire to be refused for the end of a flow
_RUNS = 20  # answers of one box: their words fit in


@dataclass(frozen=True, slots=True)
class Items:
    first: int
    oldest: int
    texts: list[bytes]

    @property
    def size(self) -> int:
        """How long they are, each on a line of its own."""
        return sum(map(len, self.texts)) + len(self.texts) - 1


@dataclass(frozen=True, slots=True)
class Answered:
    runs: list[tuple[int, int, Answer]]  # the first number, how many, and their answer


@dataclass(frozen=True, slots=True)
class Credit:
    items: int
    size: int


@dataclass(frozen=True, slots=True)
class Ended:
    reason: Reason


@dataclass(frozen=True, slots=True)
class Over:
    pass


@dataclass(frozen=True, slots=True)
class Stopped:
    reason: Reason


@dataclass(frozen=True, slots=True)
class Alive:
    oldest: int


@dataclass(frozen=True, slots=True)
class Challenge:
    nonce: str


@dataclass(frozen=True, slots=True)
class Hello:
    sender: str  # who it is, for as long as it runs
    oldest: int
    next: int  # of what comes back: the number that it waits for
    nonce: str
    proof: str


@dataclass(frozen=True, slots=True)
class Welcome:
    next: int  # the number that is waited for
    oldest: int  # of what comes back
    is_known: bool
    proof: str


@dataclass(frozen=True, slots=True)
class Refused:
    said: str


_Meeting = Challenge | Hello | Welcome | Refused
Message = Items | Answered | Credit | Ended | Over | Stopped | Alive | _Meeting
# Those whose fields are numbers, texts and truth values only.
_SIMPLE: dict[str, Any] = {
    each.__name__.lower(): each
    for each in (Credit, Over, Alive, Challenge, Hello, Welcome, Refused)
}
_MOST_DIGITS = 18


def boxes_of(message: Message) -> Iterator[Box]:
    """The boxes of a message, mostly one."""
    name = type(message).__name__.lower().encode()
    match message:
        case Items(first, oldest, texts):
            fields = {"first": first, "oldest": oldest, "count": len(texts)}
            numbers = {each: _number(fields[each]) for each in fields}
            data = b"\n".join(texts)
            for start in range(0, len(data), LONGEST_VALUE):
                piece = data[start : start + LONGEST_VALUE]
                more = {"more": b"1"} if start + LONGEST_VALUE < len(data) else {}
                yield {"_command": name, **numbers, **more, "data": piece}
        case Answered(runs):
            for start in range(0, len(runs), _RUNS):
                said = [
                    [first, count, _badness(answer), *_words(answer)]
                    for first, count, answer in runs[start : start + _RUNS]
                ]
                yield {"_command": name, "data": json.dumps(said).encode()}
        case Ended(reason) | Stopped(reason):
            failed = b"0" if reason.failure is None else b"1"
            yield {"_command": name, "said": _text(reason.said), "failed": failed}
        case _:
            values = {each: getattr(message, each) for each in message.__slots__}
            written = {
                each: _text(one) if isinstance(one, str) else _number(int(one))
                for each, one in values.items()
            }
            yield {"_command": name, **written}


class Reader:
    """Makes messages of boxes. Raises `Malformed`."""

    def __init__(self, item_size: int) -> None:
        self._item_size = item_size
        self._pieces: list[bytes] = []
        self._size = 0

    def read(self, box: Box) -> Message | None:
        """The message of a box, if it is the last of it."""
        try:
            name = box.pop("_command").decode("ascii")
            if name == "items":
                return self._items(box)
            if name == "answered":
                return Answered([_run(*each) for each in json.loads(box["data"])])
            if name in {"ended", "stopped"}:
                said = _said(box["said"])
                failure = FailedElsewhere(said) if box["failed"] == b"1" else None
                return (Ended if name == "ended" else Stopped)(Reason(said, failure))
            message: Message = _simple(_SIMPLE[name], box)
        except Malformed:
            raise
        except (KeyError, ValueError, TypeError, RecursionError):
            raise Malformed("what came is no message of a flow") from None
        return message

    def _items(self, box: Box) -> Items | None:
        data = box["data"]
        self._size += len(data)
        if self._size > max(self._item_size, LONGEST_VALUE):
            raise self._too_long()
        self._pieces.append(data)
        if "more" in box:
            return None
        whole, self._pieces, self._size = b"".join(self._pieces), [], 0
        texts = whole.split(b"\n")
        # What is short travels together, up to the longest value.
        if len(whole) > self._item_size < max(map(len, texts)):
            raise self._too_long()
        if _int(box["count"]) != len(texts):
            raise Malformed("there are not as many items as were announced")
        return Items(_int(box["first"]), _int(box["oldest"]), texts)

    def _too_long(self) -> Malformed:
        return Malformed(f"an item is longer than {self._item_size} bytes")


def _simple(kind: Any, box: Box) -> Any:
    hints = kind.__annotations__
    values: dict[str, Any] = {}
    for name in kind.__slots__:
        hint = hints[name]
        values[name] = _said(box[name]) if hint == "str" else _int(box[name])
        if hint == "bool":
            values[name] = bool(values[name])
    return kind(**values)


def _run(first: int, count: int, badness: int, *said: str) -> tuple[int, int, Answer]:
    if type(first) is not int or type(count) is not int or first < 0 or count < 1:
        raise Malformed("what came is no answer")
    if type(badness) is not int or not 0 <= badness <= _UNFINISHED:
        raise Malformed("what came is no answer")
    if badness == 0:
        return first, count, CONFIRMED
    [words] = said
    if type(words) is not str or len(words) > 2 * _MOST_WORDS:
        raise Malformed("what came is no answer")
    words = _printable(words)
    if badness == 1:
        return first, count, dropped(ItemDropped(words))
    answer = refused(FailedElsewhere(words))
    return first, count, replace(answer, is_unfinished=badness == _UNFINISHED)


def words_of(failure: Any) -> str:
    """What went wrong, in a few words on one line."""
    said = _printable(str(getattr(failure, "msg", failure))[:_MOST_WORDS])
    is_ours = type(failure).__module__ == "piped.exceptions"
    return said if is_ours else f"{type(failure).__name__}: {said}"


def _badness(answer: Answer) -> int:
    return _UNFINISHED if answer.is_unfinished else answer.badness


def _words(answer: Answer) -> list[str]:
    if answer.is_confirmed:
        return []
    return [answer.said[:_MOST_WORDS] if answer.failure is None else words_of(answer.failure)]


def _number(value: int) -> bytes:
    return b"%d" % value


def _int(data: bytes) -> int:
    if not data.isdigit() or len(data) > _MOST_DIGITS:
        raise Malformed("a number is expected")
    return int(data)


def _text(said: str) -> bytes:
    return said[:_MOST_WORDS].encode("utf-8", "backslashreplace")


def _said(data: bytes) -> str:
    """A text of the other side's, fit for one line of a log."""
    if len(data) > 4 * _MOST_WORDS + 8:
        raise Malformed("a text is too long")
    return _printable(data.decode())


def _printable(text: str) -> str:
    return text if text.isprintable() else ascii(text)[1:-1]
