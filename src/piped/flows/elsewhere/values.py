"""What a value of a type is in JSON, and whether JSON is a value of a type.

Nothing is converted that was not declared, and nothing is guessed: a text is no number, and true is
no integer. A union names the one of its types that a value has.
"""

from __future__ import annotations

import types
import typing
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Literal, NamedTuple, Union
from uuid import UUID

from piped.exceptions import UnfitItem

__all__ = ["SCALARS", "Coder", "coder_of", "name_of_type", "plain"]

_DEEPEST = 100
_PLAIN = {str, int, float, bool, type(None)}


class Coder(NamedTuple):
    """Both ways of one type. What is JSON already has no `encode`."""

    encode: Callable[[Any], Any] | None
    decode: Callable[[Any], Any]
    fits: Callable[[Any], bool]  # whether a value is of the type, at first sight


def coder_of(hint: Any) -> Coder:
    """The coder of a type. Raises TypeError if it has none."""
    found = _CODERS.get(hint) if isinstance(hint, type) else None
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if found is None and hint is Any:
        found = Coder(plain, plain, lambda _: True)
    elif found is None and origin is typing.Annotated:
        found = coder_of(args[0])
    elif found is None and (origin or hint) in _SPECIAL:
        found = _SPECIAL[origin or hint](args)
    elif found is None and isinstance(hint, type):
        found = _of_class(hint)
    if found is None:
        raise TypeError(f"{hint!r} does not go over the wire")
    return found


def _of_class(hint: type) -> Coder | None:
    if issubclass(hint, Enum):
        return _enum(hint)
    return _dataclass(hint) if is_dataclass(hint) else None


def plain(value: Any) -> Any:
    """A value that JSON has as it is, and not too deep. Raises `UnfitItem` if it is another."""
    level = [value]
    for _ in range(_DEEPEST):
        below: list[Any] = []
        for each in level:
            kind = type(each)
            if kind is list:
                below += each
            elif kind is dict:
                if any(type(key) is not str for key in each):
                    raise UnfitItem("a key of a dict is no str")
                below += each.values()
            elif kind not in _PLAIN:
                raise UnfitItem(f"{kind.__name__} is no JSON, and no class that is known")
        if not below:
            return value
        level = below
    raise UnfitItem("it is too deep")


def name_of_type(hint: Any) -> str:
    """What a type is called on the wire."""
    return str(getattr(typing.get_origin(hint) or hint, "__name__", hint))


def _unfit(what: str, value: Any) -> UnfitItem:
    return UnfitItem(f"expected {what}, got {type(value).__name__}")


def _same(*kinds: type) -> Coder:
    """A type that JSON has, too. A bool is no int."""

    def decode(value: Any) -> Any:
        if type(value) not in kinds:
            raise _unfit(kinds[-1].__name__, value)
        return value

    return Coder(None, decode, lambda value: type(value) in kinds)


def _text(kind: type, encode: Callable[[Any], str], decode: Callable[[str], Any]) -> Coder:
    """A type that is a text in JSON."""

    def read(value: Any) -> Any:
        if type(value) is str:
            try:
                return decode(value)
            except (ValueError, ArithmeticError):
                pass
        raise _unfit(kind.__name__, value)

    return Coder(encode, read, lambda value: type(value) is kind)


def _float(value: Any) -> float:
    if type(value) is float or type(value) is int:
        try:
            return float(value)
        except OverflowError:
            pass
    raise _unfit("float", value)


SCALARS: dict[type, Coder] = {
    bytes: _text(
        bytes, lambda value: b64encode(value).decode(), lambda text: b64decode(text, validate=True)
    ),
    datetime: _text(datetime, datetime.isoformat, datetime.fromisoformat),
    date: _text(date, date.isoformat, date.fromisoformat),
    Decimal: _text(Decimal, str, Decimal),
    UUID: _text(UUID, str, UUID),
}
_CODERS: dict[Any, Coder] = {
    **SCALARS,
    str: _same(str),
    int: _same(int),
    bool: _same(bool),
    type(None): _same(type(None)),
    float: Coder(None, _float, lambda value: type(value) in {float, int}),
}


def _literal(values: tuple[Any, ...]) -> Coder:
    def decode(value: Any) -> Any:
        for each in values:
            if type(each) is type(value) and each == value:
                return each
        raise UnfitItem(f"expected one of {', '.join(map(repr, values))}")

    return Coder(None, decode, lambda value: value in values)


def _enum(kind: type[Enum]) -> Coder:
    members = dict(kind.__members__)

    def decode(value: Any) -> Any:
        if type(value) is not str or value not in members:
            raise _unfit(f"a name of {kind.__name__}", value)
        return members[value]

    return Coder(lambda value: value.name, decode, lambda value: isinstance(value, kind))


def _union(args: tuple[Any, ...]) -> Coder:
    """None is null. Of one other type a value is itself; of several, its type stands before it."""
    members = {name_of_type(each): coder_of(each) for each in args if each is not type(None)}
    optional = type(None) in args
    if len(members) + optional != len(args):
        raise TypeError(f"two of {args!r} have one name")
    one = next(iter(members.values())) if len(members) == 1 else _named(members)

    def encode(value: Any) -> Any:
        is_same = one.encode is None or (value is None and optional)
        return value if is_same else one.encode(value)  # type: ignore[misc]  # it is not None

    def decode(value: Any) -> Any:
        return None if value is None and optional else one.decode(value)

    def fits(value: Any) -> bool:
        return (value is None and optional) or one.fits(value)

    return Coder(encode, decode, fits)


def _named(members: dict[str, Coder]) -> Coder:
    """One of several types, with its name."""
    wanted = " or ".join(members)

    def encode(value: Any) -> Any:
        for name, coder in members.items():
            if coder.fits(value):
                return [name, value if coder.encode is None else coder.encode(value)]
        raise _unfit(wanted, value)

    def decode(value: Any) -> Any:
        if type(value) is not list or len(value) != 2 or type(value[0]) is not str:
            raise _unfit(wanted, value)
        coder = members.get(value[0])
        if coder is None:
            raise UnfitItem(f"expected {wanted}, got {value[0][:80]!r}")
        return coder.decode(value[1])

    return Coder(encode, decode, lambda value: any(each.fits(value) for each in members.values()))


def _sequence(kind: Any) -> Callable[[tuple[Any, ...]], Coder]:
    def made(args: tuple[Any, ...]) -> Coder:
        if kind is tuple and (len(args) != 2 or args[1] is not Ellipsis):
            raise TypeError("of tuples, tuple[X, ...] goes over the wire")
        inner = coder_of(args[0] if args else Any)
        each = inner.encode

        def decode(value: Any) -> Any:
            if type(value) is not list:
                raise _unfit(kind.__name__, value)
            return kind(map(inner.decode, value))

        return Coder(
            list if each is None else lambda value: list(map(each, value)),
            decode,
            lambda value: isinstance(value, kind),
        )

    return made


def _mapping(args: tuple[Any, ...]) -> Coder:
    if args and args[0] is not str:
        raise TypeError("the keys of a dict that goes over the wire are str")
    inner = coder_of(args[1] if args else Any)

    def encode(value: dict[str, Any]) -> Any:
        if any(type(key) is not str for key in value):
            raise UnfitItem("a key of a dict is no str")
        each = inner.encode
        return value if each is None else {key: each(one) for key, one in value.items()}

    def decode(value: Any) -> Any:
        if type(value) is not dict:
            raise _unfit("dict", value)
        return {key: inner.decode(one) for key, one in value.items()}

    return Coder(encode, decode, lambda value: isinstance(value, dict))


_SPECIAL: dict[Any, Callable[[tuple[Any, ...]], Coder]] = {
    Literal: _literal,
    Union: _union,
    types.UnionType: _union,
    list: _sequence(list),
    tuple: _sequence(tuple),
    dict: _mapping,
}


class _OfClass:
    """The fields of a dataclass, by name: all that it needs, and no others."""

    def __init__(self, kind: Any) -> None:
        self._kind = kind
        self._coders: dict[str, Coder] = {}
        self._needed: set[str] = set()

    def fill(self) -> None:
        """Find the coders of its fields; it may be the type of one itself."""
        hints = typing.get_type_hints(self._kind)
        for each in fields(self._kind):
            if each.init:
                try:
                    self._coders[each.name] = coder_of(hints[each.name])
                except TypeError as error:
                    raise TypeError(f"{self._kind.__name__}.{each.name}: {error}") from None
                if _is_needed(each):
                    self._needed.add(each.name)
        self._encoders = [(name, coder.encode) for name, coder in self._coders.items()]

    def encode(self, value: Any) -> dict[str, Any]:
        made = {}
        for name, encode in self._encoders:
            each = getattr(value, name)
            made[name] = each if encode is None else encode(each)
        return made

    def decode(self, value: Any) -> Any:
        if type(value) is not dict:
            raise _unfit(self._kind.__name__, value)
        made, coders = {}, self._coders
        for name, each in value.items():
            coder = coders.get(name)
            if coder is None:
                raise UnfitItem(f"{self._kind.__name__} has no field {name[:80]!r}")
            try:
                made[name] = coder.decode(each)
            except UnfitItem as unfit:
                raise UnfitItem(f"{self._kind.__name__}.{name}: {unfit.msg}") from None
        if len(made) < len(coders) and (missing := self._needed - made.keys()):
            raise UnfitItem(f"{self._kind.__name__}: {min(missing)!r} is missing")
        return self._made(made)

    def _made(self, values: dict[str, Any]) -> Any:
        try:
            return self._kind(**values)
        except Exception as failure:
            said = f"{type(failure).__name__}: {failure}"
            raise UnfitItem(f"{self._kind.__name__}: {said}") from failure


def _dataclass(kind: Any) -> Coder:
    of_class = _OfClass(kind)
    coder = Coder(of_class.encode, of_class.decode, lambda value: type(value) is kind)
    _CODERS[kind] = coder
    try:
        of_class.fill()
    except BaseException:
        del _CODERS[kind]
        raise
    return coder


def _is_needed(each: Field[Any]) -> bool:
    return each.default is MISSING and each.default_factory is MISSING
