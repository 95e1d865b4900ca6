"""What a flow is made of, each time it begins: recipes joined to parts."""

from __future__ import annotations

from typing import Any

from piped.flows.fan_in import FanIn, merge
from piped.flows.fan_out import Together
from piped.flows.series import Joined, joined
from piped.flows.tube import as_part
from piped.providers.flow_making import MadeBranch, Parallel

__all__ = ["drain_of", "fount_of", "tube_of"]


def fount_of(branches: tuple[MadeBranch, ...]) -> Any:
    """One fount, of all."""
    founts = [_last(series_of(each)) for each in branches]
    return founts[0] if len(founts) == 1 else merge(*founts)


def tube_of(part: Any) -> Any:
    """A stage, or several branches as one."""
    if not isinstance(part, Parallel):
        made = as_part(part)
        first = getattr(made, "first", made)
        first.name = first.name or part.name
        return made
    out, into = Together(), FanIn()
    for each in part.branches:
        branch = out.branch(best_effort=each.best_effort)
        branch.flow_to(series_of(each)).flow_to(into.inlet())
    into.complete()
    return Joined(out, into)


def drain_of(branches: tuple[MadeBranch, ...]) -> Any:
    """One drain, of all."""
    if len(branches) == 1:
        return series_of(branches[0])
    out = Together()
    for each in branches:
        out.branch(best_effort=each.best_effort).flow_to(series_of(each))
    return out


def series_of(branch: MadeBranch) -> Any:
    return joined([tube_of(each) for each in branch.parts])


def _last(part: Any) -> Any:
    return getattr(part, "last", part)
