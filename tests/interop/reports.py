"""What Twisted complains of."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from typing import Any

from twisted.logger import ILogObserver
from zope.interface import implementer

__all__ = ["Reports"]


@implementer(ILogObserver)
class Reports:
    """The failures that Twisted has reported because nobody looked at them."""

    def __init__(self) -> None:
        self._found: list[BaseException] = []

    def __call__(self, event: Mapping[str, Any]) -> None:
        if "log_failure" in event:
            self._found.append(event["log_failure"].value)

    def now(self) -> list[BaseException]:
        """All of them: a Deferred complains when it is thrown away."""
        gc.collect()
        return self._found
