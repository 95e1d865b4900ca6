"""Several files as one."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from email.utils import formatdate
from pathlib import Path
from typing import Any

from piped.web.files.folder import Entry
from piped.web.files.static import send_entry
from piped.web.site.failures import Failures

__all__ = ["Concatenated"]


class Concatenated:
    """Answers with the files, joined, as they are now."""

    def __init__(self, paths: Sequence[Path], content_type: str, failures: Failures) -> None:
        self._paths = paths
        self._content_type = content_type.encode()
        self._failures = failures

    def __call__(self, request: Any, _: Any) -> None:
        try:
            contents = [path.read_bytes() for path in self._paths]
            modified = max((int(path.stat().st_mtime) for path in self._paths), default=0)
        except OSError as failure:
            self._failures.answer(request, failure, "a file of `concatenated`")
            return
        # A file without an end of line would join its last line to the first of the next.
        content = b"".join(
            each if not each or each.endswith(b"\n") or at == len(contents) else each + b"\n"
            for at, each in enumerate(contents, start=1)
        )
        entry = Entry(
            "",
            (),
            size=len(content),
            modified=modified,
            etag=f'"{hashlib.sha256(content).hexdigest()[:32]}"',
            last_modified=formatdate(modified, usegmt=True).encode(),
            content=content,
        )
        send_entry(request, entry, self._content_type)
