"""How a context is kept: the settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from piped.options import Duration

__all__ = ["Persistence"]


@dataclass(frozen=True, kw_only=True)
class Persistence:
    """How a context is kept.

    kind: the format of the file
    file: where it is kept; the name of the context with the kind as ending where nothing is said
    initial_data: what to begin with while there is no file
    interval: how often changes are written; null for only when the process stops
    allow_pickle: needed for the kind pickle, which executes what stands in the file
    """

    kind: Literal["json", "yaml", "pickle"] = "json"
    file: Path | None = None
    initial_data: Any = field(default_factory=dict)
    interval: Duration | None = 30.0
    allow_pickle: bool = False

    def __post_init__(self) -> None:
        if self.kind == "pickle" and not self.allow_pickle:
            raise ValueError(
                "reading a pickle executes what stands in it;"
                " say `allow_pickle: true` if nobody else can write that file"
            )
        if self.interval is not None and self.interval <= 0:
            raise ValueError("an interval is longer than nothing; null means never")
