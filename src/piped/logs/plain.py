"""Any value as one that JSON has, without a secret in it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from piped.secret import redact

__all__ = ["plain", "told"]

_DEEPEST = 8  # whatever lies deeper, or in a circle, is shown by its repr


def plain(value: object, depth: int = 0) -> Any:
    """`value` as JSON has it; what JSON lacks, as text."""
    if isinstance(value, str):
        return redact(value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if depth < _DEEPEST:
        if isinstance(value, Mapping):
            return {_key(key): plain(each, depth + 1) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [plain(each, depth + 1) for each in value]
    return told(value)


def _key(key: object) -> str:
    return redact(key) if isinstance(key, str) else told(key)


def told(value: object, telling: Callable[[object], str] = repr) -> str:
    """`value` as text. A value that cannot even say what it is loses no log line."""
    try:
        return redact(telling(value))
    except Exception as failure:  # noqa: BLE001 - of code that is not ours; it is told of instead
        return f"<a {type(value).__name__} that cannot be shown: {type(failure).__name__}>"
