"""Defaults, as one would write them in the configuration."""

from __future__ import annotations

import math
from enum import Enum
from pathlib import PurePath
from typing import Any

from piped.options.findings import INVALID
from piped.paths import BatonPath

__all__ = ["json_of"]


def json_of(value: Any) -> Any:
    """The default as JSON, or INVALID for what has no such form."""
    if isinstance(value, BatonPath):
        return INVALID
    value = _written(value)
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else INVALID
    if isinstance(value, list | tuple):
        return _whole([json_of(each) for each in value])
    if isinstance(value, dict):
        pairs = {str(key): json_of(each) for key, each in value.items()}
        return pairs if _whole(list(pairs.values())) is not INVALID else INVALID
    return INVALID


def _written(value: Any) -> Any:
    """What would be written for `value`, if that is anything else."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, PurePath):
        return str(value)
    return getattr(value, "text", value)


def _whole(values: list[Any]) -> Any:
    return INVALID if any(value is INVALID for value in values) else values
