"""What is said about a test beside it: that it is skipped, not done yet, or has little time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from piped.status_testing.case import StatusTestCase

__all__ = ["Todo", "seconds_of", "skip_of", "todo_of"]


@dataclass(frozen=True, slots=True)
class Todo:
    """A test that is expected to fail."""

    reason: str
    errors: tuple[type[BaseException], ...] = (Exception,)

    def expects(self, failure: BaseException) -> bool:
        return isinstance(failure, self.errors)


def skip_of(test: StatusTestCase) -> str | None:
    """Why the test is skipped, if it is."""
    for holder in _holders(test):
        if getattr(holder, "__unittest_skip__", False):
            return str(getattr(holder, "__unittest_skip_why__", ""))
        reason = getattr(holder, "skip", None)
        if reason is not None:
            return str(reason)
    return None


def todo_of(test: StatusTestCase) -> Todo | None:
    """What is not done yet, if anything."""
    for holder in _holders(test):
        if getattr(holder, "__unittest_expecting_failure__", False):
            return Todo("")
        mark = getattr(holder, "todo", None)
        if mark is not None:
            return _todo(mark)
    return None


def seconds_of(test: StatusTestCase) -> float:
    """How long the test may take."""
    return next(
        float(each) for holder in _holders(test) if (each := getattr(holder, "timeout", None))
    )


def _holders(test: StatusTestCase) -> Iterable[Any]:
    return getattr(test, test.method_name), test


def _todo(mark: Any) -> Todo:
    """A reason, or a pair: one kind of error or several, and a reason."""
    if isinstance(mark, str):
        return Todo(mark)
    errors, reason = mark
    return Todo(str(reason), (errors,) if isinstance(errors, type) else tuple(errors))
