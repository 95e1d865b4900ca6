"""Which acknowledgements a channel needs. Pure.

The broker numbers what it sends over a channel, from 1 on, and one acknowledgement may stand for
all numbers up to its own. So messages that ended in order are acknowledged together. One that
takes long holds back none that ended after it: those are acknowledged one by one.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["Tags"]


class Tags:
    """The numbers that were settled."""

    def __init__(self) -> None:
        # All below this are settled; of the others these.
        self._first = 1
        self._ahead: set[int] = set()
        self._alone = False

    def settled(self, tag: int) -> None:
        """The broker was told what became of `tag`, alone."""
        if not self._alone:
            self._ahead.add(tag)
            self._advance()

    def left(self) -> None:
        """One is left to somebody else, and so none may stand for others any more."""
        self._alone = True
        self._ahead.clear()

    def acknowledgements(self, tags: Iterable[int]) -> list[tuple[int, bool]]:
        """What to send for `tags`, all of them done with: numbers, and whether all below count."""
        new = set(tags)
        if self._alone:
            return [(tag, False) for tag in sorted(new)]
        self._ahead |= new
        self._advance()
        together = [tag for tag in new if tag < self._first]
        alone = sorted(tag for tag in new if tag >= self._first)
        sent = [(max(together), len(together) > 1)] if together else []
        return sent + [(tag, False) for tag in alone]

    def _advance(self) -> None:
        while self._first in self._ahead:
            self._ahead.remove(self._first)
            self._first += 1
