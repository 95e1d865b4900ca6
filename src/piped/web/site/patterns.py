"""Parts of paths: names, and parameters like `{id:int}`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from piped.problems import did_you_mean

__all__ = ["Parameter", "parts_of"]

_PARAMETER = re.compile(r"\{([^{}:]*)(?::([^{}]*))?\}")
_NAME = re.compile(r"[^\W\d]\w*")
# As many digits as any counter has; no limit would make numbers of megabytes.
_INTEGER = re.compile(r"-?[0-9]{1,19}")
_FLOAT = re.compile(r"-?[0-9]{1,19}(?:\.[0-9]{1,19})?")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def _fitting(pattern: re.Pattern[str], made: Callable[[str], Any]) -> Callable[[str], Any]:
    return lambda text: made(text) if pattern.fullmatch(text) else None


_TYPES: dict[str, Callable[[str], Any]] = {
    "str": lambda text: text or None,
    "int": _fitting(_INTEGER, int),
    "float": _fitting(_FLOAT, float),
    "uuid": _fitting(_UUID, UUID),
    "path": lambda text: text or None,
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A part of a path that is not known before: it takes one segment, or, as a path, all."""

    name: str
    type: str = "str"

    @property
    def takes_all(self) -> bool:
        return self.type == "path"

    def value(self, segment: bytes) -> Any:
        """What the segment means, or None if it does not fit."""
        try:
            return _TYPES[self.type](segment.decode())
        except UnicodeDecodeError:
            return None

    def __str__(self) -> str:
        return f"{{{self.name}}}" if self.type == "str" else f"{{{self.name}:{self.type}}}"


def parts_of(key: str) -> list[str | Parameter]:
    """What stands between the slashes of `key`. Raises ValueError for what means nothing."""
    parts = [_part(each) for each in key.strip("/").split("/")]
    for part in parts[:-1]:
        if isinstance(part, Parameter) and part.takes_all:
            raise ValueError(f"{part} takes the rest of the path, so nothing can follow it")
    return parts


def _part(text: str) -> str | Parameter:
    if not text:
        raise ValueError("there is nothing between two of its slashes")
    if text in {".", ".."}:
        raise ValueError(f"no path has {text!r} in it: browsers take it away")
    if "{" not in text and "}" not in text:
        return text
    found = _PARAMETER.fullmatch(text)
    if found is None:
        raise ValueError("a parameter takes a whole part of the path, like /{name} or /{name:int}")
    name, type_ = found[1], "str" if found[2] is None else found[2]
    if not _NAME.fullmatch(name):
        raise ValueError(f"a parameter has a name like {{id}}, and {name!r} is none")
    if type_ not in _TYPES:
        near = did_you_mean(type_, _TYPES) or f"; there are {', '.join(_TYPES)}"
        raise ValueError(f"{type_!r} is no type of a parameter{near}")
    return Parameter(name, type_)
