"""The files of a folder: which one a path means, and what is known of it.

1. A path never leads out of the folder, by dots as little as by links: a link is followed only to
   what is in the folder itself, unless links may lead anywhere.
2. Names that begin with a dot are not there, unless they are to be shown; `.well-known` always is.
3. What was looked up is remembered as long as the file stays as it is, small files with their
   content: asking the system for the state of a file is all that is left to do.
"""

from __future__ import annotations

import mimetypes
import os
import stat
import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path

__all__ = ["Entry", "Folder"]

_WELL_KNOWN = ".well-known"
# What is kept of files: so many, those up to this size with their content, and so much in all.
_MOST, _SMALL, _ALL = 4096, 128 * 1024, 16 * 1024 * 1024
# A file may change again without its time changing, if it did so just before.
_UNSETTLED = 2.0
# What Python's table does not have on every system, or has differently.
_TYPES = {
    ".avif": "image/avif",
    ".js": "text/javascript",
    ".json": "application/json",
    ".log": "text/plain",
    ".map": "application/json",
    ".md": "text/markdown",
    ".mjs": "text/javascript",
    ".toml": "application/toml",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
}
# Python's own table: that of the system is another one on each.
_TABLE = mimetypes.MimeTypes()
_COMPRESSED = {
    "gzip": "application/gzip",
    "bzip2": "application/x-bzip2",
    "xz": "application/x-xz",
    "br": "application/x-brotli",
    "compress": "application/x-compress",
}
_TEXTS = {"application/json", "application/yaml", "image/svg+xml"}


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """A file or folder as it was when it was looked at."""

    path: str
    stamp: tuple[int, ...]
    is_folder: bool = False
    size: int = 0
    modified: int = 0
    etag: str = ""
    last_modified: bytes = b""
    content_type: bytes = b""
    content: bytes | None = None


class Folder:
    """A folder, or a single file, and how much of it may be seen."""

    def __init__(
        self,
        path: Path,
        *,
        hidden: bool = False,
        follow_links: bool = False,
        default_type: str = "application/octet-stream",
        types: Mapping[str, str] | None = None,
        ignored_extensions: Iterable[str] = (),
    ) -> None:
        self.path = os.path.abspath(path)  # noqa: PTH100 - texts are quicker, and all that is needed
        self._hidden = hidden
        self._follow_links = follow_links
        self._default_type = default_type
        self._types = {**_TYPES, **(types or {})}
        self._ignored = tuple(ignored_extensions)
        self._known: OrderedDict[tuple[bytes, ...], Entry] = OrderedDict()
        self._kept = 0

    def look_up(self, names: tuple[bytes, ...]) -> Entry | None:
        """What is there under these names, one below the other; an empty one at the end is none."""
        known = self._known.get(names)
        if known is not None:
            try:
                if _stamp(os.stat(known.path)) == known.stamp:  # noqa: PTH116 - see `__init__`
                    return known
            except OSError:
                pass
            self._forget(names)
        path = self._path_of(names)
        entry = self._entry(path) if path is not None else None
        if entry is not None:
            self._keep(names, entry)
        return entry

    def beside(self, names: tuple[bytes, ...], entry: Entry, extension: str) -> Entry | None:
        """The file that is called as `entry` is, with `extension` behind it, and is no older."""
        if not names or not os.path.exists(entry.path + extension):  # noqa: PTH110 - see `__init__`
            return None
        found = self.look_up((*names[:-1], names[-1] + extension.encode()))
        if found is None or found.is_folder or found.modified < entry.modified:
            return None
        return found

    def shows(self, name: str) -> bool:
        return self._hidden or not name.startswith(".") or name == _WELL_KNOWN

    def type_of(self, path: str) -> str:
        """The content type for a name."""
        ending = os.path.splitext(path)[1].lower()  # noqa: PTH122 - see `__init__`
        kind, encoding = self._types.get(ending), None
        if kind is None:
            kind, encoding = _TABLE.guess_type(path)
        if encoding is not None:
            kind = _COMPRESSED.get(encoding)
        kind = kind or self._default_type
        is_text = kind.startswith("text/") or kind in _TEXTS
        return f"{kind}; charset=utf-8" if is_text and ";" not in kind else kind

    def _path_of(self, names: tuple[bytes, ...]) -> str | None:
        """The path, if there is one that may be seen."""
        texts = [os.fsdecode(each) for each in names]
        if texts and not texts[-1]:
            del texts[-1]
        if not all(map(self._is_name, texts)):
            return None
        path = os.path.join(self.path, *texts)  # noqa: PTH118 - see `__init__`
        if texts and not names[-1] and os.path.isfile(path):  # noqa: PTH113 - see `__init__`
            return None  # a slash behind the name of a file
        path = path if os.path.lexists(path) else self._with_extension(path)
        return path if self._is_inside(path) else None

    def _is_name(self, text: str) -> bool:
        is_one = bool(text) and text not in {".", ".."} and "/" not in text and "\0" not in text
        return is_one and self.shows(text)

    def _with_extension(self, path: str) -> str:
        """The first that exists of the extensions that one may leave out."""
        for each in self._ignored:
            if each == "*":
                folder, name = os.path.split(path)
                alike = [other for other in _names_in(folder) if other.startswith(f"{name}.")]
                if name and alike:
                    return os.path.join(folder, min(alike))  # noqa: PTH118 - see `__init__`
            elif os.path.exists(path + each):  # noqa: PTH110 - see `__init__`
                return path + each
        return path

    def _is_inside(self, path: str) -> bool:
        if self._follow_links:
            return True
        root, real = os.path.realpath(self.path), os.path.realpath(path)
        return real == root or real.startswith(root.rstrip(os.sep) + os.sep)

    def _entry(self, path: str) -> Entry | None:
        try:
            state = os.stat(path)  # noqa: PTH116 - see `__init__`
            stamp = _stamp(state)
            if stat.S_ISDIR(state.st_mode):
                return Entry(path, stamp, is_folder=True)
            if not stat.S_ISREG(state.st_mode):
                return None
            content = _content(path, state.st_size) if state.st_size <= _SMALL else None
        except (OSError, ValueError):
            return None
        return Entry(
            path,
            stamp,
            size=state.st_size,
            modified=int(state.st_mtime),
            etag=f'"{state.st_mtime_ns:x}-{state.st_size:x}"',
            last_modified=formatdate(int(state.st_mtime), usegmt=True).encode(),
            content_type=self.type_of(path).encode(),
            content=content,
        )

    def _keep(self, names: tuple[bytes, ...], entry: Entry) -> None:
        if abs(time.time() - entry.stamp[0] / 1e9) < _UNSETTLED:
            return
        self._known[names] = entry
        self._kept += len(entry.content or b"")
        while self._kept > _ALL or len(self._known) > _MOST:
            self._forget(next(iter(self._known)))

    def _forget(self, names: tuple[bytes, ...]) -> None:
        self._kept -= len(self._known.pop(names).content or b"")


def _stamp(state: os.stat_result) -> tuple[int, ...]:
    return (state.st_mtime_ns, state.st_ctime_ns, state.st_size, state.st_ino, state.st_dev)


def _content(path: str, size: int) -> bytes | None:
    """All of a small file, unless it is just being written."""
    with open(path, "rb") as file:  # noqa: PTH123 - see `Folder.__init__`
        content = file.read(size + 1)
    return content if len(content) == size else None


def _names_in(folder: str) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 - see `Folder.__init__`
    except OSError:
        return []
