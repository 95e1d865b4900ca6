"""The wire format of StatsD: lines, and packets that are full of them."""

from __future__ import annotations

import math
import re
from collections import deque
from collections.abc import Iterable
from typing import Literal

__all__ = ["Packets", "StatsdKind", "component_of", "lines_of"]

StatsdKind = Literal["c", "g", "ms", "h", "s"]

_unfit_in_names = re.compile(r"[:|@#,\s\x00-\x1f\x7f]")
_unfit_in_tags = re.compile(r"[|#,\s\x00-\x1f\x7f]")


def component_of(text: str) -> str:
    """`text` as what stands between two dots of a name."""
    return _unfit_in_names.sub("_", text).replace(".", "_") or "_"


def lines_of(
    name: str,
    value: float | str,
    kind: StatsdKind,
    *,
    rate: float = 1.0,
    tags: Iterable[str] = (),
    signed: bool = False,
) -> list[bytes]:
    """The lines for one value. With `signed`, a gauge may be negative; else that takes two lines.

    Where a server knows no tags, a gauge with a sign is changed, and not set.
    """
    name = _unfit_in_names.sub("_", name)
    end = f"|{kind}" + (f"|@{_number(rate)}" if rate < 1 else "")
    told = ",".join(_unfit_in_tags.sub("_", each) for each in tags)
    end += f"|#{told}" if told else ""
    number = _unfit_in_names.sub("_", value) if isinstance(value, str) else _number(value)
    if kind == "g" and number.startswith("-") and not signed:
        return [f"{name}:0{end}".encode(), f"{name}:{number}{end}".encode()]
    return [f"{name}:{number}{end}".encode("utf-8", "replace")]


def _number(value: float) -> str:
    if not math.isfinite(value):
        raise ValueError(f"{value!r} is no number that can be sent")
    if isinstance(value, int):
        return str(value)
    return f"{value:.6f}".rstrip("0").rstrip(".")


class Packets:
    """Lines on their way into packets of at most so many bytes; of packets, the last ones."""

    def __init__(self, size: int, most: int = 64) -> None:
        self.dropped = 0
        self._size = size
        self._most = most
        self._full: deque[bytes] = deque()
        self._lines: list[bytes] = []
        self._length = 0

    @property
    def is_due(self) -> bool:
        """Whether there is a packet into which no more goes."""
        return bool(self._full)

    def add(self, lines: list[bytes]) -> None:
        """Add lines that stay together, if they can."""
        text = b"\n".join(lines)
        if self._length + len(text) + 1 > self._size and self._lines:
            self._close()
        self._lines.append(text)
        self._length += len(text) + 1

    def take(self) -> list[bytes]:
        """All packets, the last of which may have room yet."""
        if self._lines:
            self._close()
        taken = list(self._full)
        self._full.clear()
        return taken

    def _close(self) -> None:
        self._full.append(b"\n".join(self._lines))
        self._lines, self._length = [], 0
        if len(self._full) > self._most:
            self._full.popleft()
            self.dropped += 1
