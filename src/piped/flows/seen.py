"""What there is to see of a flow: how much has passed, what waits, and who holds whom back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

from piped.flows.drain import Discard, Drain
from piped.flows.fan_in import Inlet
from piped.flows.fan_out import Branch
from piped.flows.flow import Flow, above, below, is_source

__all__ = ["Seen", "ended", "seen", "together"]

# Between a fan and what it is joined with; and what ends a part that is a drain with all it does.
_PLUMBING = (Branch, Inlet, Discard)


@dataclass(frozen=True, slots=True)
class Seen:
    """One part of a flow."""

    name: str
    kind: str  # fount, tube or drain
    passed: int  # items that it has handed on, or taken if it is a drain
    waiting: int  # items that it holds, here or on the disk
    refused: int
    dropped: int
    is_paused: bool  # it is held back
    holds_back: bool  # it is who holds back what is before it
    into: tuple[int, ...]  # what it flows into

    def as_data(self) -> dict[str, Any]:
        return asdict(self)


def seen(flow: Flow) -> list[Seen]:
    """All parts of a flow that was started: each behind what flows into it, a branch in one."""
    parts = _in_order([each for each in flow.parts if not isinstance(each, _PLUMBING)])
    numbers = {id(each): number for number, each in enumerate(parts)}
    return [_seen(each, numbers) for each in parts]


def together(flows: Iterable[list[Seen]]) -> list[Seen]:
    """Flows that are made alike, as one."""
    return [_added(same) for same in zip(*filter(None, flows), strict=False)]


def ended(parts: list[Seen]) -> list[Seen]:
    """What is left of a flow that has ended: what it has done."""
    return [replace(each, waiting=0, is_paused=False, holds_back=False) for each in parts]


def _added(same: tuple[Seen, ...]) -> Seen:
    return replace(
        same[0],
        passed=sum(each.passed for each in same),
        waiting=sum(each.waiting for each in same),
        refused=sum(each.refused for each in same),
        dropped=sum(each.dropped for each in same),
        is_paused=any(each.is_paused for each in same),
        holds_back=any(each.holds_back for each in same),
    )


def _in_order(parts: list[Any]) -> list[Any]:
    """As far down one branch as it goes, before the next."""
    missing = Counter(id(each) for part in parts for each in _after(part))
    todo = [each for each in reversed(parts) if not missing[id(each)]]
    found = []
    while todo:
        part = todo.pop()
        found.append(part)
        for each in reversed(_after(part)):
            missing[id(each)] -= 1
            if not missing[id(each)]:
                todo.append(each)
    return found


def _seen(part: Any, numbers: dict[int, int]) -> Seen:
    is_drain = isinstance(part, Drain)
    into = tuple(numbers[id(each)] for each in _after(part))
    is_paused = _is_paused(part)
    return Seen(
        name=part.name or type(part).__name__.lower(),
        kind="drain" if is_drain or not into else "fount" if is_source(part) else "tube",
        passed=part.received if is_drain else _sum(part, "passed"),
        waiting=_sum(part, "waiting") + getattr(part, "on_disk", 0),
        refused=getattr(part, "refused", 0),
        dropped=getattr(part, "dropped", 0),
        is_paused=is_paused,
        holds_back=not is_paused and any(map(_is_held, above(part))),
        into=into,
    )


def _is_held(part: Any) -> bool:
    """Whether a fount is held back that has not ended."""
    if isinstance(part, Inlet):
        return part.fount is not None and _is_held(part.fount)
    return bool(getattr(part, "is_paused", False)) and not part.is_over and not part.is_stopped()


def _is_paused(part: Any) -> bool:
    branches = getattr(part, "branches", None)
    return any(map(_is_held, branches)) if branches else _is_held(part)


def _sum(part: Any, name: str) -> int:
    """The number that the part has, or that its branches have together."""
    own = getattr(part, name, None)
    if own is not None:
        return int(own)
    return sum(getattr(each, name) for each in getattr(part, "branches", ()))


def _after(part: Any) -> list[Any]:
    """What it flows into, seen through what only joins."""
    found = []
    for each in below(part):
        found += _after(each) if isinstance(each, _PLUMBING) else [each]
    return found
