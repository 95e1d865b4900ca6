"""A pipeline as the engine sees it: callables and integers, no names to look up."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from piped.problems import Place

__all__ = ["OVER", "Call", "Choice", "Plan", "Step"]


class _Over:
    """The type of `OVER`."""

    def __repr__(self) -> str:
        return "OVER"


# What a step returns that repeats, when it has nothing more to give.
OVER: Any = _Over()

# Which of the steps get a baton.
Choice = Callable[[Any], Iterable[int]]


@dataclass(frozen=True, slots=True)
class Step:
    """What to call, and who gets what it returns. A choice is asked, once there is a baton."""

    name: str
    process: Callable[[Any], Any]
    consumers: tuple[int, ...] = ()
    error_consumers: tuple[int, ...] = ()
    choose: Choice | None = None
    choose_on_error: Choice | None = None
    place: Place | None = None
    # Which part of a step that emits several batons this is; see `piped.processing.emitting`.
    part: str = ""
    # Called with one baton again and again, each time when all has ended that came of the time
    # before, until it returns `OVER`. It has no error consumers of its own.
    repeats: bool = False

    def consumers_of(self, output: Any) -> Iterable[int]:
        """Who gets `output`."""
        if output is OVER:
            return ()
        return self.consumers if self.choose is None else self.choose(output)

    def error_consumers_of(self, baton: Any) -> Iterable[int]:
        """Who gets `baton`, of which the step, or something behind it, failed."""
        return self.error_consumers if self.choose_on_error is None else self.choose_on_error(baton)


@dataclass(frozen=True, slots=True)
class Plan:
    """All steps of a pipeline; `sources` get the baton that comes in."""

    name: str
    steps: tuple[Step, ...]
    sources: tuple[int, ...] = (0,)
    # If there are steps that emit several batons, the plan in which each of them is one step.
    whole: Plan | None = None

    @property
    def emits(self) -> bool:
        """Whether there are such steps: what a run begins is to be closed then."""
        return self.whole is not None

    def text(self) -> str:
        """The plan for people to read: a step a line, by its index."""
        lines = [_line(at, step) for at, step in enumerate(self.steps)]
        return "\n".join([f"{self.name}: {_indices(self.sources)}", *lines])


@dataclass(frozen=True, slots=True)
class Call:
    """A step that is to be given a baton: in the course of handling `failure`, if there is one."""

    step: Step
    baton: Any
    failure: Exception | None = None


def _line(at: int, step: Step) -> str:
    chosen = "?" if step.choose else "*" if step.repeats else ""
    errors = f" !{_indices(step.error_consumers)}" if step.error_consumers else ""
    part = f" {step.part}" if step.part else ""
    return f"{at} {step.name}{part} -> {_indices(step.consumers)}{chosen}{errors}"


def _indices(indices: Iterable[int]) -> str:
    return " ".join(map(str, indices)) or "-"
