"""Many founts into one.

1. What flows in anywhere flows on. While nothing may flow on, all are held back.
2. It ends with the last of them (`ends="last"`), or with the first, which stops the others, and for
   the reason of that one. It keeps all their reasons, as they came, and is a failure if one is.
3. More may be added until it is `complete`; it does not end before.
4. Stopped, it stops all of them, and ends when all have ended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from piped.exceptions import AlreadyFlowing
from piped.flows.fount import Fount
from piped.flows.reason import STOPPED, Reason, worst

if TYPE_CHECKING:
    from piped.flows.batch import Batch
    from piped.flows.contracts import Upstream
    from piped.flows.pause import Pause

__all__ = ["FanIn", "Inlet", "merge"]


class Inlet:
    """One of the drains that flow into a fan-in."""

    def __init__(self, into: FanIn, name: str = "") -> None:
        self.name = name
        self.input: Any = into.output
        self.fount: Upstream | None = None
        self.reason: Reason | None = None
        self.into = into
        self._hold: Pause | None = None

    def __repr__(self) -> str:
        return self.name or f"inlet of {self.into!r}"

    def flowing_from(self, fount: Upstream) -> Any:
        if self.fount is not None:
            raise AlreadyFlowing(f"{self!r} has a fount already")
        self.fount = fount
        over = self.into.stopped_by or self.reason or self.into.reason
        if over is not None:
            fount.stop(over)
        elif self.into.is_paused:
            self.hold()
        return self.into

    def receive(self, batch: Batch) -> None:
        self.into.emit(batch)

    def flow_ended(self, reason: Reason) -> None:
        if self.reason is None:
            self.reason = reason
            self.into.inlet_ended(reason)

    def hold(self) -> None:
        if self._hold is None and self.fount is not None and self.reason is None:
            self._hold = self.fount.pause()

    def let_go(self) -> None:
        hold, self._hold = self._hold, None
        if hold is not None and self.reason is None:
            hold.resume()

    def stop(self, reason: Reason) -> None:
        if self.fount is None:
            self.flow_ended(reason)
        elif self.reason is None:
            self.fount.stop(reason)


class FanIn(Fount):
    """The fount that others flow into."""

    name = "merged"

    def __init__(self, ends: Literal["last", "first"] = "last") -> None:
        super().__init__()
        self.inlets: list[Inlet] = []
        self._ends = ends
        self._reasons: list[Reason] = []  # of those that have ended
        self._is_complete = False
        self._has_first = False  # one has ended, and the others are being stopped

    def inlet(self, name: str = "") -> Inlet:
        """A drain for one more fount."""
        made = Inlet(self, name)
        self.inlets.append(made)
        return made

    def complete(self) -> None:
        """No more will be added: it may end."""
        self._is_complete = True
        self._check_end()

    def inlet_ended(self, reason: Reason) -> None:
        """One of them has ended."""
        self._reasons.append(reason)
        if self._ends == "first" and self.stopped_by is None and not self._has_first:
            self._has_first = True
            for each in self._open():
                each.stop(reason)
        self._check_end()

    def on_pause(self) -> None:
        for each in self.inlets:
            each.hold()

    def on_flow(self) -> None:
        for each in self.inlets:
            if self.is_paused:  # by what came from the one before: the others are held still
                return
            each.let_go()

    def on_stop(self, reason: Reason) -> None:
        self._is_complete = True
        for each in self._open():
            each.stop(reason)
        self._check_end()

    def _open(self) -> list[Inlet]:
        return [each for each in self.inlets if each.reason is None]

    def _check_end(self) -> None:
        reasons = self._reasons
        if self._is_complete and len(reasons) == len(self.inlets):
            otherwise = 0 if self._ends == "first" else -1
            self.end(worst(reasons, otherwise) if reasons else self.stopped_by or STOPPED)


def merge(*founts: Any, ends: Literal["last", "first"] = "last") -> FanIn:
    """Founts as one."""
    into = FanIn(ends)
    for fount in founts:
        fount.flow_to(into.inlet())
    into.complete()
    return into
