"""Several drains, as one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from piped import interop
from piped.flows.reason import STOPPED, Reason, worst

__all__ = ["Ends"]


class Ends:
    """Is done when all of them are, with all their reasons; it is a failure if one of them is."""

    def __init__(self, drains: Sequence[Any]) -> None:
        self.drains = drains

    def __repr__(self) -> str:
        return ", ".join(map(repr, self.drains))

    @property
    def reason(self) -> Reason | None:
        """Why they have ended, when all were told."""
        reasons = list(dict.fromkeys(each.reason for each in self.drains))
        if None in reasons:
            return None
        return worst(reasons)

    @property
    def is_done(self) -> bool:
        return all(each.is_done for each in self.drains)

    def stop(self, reason: Reason = STOPPED) -> None:
        """Want no more."""
        for each in self.drains:
            each.stop(reason)

    def done(self) -> interop.Outcome[Reason]:
        """Wait until all is stored. Gives the reasons why they ended, or raises the failure."""
        left = [each.done() for each in self.drains]

        def cancel(_: Any) -> None:
            for each in left:
                each.cancel()

        whole: interop.Outcome[Reason] = interop.Outcome(cancel)

        def ended(_: Any) -> None:
            reason = self.reason
            if whole.called or reason is None or not self.is_done:
                return
            if reason.failure is None:
                whole.callback(reason)
            else:
                whole.errback(reason.failure)

        for each in left:
            each.addBoth(ended)
        return whole
