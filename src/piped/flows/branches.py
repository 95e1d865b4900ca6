"""Parts beside one another, as one part.

    parallel(store, independent(index, items=1000), best_effort(dashboard))

Branches of `parallel` all get each item and wait for the slowest of them, except for what is
`independent`, which has a buffer of its own, and what is `best_effort`, for which nobody waits.
`split` chooses one branch for each item. What comes of branches flows on together; those that end
with a drain end there, and a flow waits for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from piped.exceptions import FlowError
from piped.flows.batch import Batch
from piped.flows.buffer import Overflow, buffer
from piped.flows.ends import Ends
from piped.flows.fan_in import FanIn
from piped.flows.fan_out import FanOut, Split, Together
from piped.flows.series import Joined, name_of, series
from piped.flows.stage import Stage
from piped.flows.tube import Tube, as_part

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Shedding", "best_effort", "independent", "parallel", "split"]


class Shedding(Stage):
    """Hands on what is taken at once, and loses the rest; what flows in is done with it."""

    def __init__(self) -> None:
        super().__init__()
        self.dropped = 0

    def receive(self, batch: Batch) -> None:
        batch.settle()
        if self.is_flowing:
            self.emit(Batch(batch.items))
        else:
            self.dropped += len(batch)

    def on_pause(self) -> None:
        """Nobody waits for what is behind."""


def parallel(*branches: Any) -> Tube:
    """Each item to each branch; what comes of them flows on together, and ends with the last.

    An item is answered when all have answered it.
    """
    names = ", ".join(map(name_of, branches))
    return Tube(lambda: _beside(Together(), branches), f"parallel({names})")


def independent(
    part: Any, *, items: int | None = None, size: int | None = None, overflow: Overflow = "wait"
) -> Tube:
    """A branch with room of its own: the others wait for it only when that is full."""
    return series(buffer(items, size=size, overflow=overflow), part)


def best_effort(part: Any) -> Tube:
    """A branch that gets what it can take at once. Nobody waits for it, or for its answers."""
    return series(Tube(Shedding, "best effort"), part)


def split(by: Callable[[Any], Any], parts: Mapping[Any, Any], *, otherwise: Any = None) -> Tube:
    """Each item to the branch of its key, which is what `by` gives; to `otherwise` if it has none.

    An item without a branch is refused. What comes of the branches flows on together.
    """
    numbers = {key: number for number, key in enumerate(parts)}
    branches = [*parts.values(), *([] if otherwise is None else [otherwise])]

    def choose(item: Any) -> int:
        key = by(item)
        number = numbers.get(key, len(numbers))
        if number == len(branches):
            raise FlowError(
                f"no branch takes {key!r}", hint="Give `otherwise` a part that takes all others."
            )
        return number

    names = ", ".join(f"{key}: {name_of(part)}" for key, part in parts.items())
    return Tube(lambda: _beside(Split(choose), branches), f"split({names})")


def _beside(out: FanOut, branches: Iterable[Any]) -> Joined:
    into, drains = FanIn(), []
    for branch in branches:
        last = out.branch().flow_to(as_part(branch))
        if hasattr(last, "flow_to"):
            last.flow_to(into.inlet())
        else:
            drains.append(last)
    into.complete()
    return Joined(out, Ends(drains) if drains and not into.inlets else into)
