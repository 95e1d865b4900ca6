"""A plan in blocks: calls that follow each other whatever happens, and what comes after them.

A block begins at any step, and goes on as long as each step has one consumer, that consumer has no
error consumers, and it stands further on in the plan. Blocks are short, so that the many that
begin within one long chain do not add up; they are made when they are first entered.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from piped.processing.plan import Choice, Plan

__all__ = ["Block", "Blocks"]

LONGEST = 32


class Block(NamedTuple):
    """Steps to call one after the other. The last one's output is for `consumers`, or a choice.
    One that repeats is called alone.

    `first` is the step that has failed if something fails before the first call. `entry` is what
    the stack has of the block while it is under way, and all that comes of it.
    """

    first: int
    entry: int | None
    calls: tuple[tuple[int, Callable[[Any], Any]], ...]
    consumers: tuple[int, ...]
    choose: Choice | None


class Blocks(dict[int, Block]):
    """The blocks of a plan, by the index of the step that they begin with.

    At `size` + that index is the block that begins when the step has returned.
    """

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.plan = plan
        self.size = len(plan.steps)

    def __missing__(self, index: int) -> Block:
        block = self._of(index) if index < self.size else self._behind(index - self.size)
        self[index] = block
        return block

    def _of(self, step: int) -> Block:
        this = self.plan.steps[step]
        entry = step if this.repeats else ~step if this.error_consumers else None
        return self._through(step, step, entry)

    def _behind(self, step: int) -> Block:
        following = self._following(step)
        if following is not None:
            return self._through(step, following, None)
        this = self.plan.steps[step]
        return Block(step, None, (), this.consumers, this.choose)

    def _through(self, first: int, step: int, entry: int | None) -> Block:
        steps = self.plan.steps
        calls = [(step, steps[step].process)]
        while len(calls) < LONGEST and (following := self._following(step)) is not None:
            step = following
            calls.append((step, steps[step].process))
        this = steps[step]
        return Block(first, entry, tuple(calls), this.consumers, this.choose)

    def _following(self, step: int) -> int | None:
        """The only step that can come after `step`, if it may be in the same block."""
        this = self.plan.steps[step]
        if this.choose is not None or this.repeats or len(this.consumers) != 1:
            return None
        [following] = this.consumers
        next_ = self.plan.steps[following]
        if following <= step or next_.error_consumers or next_.repeats:
            return None
        return following
