"""Why a flow has ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from piped.exceptions import FlowStopped, brief

__all__ = ["END", "STOPPED", "Reason", "cancelled", "failed", "with_failure", "worst"]


@dataclass(frozen=True, slots=True)
class Reason:
    """What ended a flow; of several founts that flowed in one drain, it keeps all reasons."""

    said: str
    failure: BaseException | None = None
    reasons: tuple[Reason, ...] = ()

    def __str__(self) -> str:
        return self.said

    def as_failure(self) -> BaseException:
        """What those are told who still had something to hand on."""
        return self.failure or FlowStopped(f"the flow has ended: {self.said}")

    def check(self) -> Reason:
        """Raise the failure, if it was one."""
        if self.failure is not None:
            raise self.failure
        return self


END = Reason("its source has ended")
STOPPED = Reason("it was stopped")


def failed(failure: BaseException) -> Reason:
    """The reason that a failure is."""
    return Reason(f"{type(failure).__name__}: {brief(failure)}", failure)


def cancelled() -> Reason:
    """The reason that a task is which was cancelled from outside."""
    return failed(FlowStopped("the task that did the work was cancelled"))


def worst(reasons: Sequence[Reason], otherwise: int = 0) -> Reason:
    """All of them as one: the first failure, if there is one, or else the one at `otherwise`."""
    if len(reasons) == 1:
        return reasons[0]
    failures = [each for each in reasons if each.failure is not None]
    chosen = failures[0] if failures else reasons[otherwise]
    return Reason(chosen.said, chosen.failure, tuple(reasons))


def with_failure(reason: Reason, other: Reason) -> Reason:
    """The first of the two, unless the other alone is a failure."""
    return worst([reason, other]) if reason.failure is None and other.failure else reason
