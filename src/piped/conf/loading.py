"""What one load of a configuration carries along from stage to stage."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from piped.conf.read import DEFAULT_LIMITS, Document, Limits, Source, read
from piped.problems import Kind, Place, Problem, Severity, nearest

__all__ = ["Loading", "folder_of", "real_path"]

_NAMED_BY_HAND = "Is this the right folder? `piped init FOLDER` makes a file to begin with."
_VARIABLE = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)")


@dataclass
class Loading:
    """One load: what it may look at, and what it has found so far."""

    environment: Mapping[str, str]
    runmode: str = ""
    limits: Limits = DEFAULT_LIMITS
    # As keys, for the same one is found twice where a file is read twice.
    problems: dict[Problem, None] = field(default_factory=dict)
    # In the order in which they were read.
    files: list[str] = field(default_factory=list)
    # The tags that occur anywhere; "$" for variables. What does not occur need not be looked for.
    seen: set[str] = field(default_factory=set)
    nodes: int = 0
    # Everything that should be there is.
    is_complete: bool = True
    _texts: dict[str, str] = field(default_factory=dict)

    def problem(
        self,
        kind: Kind,
        place: Place,
        message: str,
        hint: str = "",
        severity: Severity = Severity.ERROR,
    ) -> None:
        self.problems[Problem(kind, place, message, hint, severity=severity)] = None

    def read(self, text: str, source: Source) -> Document:
        """The nodes of `text`; its problems are noted."""
        left = self.limits.nodes - self.nodes
        document = read(text, source, replace(self.limits, nodes=left))
        self.problems |= dict.fromkeys(document.problems)
        self.nodes += document.size
        self.seen |= document.tags
        if "${" in text:
            self.seen.add("$")
        self.is_complete = self.is_complete and document.complete
        return document

    def path(self, text: str, place: Place) -> str:
        """The absolute path that `text` means, when it stands at `place`."""
        text = _VARIABLE.sub(lambda found: self.environment.get(found[1], found[0]), text)
        path = Path(folder_of(place), self._home(text))
        normal = os.path.normpath(path)
        # `link/../x` is not always `x`.
        is_same = ".." not in path.parts or real_path(normal) == real_path(path)
        return normal if is_same else str(path)

    def _home(self, text: str) -> Path:
        """The path in `text`, with a leading `~` or `~name` expanded."""
        home = self.environment.get("HOME")
        if home and (text == "~" or text.startswith("~/")):
            return Path(home + text[1:])
        try:
            return Path(text).expanduser()
        except RuntimeError:
            # There is no such user: then it is a file of that name.
            return Path(text)

    def text_of(self, file: str, mentioned: Place, *, is_value: bool = False) -> str | None:
        """The text of a file; None, and a problem where it is mentioned, if there is none.

        Without a file that is but one value, all else can still be checked.
        """
        if file not in self._texts:
            text = self._read_file(file, mentioned)
            if text is None:
                self.is_complete = self.is_complete and is_value
                return None
            self._texts[file] = text
        return self._texts[file]

    def _read_file(self, file: str, mentioned: Place) -> str | None:
        try:
            with Path(file).open("rb") as stream:
                content = stream.read(self.limits.bytes + 1)
        except (OSError, ValueError) as error:
            message, hint = _reason(error, file)
            if not mentioned.line and not hint:  # no file mentions it
                hint = _NAMED_BY_HAND
            self.problem(Kind.UNREADABLE, mentioned, message, hint)
            return None
        if len(content) > self.limits.bytes:
            message = f"this file has more than {self.limits.bytes:,} bytes"
            self.problem(Kind.LIMIT, Place(file), message)
            return None
        return self._decoded(content, file)

    def _decoded(self, content: bytes, file: str) -> str | None:
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            before = content[: error.start].decode("utf-8-sig", "replace")
            line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
            self.problem(
                Kind.UNREADABLE,
                Place(file, line, column),
                f"this is not UTF-8 (byte 0x{content[error.start]:02x})",
                "Save the file as UTF-8.",
            )
            return None


def real_path(file: str | Path) -> str:
    """What `file` is, however it is spelled."""
    try:
        return os.path.realpath(file)
    except ValueError:
        # With a NUL in its name it is no file, and reading it will say so.
        return str(file)


def folder_of(place: Place) -> str:
    """What paths at `place` are relative to: the folder of the file, or where we are."""
    file = Path(place.file)
    return str(file.parent if file.is_absolute() else Path.cwd())


def _reason(error: OSError | ValueError, file: str) -> tuple[str, str]:
    """Why a file could not be read, and the way out."""
    name = repr(file)
    if isinstance(error, FileNotFoundError):
        unset = _VARIABLE.findall(file)
        hint = f"The environment variable {unset[0]} is not set." if unset else ""
        return f"there is no file {name}{_similar(Path(file))}", hint
    if isinstance(error, IsADirectoryError):
        return f"{name} is a folder, not a file", ""
    if isinstance(error, PermissionError):
        return (
            f"{name} may not be read",
            "Its permissions, or those of a folder above it, forbid it.",
        )
    return f"{name} cannot be read: {getattr(error, 'strerror', None) or error}", ""


def _similar(file: Path) -> str:
    """The end of a message: the file beside it that was probably meant."""
    try:
        siblings = {path.stem: path.name for path in sorted(file.parent.iterdir())}
    except (OSError, ValueError):
        # There is no such folder either, so nothing in it can have been meant.
        return ""
    stem = file.stem if file.stem in siblings else nearest(file.stem, siblings)
    return f" (did you mean {siblings[stem]!r}?)" if stem else ""
