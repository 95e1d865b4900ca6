"""Values as text, and what they are made of: of anything, whatever it does when it is looked at.

1. Nothing raises, whatever somebody's `__repr__` does.
2. A text is never longer than was asked for, and takes no longer than its time.
3. Containers of Python's own are walked, to a depth: no method of somebody else's is asked.
4. No text shows a secret. It is taken out before anything is cut: half of one is one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, is_dataclass
from itertools import islice
from time import monotonic
from types import MemberDescriptorType
from typing import Any

from piped.secret import HIDDEN, Secret, redact
from piped.web.debugger.alarm import TooLong, limited

__all__ = ["Budget", "children", "kind_of", "shown"]

_DEEPEST = 6
_LONGEST = 2_000  # characters of one value
_MOST_READ = 100_000  # characters of one text that are looked at
_MOST_BITS = 10_000
_MOST_CHILDREN = 200
_TIME_OF_ONE = 0.2


class Budget:
    """The time that several values have together."""

    def __init__(self, seconds: float = 1.0) -> None:
        self._end = monotonic() + seconds

    def share(self) -> float:
        """What one value may take."""
        return min(_TIME_OF_ONE, self._end - monotonic())


def shown(value: Any, longest: int = _LONGEST, budget: Budget | None = None) -> str:
    """The `repr` of `value`, as far as there is room and time."""
    time = _TIME_OF_ONE if budget is None else budget.share()
    if time <= 0:
        return "… (there was no time left)"
    writer = _Writer(longest)
    try:
        with limited(time):
            writer.write(value, ())
    except _Full:
        pass
    except TooLong:
        writer.pieces.append("… (it took too long)")
    except Exception as failure:  # noqa: BLE001 - a metaclass may do anything
        writer.pieces.append(f"… ({kind_of(failure)})")
    return redact("".join(writer.pieces))


def kind_of(value: Any) -> str:
    """The name of the type of `value`, with its module if that is not Python's own."""
    kind = type(value)
    try:
        module, name = kind.__module__, kind.__qualname__
        text = name if module == "builtins" else f"{module}.{name}"
        return str.__getitem__(text, slice(0, 200))
    except Exception:  # noqa: BLE001 - a metaclass may do anything
        return "?"


def children(value: Any) -> Iterator[tuple[str, Any]]:
    """What `value` holds, each with the words by which it is found there."""
    found = islice(_children(value), _MOST_CHILDREN)
    while True:
        try:
            yield next(found)
        except StopIteration:
            return
        except Exception:  # noqa: BLE001 - a metaclass may do anything; what was found, is
            return


def _children(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Secret | type):
        return
    if isinstance(value, dict):
        for key, each in list(islice(dict.items(value), _MOST_CHILDREN)):
            yield f"[{shown(key, 80)}]", each
    elif isinstance(value, list | tuple):
        walk = list.__iter__ if isinstance(value, list) else tuple.__iter__
        for at, each in enumerate(islice(walk(value), _MOST_CHILDREN)):  # type: ignore[arg-type]
            yield f"[{at}]", each
    elif isinstance(value, set | frozenset):
        walk_set = set.__iter__ if isinstance(value, set) else frozenset.__iter__
        for each in islice(walk_set(value), _MOST_CHILDREN):  # type: ignore[arg-type]
            yield "∋", each
    yield from _attributes(value)


def _attributes(value: Any) -> Iterator[tuple[str, Any]]:
    """What stands in the object itself. No property is asked, and no `__getattr__`."""
    try:
        own = object.__getattribute__(value, "__dict__")
    except Exception:  # noqa: BLE001 - it has none
        own = {}
    if isinstance(own, dict):
        for name, each in list(islice(dict.items(own), _MOST_CHILDREN)):
            yield f".{name}", each
    for name, slot in _slots(type(value)):
        try:
            yield f".{name}", slot.__get__(value)
        except AttributeError:  # nothing was put there
            continue


def _slots(kind: type) -> Iterator[tuple[str, MemberDescriptorType]]:
    for each in kind.__mro__:
        # Those of Python's own types are no data of anybody's.
        if each.__module__ != "builtins":
            for name, slot in vars(each).items():
                if isinstance(slot, MemberDescriptorType):
                    yield name, slot


class _Full(Exception):
    """There is no more room."""


class _Writer:
    """Writes until there is no more room."""

    def __init__(self, longest: int) -> None:
        self.pieces: list[str] = []
        self._left = longest

    def write(self, value: Any, around: tuple[int, ...]) -> None:
        """`value`, that stands within those whose ids are `around`."""
        if id(value) in around or len(around) >= _DEEPEST:
            self._put("…")
        elif writer := _WRITERS.get(type(value)):
            writer(self, value, (*around, id(value)))
        elif (record := _record_of(value)) is not None:
            self._record(type(value).__qualname__, record, (*around, id(value)))
        else:
            self._put(_repr_of(value))

    def _put(self, text: str) -> None:
        if len(text) > self._left:
            self.pieces.append(text[: self._left] + "…")
            self._left = 0
            raise _Full
        self.pieces.append(text)
        self._left -= len(text)

    def _text(self, value: str, _: object) -> None:
        clean = redact(value[:_MOST_READ])
        # What it is cut to is still more than there is room for.
        self._put(repr(clean[: self._left + 1]))
        if len(value) > _MOST_READ:
            self._put(f"… ({len(value)} in all)")

    def _bytes(self, value: bytes | bytearray, _: object) -> None:
        read = value[:_MOST_READ]
        text = read.decode(errors="replace")
        self._put(repr(read[: self._left + 1]) if redact(text) == text else HIDDEN)
        if len(value) > _MOST_READ:
            self._put(f"… ({len(value)} in all)")

    def _int(self, value: int, _: object) -> None:
        bits = value.bit_length()
        self._put(repr(value) if bits <= _MOST_BITS else f"<int of {bits} bits>")

    def _list(self, value: list[Any], around: tuple[int, ...]) -> None:
        self._row("[", value, "]", around)

    def _tuple(self, value: tuple[Any, ...], around: tuple[int, ...]) -> None:
        self._row("(", value, ",)" if len(value) == 1 else ")", around)

    def _set(self, value: Iterable[Any], around: tuple[int, ...]) -> None:
        name = "" if type(value) is set else f"{type(value).__name__}("
        opening, closing = ("{", "}") if value else ("", "" if name else "set()")
        self._row(name + opening, value, closing + (")" if name else ""), around)

    def _dict(self, value: dict[Any, Any], around: tuple[int, ...]) -> None:
        self._put("{")
        for at, (key, each) in enumerate(value.items()):
            self._put(", " if at else "")
            self.write(key, around)
            self._put(": ")
            self.write(each, around)
        self._put("}")

    def _row(
        self, opening: str, value: Iterable[Any], closing: str, around: tuple[int, ...]
    ) -> None:
        self._put(opening)
        for at, each in enumerate(value):
            self._put(", " if at else "")
            self.write(each, around)
        self._put(closing)

    def _record(self, kind: str, record: dict[str, Any], around: tuple[int, ...]) -> None:
        self._put(f"{kind}(")
        for at, (name, each) in enumerate(record.items()):
            self._put(f"{', ' if at else ''}{name}=")
            self.write(each, around)
        self._put(")")


_WRITERS: dict[type, Callable[[_Writer, Any, tuple[int, ...]], None]] = {
    str: _Writer._text,  # noqa: SLF001 - they are its own
    bytes: _Writer._bytes,  # noqa: SLF001
    bytearray: _Writer._bytes,  # noqa: SLF001
    int: _Writer._int,  # noqa: SLF001
    list: _Writer._list,  # noqa: SLF001
    tuple: _Writer._tuple,  # noqa: SLF001
    set: _Writer._set,  # noqa: SLF001
    frozenset: _Writer._set,  # noqa: SLF001
    dict: _Writer._dict,  # noqa: SLF001
}


def _record_of(value: Any) -> dict[str, Any] | None:
    """The fields of a dataclass that has the `repr` which was made for it, if all are there."""
    kind = type(value)
    if not is_dataclass(kind) or not hasattr(vars(kind).get("__repr__"), "__wrapped__"):
        return None
    try:
        return {
            each.name: object.__getattribute__(value, each.name)
            for each in fields(kind)
            if each.repr
        }
    except Exception:  # noqa: BLE001 - one is not there, or computed
        return None


def _repr_of(value: Any) -> str:
    try:
        text = redact(str.__getitem__(repr(value), slice(0, _MOST_READ)))
    except (KeyboardInterrupt, TooLong):
        raise
    except BaseException as failure:  # noqa: BLE001 - somebody's repr may raise anything
        return f"<{kind_of(value)} without a repr: {kind_of(failure)}>"
    return text
