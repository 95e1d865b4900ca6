"""Files that are read as they grow: the settings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from piped.options import Between, Duration, ResourceName
from piped.providers.lines import LineSettings

__all__ = ["FileSettings", "WatchSettings"]


@dataclass(frozen=True, kw_only=True)
class WatchSettings(LineSettings):
    """Which files, and what becomes of them.

    path: the files, one or several patterns like logs/*.log; `**` is for any folders
    begin: where to begin with files that are there at the very first start; new ones are read whole
    state: the file in which is kept how far each was read; NAME.files.json where nothing is said
    interval: how often to look
    quiet: for how long a file must not have grown to be finished
    finished: what becomes of a file that is read to its end and finished
    move_to: the folder for those that are moved
    """

    path: str | list[str]
    begin: Literal["beginning", "end"] = "beginning"
    state: Path | None = None
    interval: Duration = 1.0
    quiet: Duration = 5.0
    finished: Literal["leave", "delete", "move"] = "leave"
    move_to: Path | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if not all(self.patterns):
            raise ValueError("needs a `path`")
        if (self.finished == "move") != (self.move_to is not None):
            raise ValueError("`finished: move` and `move_to` go together")
        if self.begin == "end" and self.finished != "leave":
            raise ValueError(
                "`begin: end` goes with `finished: leave` only: what is there is not read"
            )
        if self.interval <= 0 or self.quiet <= 0:
            raise ValueError("`interval` and `quiet` are longer than nothing")

    @property
    def patterns(self) -> list[str]:
        given = [self.path] if isinstance(self.path, str) else self.path
        return [str(Path(each).expanduser()) if each else "" for each in given] or [""]

    @property
    def folder(self) -> Path | None:
        """Where finished files go."""
        return None if self.move_to is None else self.move_to.expanduser()


@dataclass(frozen=True, kw_only=True)
class FileSettings(WatchSettings):
    """Which files, and who gets what is in them.

    processor: what gets the batons
    each: a baton for each line, or for each file when it is finished
    max_retries: how often a baton that failed is tried again until it is skipped; for ever by
      default
    retry_wait: how long to wait before that, the first time; longer each time
    max_retry_wait: the longest time to wait
    enabled: whether they are read at all
    """

    processor: ResourceName
    each: Literal["line", "file"] = "line"
    max_retries: Annotated[int, Between(0)] | None = None
    retry_wait: Duration = 1.0
    max_retry_wait: Duration = 60.0
    enabled: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.retry_wait <= self.max_retry_wait:
            raise ValueError("`retry_wait` is more than nothing, and at most `max_retry_wait`")

    def state_of(self, name: str) -> Path:
        """Where the positions are kept."""
        return (self.state or Path(f"{name}.files.json")).expanduser()
