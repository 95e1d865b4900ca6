"""What a flow is made of, each time it begins: recipes joined to parts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from piped.flows.branches import best_effort, parallel, split
from piped.flows.fan_in import merge
from piped.flows.series import joined, series
from piped.flows.tube import as_part
from piped.providers.flow_making import MadeBranch, Parallel

__all__ = ["drain_of", "fount_of", "tube_of"]


def fount_of(branches: tuple[MadeBranch, ...], ends: Literal["last", "first"] = "last") -> Any:
    """One fount, of all."""
    made = [joined([as_part(_Named(part)) for part in each.parts]) for each in branches]
    founts = [getattr(each, "last", each) for each in made]
    return founts[0] if len(founts) == 1 else merge(*founts, ends=ends)


def tube_of(part: Any) -> Any:
    """The recipe of a tube, or of several beside one another."""
    if not isinstance(part, Parallel):
        return _Named(part)
    return _beside(part.branches) if part.by is None else _split(part.by, part)


def drain_of(branches: tuple[MadeBranch, ...]) -> Any:
    """The recipe of one drain, of all."""
    return _series(branches[0]) if len(branches) == 1 else _beside(branches)


def _beside(branches: tuple[MadeBranch, ...]) -> Any:
    return parallel(*map(_branch, branches))


def _split(by: Callable[[Any], Any], part: Parallel) -> Any:
    made = list(map(_branch, part.branches))
    parts = dict(zip(part.keys, made, strict=False))
    return split(by, parts, otherwise=made[-1] if len(made) > len(parts) else None)


def _branch(branch: MadeBranch) -> Any:
    return best_effort(_series(branch)) if branch.best_effort else _series(branch)


def _series(branch: MadeBranch) -> Any:
    return series(*map(tube_of, branch.parts))


class _Named:
    """A recipe whose parts have the name that the configuration knows."""

    def __init__(self, recipe: Any) -> None:
        self.name = recipe.name
        self._recipe = recipe

    def make(self) -> Any:
        made = as_part(self._recipe)
        first = getattr(made, "first", made)
        first.name = first.name or self.name
        return made
