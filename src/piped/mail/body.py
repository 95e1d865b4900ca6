"""The mail itself, as it comes behind DATA. Nothing here does any I/O.

1. It ends with CRLF, a dot, and CRLF, and with nothing that looks like it: with bare line breaks
   one could smuggle a second mail past a server that is less strict. A mail that has any is
   refused.
2. One that is too large is heard out, but not kept.
"""

from __future__ import annotations

import re

from piped.mail.addresses import CommandFault

__all__ = ["Body"]

_END = b"\r\n.\r\n"
_BARE = re.compile(rb"\r(?!\n)|(?<!\r)\n")


class Body:
    """Takes bytes until the mail ends."""

    def __init__(self, most: int, longest_line: int) -> None:
        self._most = most
        # A dot put before another one does not count, and there is one in four bytes at most.
        self._most_kept = most + most // 3 + len(_END) + 4
        self._longest_line = longest_line
        # The line of the command DATA has ended, too.
        self._kept = bytearray(b"\r\n")
        self._is_too_large = False

    def take(self, data: bytes | bytearray) -> bytes | None:
        """Take what came; None, or what is behind the end."""
        searched = max(len(self._kept) - len(_END) + 1, 0)
        self._kept += data
        end = self._kept.find(_END, searched)
        if end >= 0:
            rest = bytes(self._kept[end + len(_END) :])
            del self._kept[end + 2 :]
            return rest
        if len(self._kept) > self._most_kept:
            self._is_too_large = True
        if self._is_too_large:
            del self._kept[: 1 - len(_END)]
        return None

    def content(self) -> bytes:
        """The mail, without what its way has added. Raises `CommandFault`."""
        content = bytes(self._kept).replace(b"\r\n.", b"\r\n")
        if self._is_too_large or len(content) - 2 > self._most:
            raise CommandFault(552, f"the mail has more than {self._most} bytes")
        if _BARE.search(content):
            raise CommandFault(554, "the mail has a line break that is not CRLF")
        if max(map(len, content.split(b"\r\n"))) > self._longest_line:
            raise CommandFault(554, f"the mail has a line of more than {self._longest_line} bytes")
        return content[2:]
