"""What became of the tests."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Self

__all__ = ["Result", "Results", "Status"]


class Status(Enum):
    """What may become of a test, and how that is shown and counted."""

    label: str
    plural: str
    is_bad: bool

    SUCCESS = ("success", "[OK]", "successes", False)
    FAILURE = ("failure", "[FAIL]", "failures", True)
    ERROR = ("error", "[ERROR]", "errors", True)
    SKIPPED = ("skipped", "[SKIPPED]", "skips", False)
    EXPECTED_FAILURE = ("expected_failure", "[TODO]", "expectedFailures", False)
    TODONE = ("todone", "[SUCCESS!?!]", "unexpectedSuccesses", True)

    def __new__(cls, value: str, label: str, plural: str, is_bad: bool) -> Self:
        made = object.__new__(cls)
        made._value_ = value
        made.label, made.plural, made.is_bad = label, plural, is_bad
        return made


# In the order in which a summary counts them.
_COUNTED = (
    Status.SKIPPED,
    Status.EXPECTED_FAILURE,
    Status.FAILURE,
    Status.ERROR,
    Status.TODONE,
    Status.SUCCESS,
)


@dataclass(frozen=True)
class Result:
    """One thing that was told of a test."""

    test: Any
    status: Status
    failure: BaseException | None = None
    reason: str = ""
    seconds: float = 0.0


@dataclass
class Results:
    """All that was told, and how long it took."""

    now: Callable[[], float] = time.monotonic
    told: list[Result] = field(default_factory=list)
    tests: int = 0
    seconds: float = 0.0

    def of(self, status: Status) -> list[Result]:
        return [each for each in self.told if each.status is status]

    @property
    def succeeded(self) -> bool:
        return not any(each.status.is_bad for each in self.told)

    def summary(self) -> str:
        """`PASSED (successes=3)`, or `FAILED (…)` with all that there is."""
        counts = ", ".join(self._counts())
        word = "PASSED" if self.succeeded else "FAILED"
        return f"{word} ({counts})" if counts else word

    def _counts(self) -> Iterator[str]:
        for status in _COUNTED:
            number = len(self.of(status))
            if number:
                yield f"{status.plural}={number}"
