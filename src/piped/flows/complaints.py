"""What the log is told of items that were refused, of which nobody else hears."""

from __future__ import annotations

import logging

from piped.exceptions import brief

__all__ = ["Complaints"]

logger = logging.getLogger(__name__)


class Complaints:
    """Tells of the first, of each new kind of failure, and of each tenfold: not of millions."""

    def __init__(self) -> None:
        self._kinds: set[type[BaseException]] = set()
        self._digits = 0  # of how many there were when it was told last

    def tell(self, who: object, refused: int, failure: BaseException) -> None:
        """So many were refused by now, the last one for that."""
        kind, digits = type(failure), len(str(refused))
        if kind not in self._kinds or digits > self._digits:
            self._kinds.add(kind)
            self._digits = digits
            what = "%r has refused %d so far, now for %s: %s"
            logger.error(what, who, refused, kind.__name__, brief(failure))
