"""The standard input: the settings."""

from __future__ import annotations

from dataclasses import dataclass

from piped.options import ResourceName
from piped.providers.lines import LineSettings

__all__ = ["StdinSettings"]


@dataclass(frozen=True, kw_only=True)
class StdinSettings(LineSettings):
    """What the lines of the standard input are for.

    processor: what gets a baton for each line, and `{line: null}` at the end
    stop_at_end: whether the process stops when the input has ended
    enabled: whether it is read at all
    """

    processor: ResourceName
    stop_at_end: bool = False
    enabled: bool = True
