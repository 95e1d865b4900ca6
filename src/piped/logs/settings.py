"""The section `logging` of a configuration."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from piped.options import Between, Size

__all__ = ["DEFAULT_FILE", "Level", "Logging"]

Level = Literal[
    "debug", "info", "warning", "error", "critical", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"
]

# Where a process without a terminal logs to, unless it is told where.
DEFAULT_FILE = Path("piped.log")


@dataclass(frozen=True, kw_only=True)
class Logging:
    """
    What is logged, how, and where to.

    level: what is worth a line; `info` unless `config` says otherwise
    levels: the same for single loggers, by name
    format: `text` for people, `json` for programs; `auto` is text on a terminal, else JSON
    file: append to this file, too
    rotate: begin a new file before one outgrows this size; 0 for never
    keep: how many of the former files to keep, as `name.1` and so on
    console: print on stderr; the default is yes, unless there is a `config`
    config: for `logging.config.dictConfig`, applied before everything else here
    """

    level: Level | None = None
    levels: dict[str, Level] = field(default_factory=dict)
    format: Literal["auto", "text", "json"] = "auto"
    file: Path | None = None
    rotate: Size = 1024 * 1024
    keep: Annotated[int, Between(low=0)] = 99
    console: bool | None = None
    config: dict[str, Any] | None = None
