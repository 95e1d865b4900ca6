"""Lines of files that flow: of such as grow, and of such as are read to their ends, once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from piped.exceptions import ConfigurationError
from piped.flow_part import FountPart
from piped.flow_parts.line_blocks import LinesPart
from piped.options import Between, Duration, Size
from piped.providers.file_settings import WatchSettings

if TYPE_CHECKING:
    from piped.clock import Clock
    from piped.environment import RuntimeEnvironment
    from piped.flow_parts.file_reading import FileReading

__all__ = ["FileFount"]


class FileFount(LinesPart, FountPart):
    """The lines of files, many at a time.

    How far each file was read is kept in `state`; a line counts when it is confirmed, and so are
    all before it. After a crash some lines come again, and none is left out. Files that grow are
    followed through rotations; with `follow: false` what there is is read, once.
    """

    name = "files"

    def __init__(
        self,
        path: str | list[str],
        *,
        follow: bool = True,
        state: Path | None = None,
        begin: Literal["beginning", "end"] = "beginning",
        interval: Duration = 1.0,
        quiet: Duration = 5.0,
        finished: Literal["leave", "delete", "move"] = "leave",
        move_to: Path | None = None,
        gives: Literal["lines", "places"] = "lines",
        answers: Literal["chunk", "line"] = "chunk",
        retry: Duration | None = None,
        max_retries: Annotated[int, Between(0)] | None = None,
        chunk: Annotated[Size, Between(1024)] = 64 * 1024,
        **lines: Any,
    ) -> None:
        """
        path: the files, one or several patterns like logs/*.log; `**` is for any folders
        follow: whether to go on with what is added to them; else it ends at their ends
        state: the file in which is kept how far each was read; whoever follows needs one
        begin: where to begin with files that are there at the very first start; new ones are read
          whole
        interval: how often to look
        quiet: for how long a file must not have grown to be finished
        finished: what becomes of a file that is read to its end and finished
        move_to: the folder for those that are moved
        gives: the `lines` alone, or, with their `places`, {line, path, position}
        answers: whether it is known of a `chunk` of lines that some were refused, which costs
          nothing, or of each `line`
        retry: a refused line is tried again after so long, later and later; else it is logged, and
          left out
        max_retries: how often it is tried again; for ever by default
        chunk: how much is read at a time
        """
        super().__init__(**lines)
        if follow and state is None:
            hint = "Write `state: NAME.json`, or `follow: false` to read what is there, once."
            raise ConfigurationError("whoever follows files needs a `state`", hint=hint)
        if not follow and finished != "leave":
            raise ConfigurationError("`finished` is for those who follow files")
        if retry is not None and retry <= 0:
            raise ConfigurationError("`retry` is longer than nothing")
        if max_retries is not None and retry is None:
            raise ConfigurationError("`max_retries` goes with `retry`")
        given: dict[str, Any] = {"path": path, "begin": begin, "interval": interval}
        if state is not None:
            given["state"] = state.expanduser()
            self.alone = (f"the state {given['state'].absolute()}",)
        self._how: dict[str, Any] = {
            "watched": self.settings(
                WatchSettings, **given, quiet=quiet, finished=finished, move_to=move_to
            ),
            "follow": follow,
            "has_places": gives == "places",
            "by_line": answers == "line" or retry is not None,
            "retry": retry,
            "max_retries": max_retries,
            "chunk": chunk,
        }
        if gives == "places":
            self.output = dict

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        self._clock: Clock = runtime_environment.clock

    def make(self) -> FileReading:
        from piped.flow_parts.file_reading import FileReading, How

        made = FileReading(How(**self._how), self._clock)
        made.name, made.output = self.name, self.output
        return made
