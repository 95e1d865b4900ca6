"""Items as texts of JSON. Both sides know the classes that go over the wire by their names.

An item of a class is `[name, value]`, one of plain JSON `[value]`. Nothing is made of a name that
was not registered.
"""

from __future__ import annotations

import json
from dataclasses import is_dataclass
from enum import Enum
from typing import Any

from piped.exceptions import Malformed, UnfitItem
from piped.flows.edge import classes_of
from piped.flows.elsewhere.values import SCALARS, Coder, coder_of, plain
from piped.problems import did_you_mean

__all__ = ["Types", "typed"]


def typed(*classes: Any, **named: Any) -> Types:
    """The dataclasses and enums that may come and go, by their names or by other ones."""
    by_name = {getattr(each, "__name__", repr(each)): each for each in classes}
    return Types({**by_name, **named}, len(classes) + len(named))


class Types:
    """Encodes and decodes items."""

    def __init__(self, classes: dict[str, Any], number: int | None = None) -> None:
        if number not in {None, len(classes)}:
            raise TypeError("two classes have one name: give the other one by name=Class")
        self._coders: dict[str, Coder] = {each.__name__: SCALARS[each] for each in SCALARS}
        self._names: dict[type, tuple[str, Coder]] = {
            each: (each.__name__, SCALARS[each]) for each in SCALARS
        }
        for name, each in classes.items():
            if name in self._coders:
                raise TypeError(f"{name!r} goes over the wire as it is")
            if not isinstance(each, type) or not (is_dataclass(each) or issubclass(each, Enum)):
                raise TypeError(f"{each!r} is neither a dataclass nor an enum")
            self._coders[name] = coder_of(each)
            self._names[each] = name, self._coders[name]

    def unknown_of(self, hint: Any) -> type | None:
        """The class of a type of which no object can go over, as far as that is known."""
        classes = classes_of(hint)
        unknown = [each for each in classes if self._is_unknown(each)]
        return unknown[0] if len(unknown) == len(classes) else None

    def _is_unknown(self, kind: Any) -> bool:
        if not isinstance(kind, type) or not (is_dataclass(kind) or issubclass(kind, Enum)):
            return False
        return not any(issubclass(each, kind) for each in self._names)

    def encode(self, item: Any) -> bytes:
        """The text of an item. Raises `UnfitItem`."""
        found = self._names.get(type(item))
        try:
            if found is not None and found[1].encode is not None:
                return _dump([found[0], found[1].encode(item)]).encode()
            return _dump([plain(item)]).encode()
        except UnfitItem:
            raise
        except RecursionError:
            raise UnfitItem("it is too deep to go over the wire") from None
        except Exception as failure:  # of the user's values
            said = f"{type(item).__name__} does not go over the wire: {failure}"
            raise UnfitItem(said) from failure

    def read(self, texts: list[bytes]) -> list[Any]:
        """What stands in the texts of items. Raises `Malformed`."""
        try:
            found = json.loads(b"[" + b",".join(texts) + b"]")
        except (ValueError, RecursionError):
            raise Malformed("what came is no JSON") from None
        if len(found) != len(texts):
            raise Malformed("what came is no JSON")
        return found  # type: ignore[no-any-return]  # it is a list

    def decode(self, read: Any) -> Any:
        """The item of what was read of its text. Raises `UnfitItem`."""
        if type(read) is not list or not 0 < len(read) < 3:
            raise UnfitItem("what came is no item")
        try:
            if len(read) == 1:
                return plain(read[0])
            name, value = read
            if type(name) is not str or name not in self._coders:
                near = did_you_mean(name, self._coders) if type(name) is str else ""
                raise UnfitItem(f"there is no class {str(name)[:80]!r} here{near}")
            return self._coders[name].decode(value)
        except RecursionError:
            raise UnfitItem("it is too deep") from None


_dump = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
