"""Other programs: the settings."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from piped.options import Duration, ResourceName, Secret
from piped.providers.lines import LineSettings

__all__ = ["OutputSettings", "ProcessSettings"]


@dataclass(frozen=True, kw_only=True)
class OutputSettings(LineSettings):
    """Where what a program writes goes.

    processor: what gets a baton for each line; without one, lines are logged
    """

    processor: ResourceName | None = None


@dataclass(frozen=True, kw_only=True)
class ProcessSettings:
    """A program, and what is done with what it writes.

    executable: the program, by its name on the PATH or by its path
    args: what it is called with
    path: the folder in which it runs
    environment: variables for it, beside those of this process
    stdin: whether it is written to; it has an empty input else
    stdout: what becomes of what it writes
    stderr: what becomes of what it complains of; "stdout" makes it one with the other
    spawn: whether to begin with the process; `spawn_process` of process.NAME.control begins it else
    restart: whether to run it again when it has ended
    restart_wait: how long to wait before that, the first time; longer each time
    max_restart_wait: the longest time to wait
    stop_time: how long it has after SIGTERM, until it is ended by SIGKILL
    enabled: whether it is there at all
    """

    executable: str
    args: list[str] = field(default_factory=list)
    path: Path | None = None
    environment: dict[str, str | Secret] = field(default_factory=dict)
    stdin: bool = True
    stdout: OutputSettings = OutputSettings()
    stderr: OutputSettings | Literal["stdout"] = OutputSettings()
    spawn: bool = True
    restart: bool = False
    restart_wait: Duration = 1.0
    max_restart_wait: Duration = 60.0
    stop_time: Duration = 10.0
    enabled: bool = True

    def __post_init__(self) -> None:
        if not 0 < self.restart_wait <= self.max_restart_wait:
            raise ValueError("`restart_wait` is more than nothing, and at most `max_restart_wait`")
        if self.stop_time <= 0:
            raise ValueError("a `stop_time` is longer than nothing")
        if self.folder is not None and not self.folder.is_dir():
            raise ValueError(f"there is no folder {str(self.folder)!r} for it to run in")
        if any("\0" in each for each in (self.executable, *self.args)):
            raise ValueError("an argument has a zero byte in it")
        if self.enabled and self.program is None:
            where = "" if os.sep in self.executable else " on the PATH"
            raise ValueError(f"there is no program {self.executable!r}{where}")

    @property
    def folder(self) -> Path | None:
        return None if self.path is None else self.path.expanduser()

    @property
    def program(self) -> str | None:
        """The file of the program, if it is there."""
        name = str(Path(self.executable).expanduser())
        if os.sep in name and self.folder is not None:
            name = str(self.folder / name)
        return shutil.which(name)

    def variables(self) -> dict[str, str]:
        """All variables that it gets."""
        own = {
            name: each.reveal() if isinstance(each, Secret) else each
            for name, each in self.environment.items()
        }
        return {**os.environ, **own}
