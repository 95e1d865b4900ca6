"""What a baton holds at one moment, in the words of JSON.

Batons are changed in place: what is to be compared or shown later has to be copied now. What JSON
does not have is replaced by its `repr`. Secrets are not shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from math import isfinite
from typing import Any

from piped.secret import redact

__all__ = ["json_value", "snapshot", "text_of"]

_DEEPEST = 50
_MOST = 1_000  # entries of one mapping or list
_LONGEST = 10_000  # characters of one text


def snapshot(value: Any) -> Any:
    """A copy of `value` to be looked at: of a size that can be kept, and without secrets."""
    return _Copy(most=_MOST, longest=_LONGEST, shown=redact).of(value, ())


def json_value(value: Any) -> Any:
    """`value` itself as JSON has it: all of it, and nothing taken out of texts."""
    return _Copy(most=None, longest=None, shown=str).of(value, ())


def text_of(value: Any) -> str:
    """The `repr` of anything, even of what has none."""
    try:
        return repr(value)
    except Exception as failure:  # noqa: BLE001 - somebody's repr may raise anything
        return f"<{type(value).__name__} without a repr: {type(failure).__name__}>"


def _is_finite(value: Any) -> bool:
    return type(value) is float and isfinite(value)


class _Copy:
    def __init__(self, *, most: int | None, longest: int | None, shown: Any) -> None:
        self._most = most
        self._longest = longest
        self._shown = shown

    def of(self, value: Any, around: tuple[int, ...]) -> Any:
        """A copy of `value`, which stands within those whose ids are `around`."""
        if value is None or type(value) in (bool, int) or _is_finite(value):
            return value
        if isinstance(value, str):
            return self._text(value)
        if id(value) in around or len(around) > _DEEPEST:
            return "…"
        if isinstance(value, Mapping):
            return self._mapping(value, (*around, id(value)))
        if isinstance(value, list | tuple):
            return self._list(value, (*around, id(value)))
        return self._text(text_of(value))

    def _list(self, value: Sequence[Any], around: tuple[int, ...]) -> list[Any]:
        copied = [self.of(each, around) for each in value[: self._most]]
        return [*copied, "…"] if len(copied) < len(value) else copied

    def _mapping(self, value: Mapping[Any, Any], around: tuple[int, ...]) -> Any:
        try:
            entries = list(islice(value.items(), self._most))
        except Exception:  # noqa: BLE001 - somebody's mapping may raise anything
            return self._text(text_of(value))
        copied = {self._key(key): self.of(each, around) for key, each in entries}
        return copied | {"…": "…"} if len(entries) < len(value) else copied

    def _key(self, key: Any) -> str:
        return self._text(key if isinstance(key, str) else text_of(key))

    def _text(self, text: str) -> str:
        shown: str = self._shown(text)
        if self._longest is not None and len(shown) > self._longest:
            return shown[: self._longest] + "…"
        return shown
