"""Whether runs wait for each other for ever.

A turn that is under way waits for those that came of it. A gate is stuck if each turn that is under
way there waits for one that is queued at a gate which is stuck, itself or another. So all gates to
which a way leads are suspects, until one of them has a turn that will end.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Protocol

__all__ = ["is_stuck"]


class _Gate(Protocol):
    @property
    def under_way(self) -> Collection[_Turn]: ...


class _Turn(Protocol):
    @property
    def below(self) -> Collection[Any]: ...  # the gates at which some wait that came of it


def is_stuck(gate: _Gate) -> bool:
    """Whether no turn at `gate` can ever end."""
    suspects = _reachable(gate)
    while free := {each for each in suspects if _has_one_that_ends(each, suspects)}:
        suspects -= free
        if gate in free:
            return False
    return True


def _reachable(gate: _Gate) -> set[_Gate]:
    seen, stack = {gate}, [gate]
    while stack:
        behind = {each for turn in stack.pop().under_way for each in turn.below}
        stack += behind - seen
        seen |= behind
    return seen


def _has_one_that_ends(gate: _Gate, suspects: set[_Gate]) -> bool:
    return any(suspects.isdisjoint(turn.below) for turn in gate.under_way)
