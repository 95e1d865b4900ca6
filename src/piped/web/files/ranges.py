"""Which bytes of a file a client wants (RFC 9110, 14).

1. What cannot be read is as if nothing had been asked.
2. What reaches beyond the end is cut off there; what begins beyond it is left out; if nothing
   is left, the request cannot be satisfied.
3. Ranges that overlap, or more of them than a player needs, are as if nothing had been asked:
   they would only multiply the work.
"""

from __future__ import annotations

import re
from itertools import pairwise

__all__ = ["Unsatisfiable", "ranges_of"]

_RANGE = re.compile(r"([0-9]{0,18})-([0-9]{0,18})")
_MOST = 16


class Unsatisfiable(Exception):
    """None of the ranges is within the file."""


def ranges_of(header: str, size: int) -> list[range]:
    """The bytes that are wanted, in the order in which they were asked for; [] for all."""
    unit, _, text = header.partition("=")
    if unit.strip().lower() != "bytes":
        return []
    found: list[range] = []
    for each in text.split(","):
        if not each.strip():
            continue
        match = _RANGE.fullmatch(each.strip())
        if match is None or not any(match.groups()):
            return []
        first, last = match.groups()
        if first and last and int(last) < int(first):
            return []
        found.append(_range(first, last, size))
    if not found or len(found) > _MOST:
        return []
    wanted = [each for each in found if each]
    if not wanted:
        raise Unsatisfiable(header)
    return [] if _overlap(wanted) else wanted


def _range(first: str, last: str, size: int) -> range:
    if not first:  # so many from the end
        return range(max(size - int(last), 0), size)
    return range(int(first), min(int(last) + 1, size) if last else size)


def _overlap(ranges: list[range]) -> bool:
    ordered = sorted(ranges, key=lambda each: each.start)
    return any(second.start < first.stop for first, second in pairwise(ordered))
